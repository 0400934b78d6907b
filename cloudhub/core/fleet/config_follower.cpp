#include "cloudhub/core/fleet/config_follower.h"

#include "cloudhub/core/resources.h"

namespace edge::cloudhub {

void ConfigFollower::Follow(const sync::ObjectKey& key, const std::string& node) {
  ListOptions options;
  options.ns = key.ns;
  options.field_selector = "metadata.name=" + key.name;
  const Resource& resource = key.kind == sync::Kind::kSecret ? kSecrets : kConfigMaps;
  watches_[key] = api_.Follow({node}, resource, options,
                              [this, key](const WatchEvent& event) { on_event_(key, event); });
}

}  // namespace edge::cloudhub
