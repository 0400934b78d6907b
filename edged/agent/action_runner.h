#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/executor.h"
#include "common/lane.h"
#include "edged/agent/runtime_ports.h"
#include "edged/core/pod/observed.h"
#include "edged/core/pod/reconcile.h"

namespace edge::edged {

/// What the runtime has of one pod.
struct PodLook {
  std::vector<SandboxInfo> sandboxes;
  std::vector<ContainerInfo> containers;
  bool inspected = true;  ///< false: only listed, and that is not enough to act on
};

/// What the runtime and the pods' folders have of all pods.
struct NodeLook {
  std::map<std::string, PodLook> pods;  ///< by pod UID
  std::set<std::string> on_disk;        ///< UIDs that have a folder
};

/// Performs one action of a plan with blocking calls on a lane, and posts what came of it to the
/// loop. Image pulls, pod life and stops have lanes of their own, so that a slow pull or a long
/// grace holds up nothing else (design.md 13).
///
/// Thread rule: calls from the loop thread; callbacks on the loop thread, and none after
/// destruction, which waits for the calls under way.
class ActionRunner {
 public:
  using Done = std::function<void(Outcome outcome, Duration took)>;

  ActionRunner(Executor& executor, RuntimePorts ports, PodLayout layout);

  /// `sandbox` and `image` are what the pod has observed for a kCreateContainer; `node` is shared
  /// because calls outlive the change of a context.
  void Run(const Action& action, const DesiredPod& desired, const SandboxInfo& sandbox,
           const ImageFact& image, std::shared_ptr<const NodeContext> node, Done done);

  /// Lists and inspects what the runtime has of the pod.
  void Look(const std::string& pod_uid, std::function<void(Result<PodLook>)> done);
  /// Inspects one container, its termination message included.
  void Inspect(const std::string& container_id, std::function<void(Result<ContainerInfo>)> done);
  /// Lists and inspects all that is ours.
  void LookAtAll(std::function<void(Result<NodeLook>)> done);
  /// RuntimeInfo::ForeignPods.
  void ForeignPods(std::function<void(Result<std::vector<std::string>>)> done);
  /// Lists all that is ours, uninspected: the slow relist.
  void List(std::function<void(Result<NodeLook>)> done);

 private:
  struct Job;

  Lane& LaneFor(ActionKind kind);
  Outcome Perform(const Job& job);
  Outcome RunSandbox(const Job& job);
  Outcome StopSandbox(const Job& job);
  Outcome PullImage(const Job& job);
  Outcome CheckImage(const Job& job);
  Outcome CreateContainer(const Job& job);
  Outcome StopContainer(const Job& job);
  Outcome ApplyVolumes(const Job& job, Status (PodVolumes::*apply)(const VolumePlan&));
  void AddContainer(const std::string& id, Outcome& outcome);
  Result<NodeLook> ListNow();
  Status InspectAll(PodLook& look);
  Result<PodLook> LookNow(const std::string& pod_uid);
  Result<NodeLook> LookAtAllNow();
  Result<ContainerInfo> InspectNow(const std::string& container_id);
  void AddExitMessage(ContainerInfo& container);

  Executor& executor_;
  const RuntimePorts ports_;
  const PodLayout layout_;
  Lane life_{"edge-life", 8};
  Lane pulls_{"edge-pull", 2};
  Lane stops_{"edge-stop", 64};
};

}  // namespace edge::edged
