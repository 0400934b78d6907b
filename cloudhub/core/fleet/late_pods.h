#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "cloudhub/ports/kube_api.h"

namespace edge::cloudhub {

/// Lists, once, the pods that were bound to a node before it was admitted: the watch of all pods
/// has passed them over and will not tell of them again. What that watch says of a pod meanwhile is
/// newer than the list or followed by what is, so of such a pod the list says nothing.
///
/// Thread rule: the loop thread.
class LatePods {
 public:
  struct Callbacks {
    std::function<void(const Json& pod)> on_pod;
    /// All of that node were passed on.
    std::function<void(const std::string& node)> on_listed;
  };

  LatePods(KubeApi& api, Callbacks callbacks) : api_(api), callbacks_(std::move(callbacks)) {}

  void Begin(const std::string& node);
  void End(const std::string& node) { lists_.erase(node); }
  /// The watch of all pods begins anew: its list has them all.
  void EndAll() { lists_.clear(); }
  /// The watch of all pods told of that pod.
  void OnTold(const Json& pod);

 private:
  struct List {
    std::unique_ptr<Watch> watch;
    std::set<std::string> told;  ///< UIDs
  };

  void OnEvent(const std::string& node, const WatchEvent& event);

  KubeApi& api_;
  const Callbacks callbacks_;
  std::map<std::string, List> lists_;  ///< by node
};

}  // namespace edge::cloudhub
