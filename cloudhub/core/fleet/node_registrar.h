#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"

namespace edge::cloudhub {

/// The core/v1 Node that stands for an EdgeNode, as the hub registers it: a providerID that no
/// cloud controller knows, and the label that keeps it out of load balancers (design.md 20).
Json NodeManifest(const std::string& node, const std::string& cluster_name);
std::string ProviderIdOf(const std::string& node, const std::string& cluster_name);

/// Makes sure that the Node of one EdgeNode exists and is ours: a Node of that name with another
/// providerID belongs to somebody else and is never touched.
///
/// Thread rule: the loop thread.
class NodeRegistrar {
 public:
  /// `on_result("")` when the Node is ours, else why not; again whenever that changes.
  NodeRegistrar(std::string node, std::string cluster_name, KubeApi& api, Executor& executor,
                std::function<void(const std::string& not_registered)> on_result);

  /// Looks, and creates what is missing; tries again after a passing failure.
  void Ensure();

 private:
  void OnFound(const Result<Json>& found);
  void Create();
  void TryAgain(const Status& status);

  const std::string node_;
  const std::string cluster_name_;
  KubeApi& api_;
  Executor& executor_;
  const std::function<void(const std::string&)> on_result_;
  bool registered_ = false;
  Timer retry_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::cloudhub
