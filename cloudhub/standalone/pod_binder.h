#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"

namespace edge::cloudhub::standalone {

/// Binds each pod that has no node, and asks for the default scheduler, to a ready node that its
/// node selector, required node affinity, tolerations, host ports and requests fit. A pod that fits
/// nowhere gets the condition PodScheduled=False (Unschedulable) and an Event that says why per
/// node, and is tried again whenever a node or another pod changes.
///
/// Thread rule: the executor's thread. Failure: a binding that is refused is tried again with the
/// next change, or after half a minute.
class PodBinder {
 public:
  static constexpr Duration kRetryPeriod = std::chrono::seconds(30);

  PodBinder(KubeApi& api, Executor& executor);
  ~PodBinder();
  PodBinder(const PodBinder&) = delete;
  PodBinder& operator=(const PodBinder&) = delete;

  /// Follows nodes and pods from now on.
  void Start();

 private:
  using PodsByNode = std::map<std::string, std::vector<const Json*>>;

  /// What was said of a pod that fits nowhere. One reason has one Event, which counts: reasons that
  /// take turns would fill the database.
  struct Reported {
    struct Sent {
      std::string event;
      int count = 1;
    };
    std::string message;               // the last one
    std::map<std::string, Sent> sent;  // by message
  };

  void OnNode(const WatchEvent& event);
  void OnPod(const WatchEvent& event);
  void ScheduleSoon();
  void ScheduleAll();
  void Bind(const std::string& uid, const Json& pod, const std::string& node);
  void ReportUnschedulable(const std::string& uid, const Json& pod, const std::string& message);
  void SendUnschedulable(const std::string& uid, const Json& pod, const std::string& message);
  /// Returns the new Event's name.
  std::string SendEvent(const Json& pod, const std::string& type, const std::string& reason,
                        const std::string& message);

  KubeApi& api_;
  Executor& executor_;
  std::map<std::string, Json> nodes_;  // by name
  std::map<std::string, Json> pods_;   // by UID, of those that are not finished
  /// Where pods go whose binding is on its way, so that room is not given away twice.
  std::map<std::string, std::string> assumed_;  // UID to node
  std::map<std::string, Reported> reported_;    // UID to why it was not placed
  int unsynced_ = 2;                            // watches whose first list has not come
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // answers look whether we are gone
  Timer soon_, retry_;
  std::unique_ptr<Watch> node_watch_, pod_watch_;
};

}  // namespace edge::cloudhub::standalone
