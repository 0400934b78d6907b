#include "tests/model/truth.h"

#include "sync/prune.h"

namespace edge::model {
namespace {

using sync::Kind;
using sync::ObjectKey;

constexpr int kPods = 4, kConfigs = 3;

ObjectKey RandomKey(Random& random) {
  const auto pick = random.Below(4);
  if (pick < 2) return {Kind::kPod, "shop", "p" + std::to_string(random.Below(kPods))};
  const Kind kind = pick == 2 ? Kind::kConfigMap : Kind::kSecret;
  return {kind, "shop", "c" + std::to_string(random.Below(kConfigs))};
}

}  // namespace

void Truth::Step(Random& random) {
  const ObjectKey key = RandomKey(random);
  const auto at = objects_.find(key);
  if (at == objects_.end()) {
    Write(key, cluster_uid_ + "-" + std::to_string(++next_), NewRefs(random));
    return;
  }
  const std::string uid = at->second.entry.uid;
  const auto action = random.Below(4);
  if (action < 2) {
    Write(key, uid, refs_[uid]);
    return;
  }
  Delete(key);
  if (action == 3) Write(key, cluster_uid_ + "-" + std::to_string(++next_), NewRefs(random));
}

void Truth::Seed(Random& random) {
  for (int i = 0; i < 6; ++i) {
    const ObjectKey key = RandomKey(random);
    if (objects_.count(key) > 0) continue;
    Write(key, cluster_uid_ + "-" + std::to_string(++next_), NewRefs(random));
  }
}

std::string Truth::NewRefs(Random& random) const {
  std::string refs;
  for (const char* kind : {"C", "S"}) {
    for (int i = 0; i < kConfigs; ++i) {
      if (random.Below(3) == 0) refs += std::string("|") + kind + "c" + std::to_string(i);
    }
  }
  return refs;
}

void Truth::Write(const ObjectKey& key, const std::string& uid, const std::string& refs) {
  std::string bytes = uid + "," + std::to_string(++next_);
  if (key.kind == Kind::kPod) bytes += refs;
  sync::DesiredObject object;
  object.entry = {key, uid, sync::VersionOf(bytes)};
  object.bytes = std::make_shared<const std::string>(std::move(bytes));
  refs_[uid] = refs;
  live_.insert(uid);
  objects_[key] = object;
  log_.push_back({false, object});
}

void Truth::Delete(const ObjectKey& key) {
  const auto at = objects_.find(key);
  live_.erase(at->second.entry.uid);
  statuses.erase(at->second.entry.uid);
  log_.push_back({true, at->second});
  objects_.erase(at);
}

std::vector<sync::Entry> Truth::Desired() const { return DesiredOf(objects_); }

Result<std::vector<ObjectKey>> ModelReferences(const std::string& bytes) {
  std::vector<ObjectKey> keys;
  for (auto at = bytes.find('|'); at != std::string::npos; at = bytes.find('|', at + 1)) {
    const Kind kind = bytes[at + 1] == 'C' ? Kind::kConfigMap : Kind::kSecret;
    const auto end = bytes.find('|', at + 1);
    keys.push_back(
        {kind, "shop", bytes.substr(at + 2, end == std::string::npos ? end : end - at - 2)});
  }
  return keys;
}

std::vector<sync::Entry> DesiredOf(const std::map<ObjectKey, sync::DesiredObject>& objects) {
  std::set<ObjectKey> wanted;
  for (const auto& [key, object] : objects) {
    if (key.kind != Kind::kPod) continue;
    wanted.insert(key);
    const auto keys = ModelReferences(*object.bytes).value();
    wanted.insert(keys.begin(), keys.end());
  }
  std::vector<sync::Entry> entries;
  for (const ObjectKey& key : wanted) {
    if (const auto at = objects.find(key); at != objects.end()) entries.push_back(at->second.entry);
  }
  return entries;
}

}  // namespace edge::model
