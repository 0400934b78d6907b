#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cloudhub/ports/kube_api.h"
#include "common/clock.h"

namespace edge::cloudhub {

/// Renews one node's Lease in kube-node-lease, as that node, with the time at which its last
/// heartbeat came in. One write at a time; times that pass meanwhile are skipped. Failures are not
/// retried here: the next heartbeat brings the next renewal.
///
/// Thread rule: the loop thread.
class LeaseKeeper {
 public:
  LeaseKeeper(std::string node, KubeApi& api) : node_(std::move(node)), api_(api) {}

  /// `node_uid` makes the Lease's one owner reference.
  void Renew(WallTime received, const std::string& node_uid);

 private:
  void Write(WallTime time);
  void Create(WallTime time);
  void OnDone(const Status& status);

  const std::string node_;
  KubeApi& api_;
  std::string node_uid_;
  bool busy_ = false;
  std::optional<WallTime> next_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::cloudhub
