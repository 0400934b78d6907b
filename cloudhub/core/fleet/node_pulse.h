#pragma once

#include <memory>
#include <string>

#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"
#include "common/random.h"

namespace edge::cloudhub {

/// Keeps lastHeartbeatTime in a Node's conditions from growing old while nothing changes, as
/// kubelet does every 5 minutes. That the node lives its Lease says: this is for people, and for
/// tools that read the conditions. It costs the terminal no byte.
///
/// Thread rule: the loop thread. The references outlive it.
class NodePulse {
 public:
  /// `interval` zero: never.
  NodePulse(std::string node, KubeApi& api, Executor& executor, Random& random, Duration interval);

  /// A heartbeat came in at `heard`. `ready` is the status of the Node's Ready condition: while it
  /// is "Unknown" the terminal's own report is on its way, and is not forestalled.
  void Beat(WallTime heard, const std::string& ready);

 private:
  const std::string node_;
  KubeApi& api_;
  Executor& executor_;
  const Duration interval_;
  BootTime next_{};
};

}  // namespace edge::cloudhub
