#pragma once

#include <map>
#include <memory>
#include <string>

#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"

namespace edge::cloudhub::standalone {

/// Tells the API which nodes have fallen silent: a node whose Lease was not renewed for 50 s gets
/// its conditions set to Unknown, the taint node.kubernetes.io/unreachable, and its pods' Ready
/// condition set to False. The taints go when heartbeats return; conditions and pods' status are
/// then the node's own to write. Pods are never evicted: a shop that is offline for a weekend keeps
/// what it runs.
///
/// Thread rule: the executor's thread. Silence is measured on CLOCK_BOOTTIME from the moment that
/// a renewal was seen here, so no clock that is set can make a node silent.
class NodeLifecycle {
 public:
  static constexpr Duration kGracePeriod = std::chrono::seconds(50);
  static constexpr Duration kCheckPeriod = std::chrono::seconds(5);

  NodeLifecycle(KubeApi& api, Executor& executor);
  ~NodeLifecycle();
  NodeLifecycle(const NodeLifecycle&) = delete;
  NodeLifecycle& operator=(const NodeLifecycle&) = delete;

  /// Follows nodes, Leases and pods from now on.
  void Start();

 private:
  struct Heartbeat {
    std::string text;  ///< a Lease's renewTime, or a condition's lastHeartbeatTime
    BootTime seen;
  };
  void OnNode(const WatchEvent& event);
  void OnLease(const WatchEvent& event);
  void OnPod(const WatchEvent& event);
  void NoteHeartbeat(std::map<std::string, Heartbeat>& of, const std::string& node,
                     const std::string& text);
  void CheckAll();
  void Check(const std::string& name, const Json& node);
  bool IsSilent(const std::string& name) const;
  void MarkUnknown(const std::string& name, const Json& node);
  void SyncTaints(const std::string& name, const Json& node);
  void MarkPodsNotReady(const std::string& node);
  void Patch(const std::string& plural, const Json& object, const std::string& subresource,
             Json patch);

  KubeApi& api_;
  Executor& executor_;
  std::map<std::string, Json> nodes_;                 // by name
  std::map<std::string, Heartbeat> leases_, status_;  // by node name
  std::map<std::string, Json> pods_;                  // by UID, of those that have a node
  Timer check_;
  std::unique_ptr<Watch> node_watch_, lease_watch_, pod_watch_;
};

}  // namespace edge::cloudhub::standalone
