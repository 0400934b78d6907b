#include "cloudhub/core/fleet/object_cache.h"

#include <memory>
#include <utility>

#include "cloudhub/core/fleet/desired_node.h"
#include "kube/condition.h"
#include "kube/references.h"
#include "sync/prune.h"

namespace edge::cloudhub {
namespace {

bool IsConfig(sync::Kind kind) {
  return kind == sync::Kind::kConfigMap || kind == sync::Kind::kSecret;
}

/// The node that a pod is bound to, empty where it is not bound; of a Node its name.
std::string NodeOf(sync::Kind kind, const Json& object) {
  if (kind == sync::Kind::kPod) return FindString(object, {"spec", "nodeName"});
  return FindString(object, {"metadata", "name"});
}

std::string ReadyOf(const Json& node) {
  const Json* status = Find(node, {"status"});
  const Json* ready = status == nullptr ? nullptr : kube::FindCondition(*status, "Ready");
  return ready == nullptr ? "Unknown" : FindString(*ready, {"status"});
}

sync::DesiredObject Prune(sync::Kind kind, const Json& object) {
  std::string pruned = sync::PruneObject(kind, object);
  pruned.shrink_to_fit();  // it grew by doubling, and is kept
  auto bytes = std::make_shared<const std::string>(std::move(pruned));
  return {sync::EntryOf(kind, object, sync::VersionOf(*bytes)), bytes};
}

}  // namespace

bool ObjectCache::Admit(const std::string& node) {
  NodeIndex& index = nodes_[node];
  if (std::exchange(index.admitted, true)) return false;
  index.listed = passed_over_.erase(node) == 0;
  return !index.listed;
}

bool ObjectCache::Admitted(const std::string& node) const {
  const auto it = nodes_.find(node);
  return it != nodes_.end() && it->second.admitted;
}

void ObjectCache::SetListed(const std::string& node) {
  const auto it = nodes_.find(node);
  if (it != nodes_.end()) it->second.listed = true;
}

CacheChanges ObjectCache::Drop(const std::string& node) {
  CacheChanges out;
  const auto it = nodes_.find(node);
  if (it == nodes_.end() || !it->second.admitted) return out;
  NodeIndex& index = it->second;
  if (!index.pods.empty() || !index.listed) passed_over_.insert(node);
  for (const std::string& uid : std::exchange(index.pods, {})) {
    Unrefer(node, bound_.extract(uid).mapped().refs, out);
  }
  index.admitted = false;
  index.listed = true;
  if (index.uid.empty()) nodes_.erase(it);
  out.nodes.clear();
  return out;
}

/// Somebody else's Node has the name: whatever we hold under it is not ours to feed or to be.
CacheChanges ObjectCache::DropForeign(const std::string& node) {
  CacheChanges out = Drop(node);
  if (const auto it = nodes_.find(node); it != nodes_.end()) {
    bound_.erase(it->second.uid);
    nodes_.erase(it);
  }
  return out;
}

CacheChanges ObjectCache::Apply(sync::Kind kind, const Json& object) {
  const std::string node = IsConfig(kind) ? std::string() : NodeOf(kind, object);
  if (kind == sync::Kind::kNode && !IsNodeOf(object, cluster_name_)) return DropForeign(node);
  if (kind == sync::Kind::kPod && !Admitted(node)) {
    if (!node.empty()) passed_over_.insert(node);
    return {};
  }
  Held held;
  held.object = Prune(kind, object);
  if (held.object.entry.uid.empty()) return {};
  if (IsConfig(kind)) return ApplyConfig(std::move(held));
  held.node = node;
  const Json* status = edge::Find(object, {"status"});
  held.status = sync::StatusVersion(kind, status == nullptr ? Json::object() : *status);
  if (kind == sync::Kind::kPod) held.refs = kube::ConfigKeys(object);
  if (kind == sync::Kind::kNode) held.ready = ReadyOf(object);
  return ApplyBound(std::move(held));
}

CacheChanges ObjectCache::ApplyConfig(Held held) {
  CacheChanges out;
  const sync::Entry entry = held.object.entry;
  const auto before = configs_.find(entry.key);
  const bool same = before != configs_.end() && before->second.object.entry == entry;
  configs_[entry.key] = std::move(held);
  if (same) return out;
  const auto it = referrers_.find(entry.key);
  if (it == referrers_.end()) return out;
  for (const std::string& node : it->second.nodes) {
    out.nodes.push_back({NodeChange::What::kChanged, node, entry});
  }
  return out;
}

CacheChanges ObjectCache::ApplyBound(Held held) {
  CacheChanges out;
  const sync::Entry entry = held.object.entry;
  NodeIndex& index = nodes_[held.node];
  std::set<sync::ObjectKey> before;
  bool same = false;  // as with every status that we ourselves write
  if (const auto it = bound_.find(entry.uid); it != bound_.end()) {
    before = it->second.refs;
    same = it->second.object.entry == entry;
  }
  if (entry.key.kind == sync::Kind::kPod) {
    index.pods.insert(entry.uid);
  } else {
    index.uid = entry.uid;
  }
  // What is referred to anew goes first, so that nothing is unfollowed for a moment.
  Refer(held.node, held.refs, out);
  Unrefer(held.node, before, out);
  if (!same) out.nodes.push_back({NodeChange::What::kChanged, held.node, entry});
  bound_[entry.uid] = std::move(held);
  return out;
}

void ObjectCache::Refer(const std::string& node, const std::set<sync::ObjectKey>& keys,
                        CacheChanges& out) {
  for (const sync::ObjectKey& key : keys) {
    if (++nodes_[node].references[key] > 1) continue;
    Referrers& referrers = referrers_[key];
    referrers.nodes.insert(node);
    if (referrers.reader.empty()) {
      referrers.reader = node;
      out.follows.push_back({key, node, true});
    }
    const auto it = configs_.find(key);
    if (it != configs_.end()) {
      out.nodes.push_back({NodeChange::What::kChanged, node, it->second.object.entry});
    }
  }
}

void ObjectCache::Unrefer(const std::string& node, const std::set<sync::ObjectKey>& keys,
                          CacheChanges& out) {
  NodeIndex& index = nodes_[node];
  for (const sync::ObjectKey& key : keys) {
    if (--index.references[key] > 0) continue;
    index.references.erase(key);
    const auto config = configs_.find(key);
    if (config != configs_.end()) {
      out.nodes.push_back({NodeChange::What::kUnreferenced, node, config->second.object.entry});
    }
    if (ReaderOf(key) == node) {
      for (FollowChange& change : PassOn(key).follows) out.follows.push_back(std::move(change));
    }
    referrers_[key].nodes.erase(node);
    if (!referrers_[key].nodes.empty()) continue;
    referrers_.erase(key);
    config_synced_.erase(key);
    if (config != configs_.end()) configs_.erase(config);
    out.follows.push_back({key, node, false});
  }
}

CacheChanges ObjectCache::Delete(sync::Kind kind, const Json& object) {
  CacheChanges out;
  const sync::Entry entry = sync::EntryOf(kind, object, {});
  if (!IsConfig(kind)) {
    Forget(entry.uid, out);
    return out;
  }
  const auto it = configs_.find(entry.key);
  if (it != configs_.end() && it->second.object.entry.uid == entry.uid) configs_.erase(it);
  const auto nodes = referrers_.find(entry.key);
  if (nodes == referrers_.end()) return out;
  for (const std::string& node : nodes->second.nodes) {
    out.nodes.push_back({NodeChange::What::kDeleted, node, entry});
  }
  return out;
}

void ObjectCache::Forget(const std::string& uid, CacheChanges& out) {
  const auto it = bound_.find(uid);
  if (it == bound_.end()) return;
  const Held held = std::move(it->second);
  bound_.erase(it);
  NodeIndex& index = nodes_[held.node];
  index.pods.erase(uid);
  if (index.uid == uid) index.uid.clear();
  out.nodes.push_back({NodeChange::What::kDeleted, held.node, held.object.entry});
  Unrefer(held.node, held.refs, out);
  if (!index.admitted && index.uid.empty()) nodes_.erase(held.node);
}

std::vector<sync::Entry> ObjectCache::SetSynced(sync::Kind kind, bool synced) {
  synced_[kind] = synced;
  if (kind == sync::Kind::kPod && !synced) {  // the list that follows has them all
    passed_over_.clear();
    for (auto& [node, index] : nodes_) index.listed = true;
  }
  std::vector<sync::Entry> unlisted;
  for (auto& [uid, held] : bound_) {
    if (held.object.entry.key.kind != kind) continue;
    if (synced && held.unlisted) unlisted.push_back(held.object.entry);
    held.unlisted = !synced;
  }
  return unlisted;
}

std::optional<sync::Entry> ObjectCache::SetConfigSynced(const sync::ObjectKey& key, bool synced) {
  if (referrers_.contains(key)) config_synced_[key] = synced;
  const auto it = configs_.find(key);
  if (it == configs_.end()) return std::nullopt;
  const bool unlisted = std::exchange(it->second.unlisted, !synced);
  if (!synced || !unlisted) return std::nullopt;
  return it->second.object.entry;
}

bool ObjectCache::Holds(const sync::Entry& entry) const {
  if (!IsConfig(entry.key.kind)) return bound_.contains(entry.uid);
  const auto it = configs_.find(entry.key);
  return it != configs_.end() && it->second.object.entry.uid == entry.uid;
}

std::string ObjectCache::ReaderOf(const sync::ObjectKey& key) const {
  const auto it = referrers_.find(key);
  return it == referrers_.end() ? std::string() : it->second.reader;
}

CacheChanges ObjectCache::PassOn(const sync::ObjectKey& key) {
  const auto it = referrers_.find(key);
  if (it == referrers_.end() || it->second.nodes.size() < 2) return {};
  Referrers& referrers = it->second;
  auto next = referrers.nodes.upper_bound(referrers.reader);
  if (next == referrers.nodes.end()) next = referrers.nodes.begin();
  referrers.reader = *next;
  SetConfigSynced(key, false);  // its watch begins anew
  return {{}, {{key, *next, true}}};
}

std::optional<std::string> ObjectCache::NodeOfPod(const std::string& uid) const {
  const auto it = bound_.find(uid);
  if (it == bound_.end()) return std::nullopt;
  return it->second.node;
}

std::string ObjectCache::NodeUid(const std::string& node) const {
  const auto it = nodes_.find(node);
  return it == nodes_.end() ? std::string() : it->second.uid;
}

std::string ObjectCache::NodeReady(const std::string& node) const {
  const auto it = bound_.find(NodeUid(node));
  return it == bound_.end() ? "Unknown" : it->second.ready;
}

bool ObjectCache::Synced(const std::string& node, sync::Kind kind) const {
  const auto index = nodes_.find(node);
  if (index == nodes_.end() || !index->second.admitted) return false;
  if (!IsConfig(kind)) {
    const auto it = synced_.find(kind);
    const bool whole = kind != sync::Kind::kPod || index->second.listed;
    return it != synced_.end() && it->second && whole;
  }
  for (const auto& [key, count] : index->second.references) {
    if (key.kind != kind) continue;
    const auto it = config_synced_.find(key);
    if (it == config_synced_.end() || !it->second) return false;
  }
  return true;
}

std::vector<sync::Entry> ObjectCache::Desired(const std::string& node) const {
  std::vector<sync::Entry> entries;
  const auto index = nodes_.find(node);
  if (index == nodes_.end()) return entries;
  for (const std::string& uid : index->second.pods) {
    entries.push_back(bound_.at(uid).object.entry);
  }
  if (!index->second.uid.empty()) entries.push_back(bound_.at(index->second.uid).object.entry);
  for (const auto& [key, count] : index->second.references) {
    const auto it = configs_.find(key);
    if (it != configs_.end()) entries.push_back(it->second.object.entry);
  }
  return entries;
}

std::optional<sync::DesiredObject> ObjectCache::Find(const std::string& node, sync::Kind kind,
                                                     const std::string& uid) const {
  const auto it = bound_.find(uid);
  if (it != bound_.end() && it->second.node == node) return it->second.object;
  const auto index = nodes_.find(node);
  if (index == nodes_.end() || !IsConfig(kind)) return std::nullopt;
  for (const auto& [key, count] : index->second.references) {
    const auto config = configs_.find(key);
    if (config != configs_.end() && config->second.object.entry.uid == uid) {
      return config->second.object;
    }
  }
  return std::nullopt;
}

bool ObjectCache::Referenced(const std::string& node, const sync::ObjectKey& key) const {
  const auto it = nodes_.find(node);
  return it != nodes_.end() && it->second.references.contains(key);
}

std::vector<sync::Entry> ObjectCache::Statuses(const std::string& node) const {
  std::vector<sync::Entry> entries;
  const auto index = nodes_.find(node);
  if (index == nodes_.end()) return entries;
  std::set<std::string> uids = index->second.pods;
  if (!index->second.uid.empty()) uids.insert(index->second.uid);
  for (const std::string& uid : uids) {
    const Held& held = bound_.at(uid);
    sync::Entry entry = held.object.entry;
    entry.version = held.status;
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace edge::cloudhub
