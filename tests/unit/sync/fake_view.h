#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sync/hub_types.h"
#include "sync/prune.h"

namespace edge::sync {

inline Entry Named(Kind kind, const std::string& uid, const std::string& bytes = "v1") {
  return {{kind, "shop", uid}, uid, VersionOf(bytes)};
}

/// A cache that has what a test puts there.
struct FakeView final : DesiredView {
  std::map<std::string, DesiredObject> objects;
  std::vector<Entry> statuses;
  std::set<ObjectKey> referenced;
  std::set<Kind> unsynced;

  Entry Add(Kind kind, const std::string& uid, const std::string& bytes = "v1") {
    const Entry entry = Named(kind, uid, bytes);
    objects[uid] = {entry, std::make_shared<const std::string>(bytes)};
    return entry;
  }
  bool Synced(Kind kind) const override { return unsynced.count(kind) == 0; }
  std::vector<Entry> Desired(std::uint32_t) const override {
    std::vector<Entry> entries;
    for (const auto& [uid, object] : objects) entries.push_back(object.entry);
    return entries;
  }
  std::optional<DesiredObject> Find(Kind, const std::string& uid, std::uint32_t) const override {
    const auto at = objects.find(uid);
    return at == objects.end() ? std::nullopt : std::optional(at->second);
  }
  bool Referenced(const ObjectKey& key) const override { return referenced.count(key) > 0; }
  std::vector<Entry> Statuses() const override { return statuses; }
};

}  // namespace edge::sync
