#include "cloudhub/core/fleet/late_pods.h"

#include "cloudhub/core/resources.h"

namespace edge::cloudhub {

void LatePods::Begin(const std::string& node) {
  ListOptions options;
  options.field_selector = "spec.nodeName=" + node;
  lists_[node] = {api_.Follow({}, kPods, options,
                              [this, node](const WatchEvent& event) { OnEvent(node, event); }),
                  {}};
}

void LatePods::OnTold(const Json& pod) {
  if (lists_.empty()) return;
  const auto it = lists_.find(FindString(pod, {"spec", "nodeName"}));
  if (it != lists_.end()) it->second.told.insert(FindString(pod, {"metadata", "uid"}));
}

void LatePods::OnEvent(const std::string& node, const WatchEvent& event) {
  const auto it = lists_.find(node);
  if (it == lists_.end()) return;
  if (event.type == WatchEvent::Type::kSynced) {
    const std::string listed = node;  // the watch that calls us goes
    lists_.erase(it);
    return callbacks_.on_listed(listed);
  }
  if (event.type != WatchEvent::Type::kAdded) return;
  if (!it->second.told.contains(FindString(event.object, {"metadata", "uid"}))) {
    callbacks_.on_pod(event.object);
  }
}

}  // namespace edge::cloudhub
