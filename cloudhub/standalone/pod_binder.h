#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"

namespace edge::cloudhub::standalone {

/// Binds each pod that has no node, and asks for the default scheduler, to a ready node that its
/// node selector, required node affinity, tolerations and requests fit. A pod that fits nowhere
/// gets the condition PodScheduled=False (Unschedulable) and an Event that says why per node, and
/// is tried again whenever a node or another pod changes.
///
/// Thread rule: the executor's thread.
class PodBinder {
 public:
  PodBinder(KubeApi& api, Executor& executor);
  ~PodBinder();
  PodBinder(const PodBinder&) = delete;
  PodBinder& operator=(const PodBinder&) = delete;

  /// Follows nodes and pods from now on.
  void Start();

 private:
  void OnNode(const WatchEvent& event);
  void OnPod(const WatchEvent& event);
  void ScheduleSoon();
  void ScheduleAll();
  void TryBind(const std::string& uid);
  void Bind(const Json& pod, const std::string& node);
  void ReportUnschedulable(const Json& pod, const std::string& message);

  KubeApi& api_;
  Executor& executor_;
  std::unique_ptr<Watch> node_watch_;
  std::unique_ptr<Watch> pod_watch_;
  std::map<std::string, Json> nodes_;  // by name
  std::map<std::string, Json> pods_;   // by UID, of those that are not finished
  /// Where pods go whose binding is on its way, so that room is not given away twice.
  std::map<std::string, std::string> assumed_;      // UID to node
  std::map<std::string, std::string> last_reason_;  // UID to the message reported last
  Timer soon_;
};

}  // namespace edge::cloudhub::standalone
