#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cloudhub/adapters/kubernetes/backoff.h"
#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"

namespace edge::cloudhub::kubernetes {

/// Asks who the cluster is, the UID of its namespace kube-system (design.md 7), until the API
/// answers: a hub may start before its API server.
///
/// Thread rule: the executor's thread.
class ClusterIdentity {
 public:
  /// `on_known` is called once.
  ClusterIdentity(KubeApi& api, Executor& executor, Random& random,
                  std::function<void(const std::string& uid)> on_known);
  void Start();

 private:
  void Take(const Result<Json>& answer);

  KubeApi& api_;
  Executor& executor_;
  Backoff backoff_;
  const std::function<void(const std::string& uid)> on_known_;
  Timer again_;
  std::string logged_;  ///< the last trouble that was logged
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::cloudhub::kubernetes
