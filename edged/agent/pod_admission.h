#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "edged/agent/held_objects.h"
#include "edged/agent/pod_worker.h"
#include "edged/core/pod/admission.h"

namespace edge::edged {

/// Decides of each pod that is new here, once and for ever, whether it may run (admission.h). A
/// pod that a Node's labels keep away is first given a moment: what the hub watches does not arrive
/// in the order in which it was written, and newer labels may be on their way.
///
/// Thread rule: the loop thread.
class PodAdmission {
 public:
  /// `ask_again` is called with the UID of a pod of which there was no decision.
  PodAdmission(PodWorkerContext& context, HeldObjectIndex& index,
               std::function<void(const std::string& uid)> ask_again);

  /// Writes the decision into `facts` and tells a rejection by an Event. False: not yet.
  bool Judge(const DesiredPod& pod, const std::vector<const Pod*>& admitted, PodFacts* facts);
  /// The Node has other labels.
  void OnNodeChange();
  /// The pod is wanted no more.
  void Forget(const std::string& uid) { waiting_.erase(uid); }

 private:
  AdmissionNode ThisNode();
  bool MayComeToFit(const std::string& uid);
  void Reject(const DesiredPod& pod, const Rejection& why, PodFacts* facts);

  PodWorkerContext& context_;
  HeldObjectIndex& index_;
  const std::function<void(const std::string& uid)> ask_again_;
  std::map<std::string, Timer> waiting_;  ///< by pod UID; until when newer labels may come
};

}  // namespace edge::edged
