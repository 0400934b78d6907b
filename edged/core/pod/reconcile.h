#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "edged/core/pod/action.h"
#include "edged/core/pod/facts.h"
#include "edged/core/pod/inputs.h"
#include "edged/core/pod/observed.h"
#include "edged/core/pod/pod_spec.h"

namespace edge::edged {

// How the agent drives a pod with this:
//
// 1. At start it lists sandboxes, containers (CRI, this node's label), PodVolumes::ListPods and the
//    stored facts, and makes an ObservedPod for each pod UID among them or among the desired ones:
//    ApplyLook with the inspected lists (ContainerStatus for every container: times, exit code,
//    reason, message; SandboxStatus for every ready sandbox: addresses), volumes_on_disk, and
//    FactsFromJson.
// 2. On every change (desired state, a referenced ConfigMap or Secret, an outcome, a runtime event,
//    Plan::wake_at) it calls Reconcile and then, in this order: keeps plan.facts and stores them if
//    they differ from the stored ones (nothing waits for that: what is lost is seen again); for
//    each action Begin() and the call on a lane (housekeeping may wait until the node starts
//    nothing); computes the status (pod_status.h) with plan.facts and plan.waiting, and puts it in
//    the outbox if its bytes changed (while plan.making, together with what follows); makes events
//    (event/pod_events.h); sets one timer to plan.wake_at.
// 3. When a call returned it posts to the loop: Finish() and Reconcile again. Several pods' actions
//    run side by side; within a pod Begin/Finish keep one in flight per key.
// 4. A runtime event or relist that says anything new of a pod: set needs_look (kLook follows), or
//    inspect the one container and ApplyContainer. An exited container's `message` is filled from
//    PodVolumes::ReadMessage by whoever inspects it (ExitMessageSource in container_config.h).
// 5. `plan.gone`: nothing of the pod is left; drop its facts, ObservedPod and (removed pods) log
//    folder. `facts.finished`: the status is final; the hub may DELETE with grace 0. A terminating
//    pod stays, stopped, until its tombstone makes `present` false.
//
// Stops are issued again with a smaller grace while one is in flight: the agent calls StopContainer
// a second time beside the first (design.md 13).

struct DesiredPod {
  std::string uid, ns, name;
  /// False once the object has a tombstone: kill and remove whatever there is.
  bool present = true;
  /// The desired object; may be null only where it is not present (a sandbox of which only the
  /// runtime knows).
  std::shared_ptr<const Pod> pod;
  HeldObjects objects;
};

struct Now {
  BootTime boot{};
  WallTime wall{};
};

/// Why a container is not running, as status shows it.
struct Waiting {
  std::string reason, message;
  bool operator==(const Waiting&) const = default;
};

struct Plan {
  std::vector<Action> actions;             ///< all may run at once
  std::vector<Action> housekeeping;        ///< likewise; nobody waits for them
  PodFacts facts;                          ///< to be stored if they changed
  std::map<std::string, Waiting> waiting;  ///< by container name
  std::string volume_error;                ///< FailedMount: what keeps the volumes from being made
  std::optional<BootTime> wake_at;         ///< when time alone changes the plan
  bool sandbox_changed = false;  ///< the sandbox died under running containers (SandboxChanged)
  bool making = false;           ///< a sandbox or container is being made: more follows at once
  bool gone = false;             ///< nothing is left of a pod that is not present
};

/// What to do next for one pod. Pure, level-based and total: from whatever state a crash left.
Plan Reconcile(const DesiredPod& desired, const ObservedPod& observed, const PodFacts& facts,
               const NodeContext& node, Now now);

}  // namespace edge::edged
