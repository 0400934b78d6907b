#pragma once

#include <functional>
#include <map>
#include <memory>

#include "cloudhub/ports/kube_api.h"
#include "sync/types.h"

namespace edge::cloudhub {

/// Follows single ConfigMaps and Secrets for as long as a pod of ours refers to them, each as a
/// node that refers to it, so that the hub needs no right to read all secrets (design.md 16).
///
/// Thread rule: the loop thread.
class ConfigFollower {
 public:
  using OnEvent = std::function<void(const sync::ObjectKey&, const WatchEvent&)>;

  ConfigFollower(KubeApi& api, OnEvent on_event) : api_(api), on_event_(std::move(on_event)) {}

  void Follow(const sync::ObjectKey& key, const std::string& node);
  void Unfollow(const sync::ObjectKey& key) { watches_.erase(key); }

 private:
  KubeApi& api_;
  const OnEvent on_event_;
  std::map<sync::ObjectKey, std::unique_ptr<Watch>> watches_;
};

}  // namespace edge::cloudhub
