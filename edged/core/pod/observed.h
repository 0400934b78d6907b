#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "edged/core/pod/action.h"
#include "edged/core/pod/facts.h"
#include "edged/ports/runtime.h"

namespace edge::edged {

/// Whether an image is on the node, as far as is known. Forgotten with the agent's process.
struct ImageFact {
  bool known = false, present = false;
  BootTime checked_at{};
  ImageInfo info;
  std::string ref;  ///< what to create from: PullImage's answer, or the image's id
};

/// An action of this key that failed, and when it may be tried again.
struct Failure {
  Action action;
  Status status;
  int count = 0;
  BootTime at{}, retry_at{};
};

struct InFlight {
  Action action;
  BootTime since{};
};

/// All that is known of one pod's being on this node. A value: the agent keeps one per pod UID and
/// changes it only through the functions below.
struct ObservedPod {
  bool looked = false;                 ///< false until the first ApplyLook: nothing is done blindly
  bool needs_look = false;             ///< an outcome is unknown or an event was seen
  std::vector<SandboxInfo> sandboxes;  ///< every state; a ready one with its addresses
  std::vector<ContainerInfo> containers;    ///< with what ContainerStatus adds
  std::set<std::string> stopped;            ///< sandboxes on which StopSandbox was done
  bool volumes_on_disk = false;             ///< PodVolumes::ListPods named it
  std::string volumes_version;              ///< of the plan last prepared by this process; or empty
  std::map<std::string, ImageFact> images;  ///< by normalised image
  std::map<std::string, std::uint32_t> pulled;  ///< container to attempt, policy Always
  std::map<std::string, Failure> failures;      ///< by Action::Key()
  std::map<std::string, InFlight> in_flight;    ///< by Action::Key()
};

/// What came of an action. The detail is filled where the call succeeded and it was looked up; what
/// is missing makes the pod look again.
struct Outcome {
  Status status{};
  std::optional<SandboxInfo> sandbox{};      ///< kRunSandbox: SandboxStatus; kStopSandbox: likewise
  std::optional<ContainerInfo> container{};  ///< create, start, stop: ContainerStatus
  std::optional<ImageInfo> image{};          ///< kCheckImage, kPullImage; none: not on the node
  std::string image_ref{};                   ///< kPullImage: its answer
};

/// Marks an action as begun.
void Begin(ObservedPod& observed, const Action& action, BootTime now);

/// Folds an outcome in: the action is no longer in flight; what it did is observed; a failure is
/// counted with a back-off of its kind (images 10 s doubling to 5 min, the rest 1 s doubling to
/// 1 min). kDeadlineExceeded, kUnavailable, kCancelled, kUnknown and kAborted leave the outcome
/// unknown: look first. kNotFound from a stop or removal is success.
void Finish(ObservedPod& observed, const Action& action, const Outcome& outcome, BootTime now);

/// Takes what the runtime lists for this pod now, whole. `volumes_on_disk` is left alone.
void ApplyLook(ObservedPod& observed, std::vector<SandboxInfo> sandboxes,
               std::vector<ContainerInfo> containers);

/// One container was inspected because of an event.
void ApplyContainer(ObservedPod& observed, ContainerInfo container);

}  // namespace edge::edged
