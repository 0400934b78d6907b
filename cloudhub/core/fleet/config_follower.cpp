#include "cloudhub/core/fleet/config_follower.h"

#include "cloudhub/core/resources.h"

namespace edge::cloudhub {
namespace {

/// The API server may learn of the pod that makes it allowed a moment after we do.
constexpr Duration kPatience = std::chrono::seconds(2);

}  // namespace

void ConfigFollower::Follow(const sync::ObjectKey& key, const std::string& node) {
  ListOptions options;
  options.ns = key.ns;
  options.field_selector = "metadata.name=" + key.name;
  const Resource& resource = key.kind == sync::Kind::kSecret ? kSecrets : kConfigMaps;
  Followed& followed = followed_[key];
  followed.patience.Cancel();
  followed.watch = api_.Follow({node}, resource, options,
                               [this, key](const WatchEvent& event) { OnEvent(key, event); });
}

void ConfigFollower::OnEvent(const sync::ObjectKey& key, const WatchEvent& event) {
  const auto it = followed_.find(key);
  if (it == followed_.end()) return;
  Timer& patience = it->second.patience;
  if (event.type != WatchEvent::Type::kRefused) {
    patience.Cancel();
  } else if (!patience.pending()) {
    patience = executor_.After(kPatience, [this, key] { callbacks_.on_refused(key); });
  }
  callbacks_.on_event(key, event);
}

}  // namespace edge::cloudhub
