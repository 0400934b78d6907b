#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"
#include "sync/types.h"

namespace edge::cloudhub {

/// Follows single ConfigMaps and Secrets for as long as a pod of ours refers to them, each as a
/// node that refers to it, so that the hub needs no right to read all secrets (design.md 16).
///
/// Thread rule: the loop thread.
class ConfigFollower {
 public:
  struct Callbacks {
    std::function<void(const sync::ObjectKey&, const WatchEvent&)> on_event;
    /// The node may not read it, and not for a moment only: another one should try.
    std::function<void(const sync::ObjectKey&)> on_refused;
  };

  ConfigFollower(KubeApi& api, Executor& executor, Callbacks callbacks)
      : api_(api), executor_(executor), callbacks_(std::move(callbacks)) {}

  /// From now on as that node, whoever it was before.
  void Follow(const sync::ObjectKey& key, const std::string& node);
  void Unfollow(const sync::ObjectKey& key) { followed_.erase(key); }

 private:
  struct Followed {
    std::unique_ptr<Watch> watch;
    Timer patience;  ///< runs since the first refusal
  };

  void OnEvent(const sync::ObjectKey& key, const WatchEvent& event);

  KubeApi& api_;
  Executor& executor_;
  const Callbacks callbacks_;
  std::map<sync::ObjectKey, Followed> followed_;
};

}  // namespace edge::cloudhub
