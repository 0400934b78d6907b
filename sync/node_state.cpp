#include "sync/node_state.h"

#include <algorithm>
#include <utility>

#include "sync/prune.h"

namespace edge::sync {
namespace {

constexpr std::size_t kMaxFloors = 256;

bool IsConfig(Kind kind) { return kind == Kind::kConfigMap || kind == Kind::kSecret; }

std::pair<Kind, std::string> Id(const Entry& entry) { return {entry.key.kind, entry.uid}; }

/// Why the object cannot be kept; empty when it can.
std::string Fault(const DesiredObject& object) {
  const Entry& entry = object.entry;
  if (entry.key.kind < Kind::kPod || entry.key.kind > Kind::kNode) return "unknown kind of object";
  if (entry.uid.empty() || entry.key.name.empty()) return "the object has no name or no UID";
  if (object.bytes == nullptr || VersionOf(*object.bytes) != entry.version) {
    return "the bytes of \"" + entry.key.name + "\" are not those of its version";
  }
  return {};
}

}  // namespace

void Tombstones::Add(Kind kind, const std::string& uid) {
  if (!set_.insert({kind, uid}).second) return;
  oldest_first_.emplace_back(kind, uid);
  if (oldest_first_.size() <= kMaxTombstones) return;
  set_.erase(oldest_first_.front());
  oldest_first_.pop_front();
}

NodeState::NodeState(const NodeStart& start, References references)
    : references_(std::move(references)),
      cluster_uid_(start.cluster_uid),
      epoch_(start.epoch),
      stored_epoch_(start.epoch) {
  for (const StoredObject& object : start.objects) {
    Held held{object, std::vector<ObjectKey>()};
    if (object.entry.key.kind == Kind::kPod) {
      auto refers_to = references_(*object.bytes);
      held.refers_to = refers_to.ok() ? std::optional(std::move(refers_to).value()) : std::nullopt;
    }
    epoch_ = std::max(epoch_, object.order.epoch);
    held_[Id(object.entry)] = std::move(held);
  }
  std::vector<StoredTombstone> sorted = start.tombstones;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.order < b.order; });
  auto tombstones = std::make_shared<Tombstones>();
  for (const StoredTombstone& each : sorted) tombstones->Add(each.entry.key.kind, each.entry.uid);
  tombstones_ = std::move(tombstones);
}

Verdict NodeState::Apply(const Put& put, StagedChanges* out) {
  const Entry& entry = put.object.entry;
  if (put.order.epoch < epoch_) return {Outcome::kStale, {}};
  if (tombstones_->Has(entry.key.kind, entry.uid)) return {Outcome::kTombstoned, {}};
  if (const auto floor = floors_.find(Id(entry));
      floor != floors_.end() && put.order < floor->second) {
    return {Outcome::kStale, {}};
  }
  const auto at = held_.find(Id(entry));
  if (at != held_.end()) {
    StoredObject& held = at->second.object;
    if (put.order < held.order) return {Outcome::kStale, {}};
    if (held.entry == entry && !held.retained) {
      Raise(put.order.epoch);
      held.order = put.order;
      return {Outcome::kAlreadyHeld, {}};
    }
  }
  if (std::string fault = Fault(put.object); !fault.empty()) {
    return {Outcome::kInvalid, std::move(fault)};
  }
  Held held{{entry, put.object.bytes, put.prune_rule, put.order, false}, std::vector<ObjectKey>()};
  if (entry.key.kind == Kind::kPod) {
    auto refers_to = references_(*put.object.bytes);
    if (!refers_to.ok()) return {Outcome::kInvalid, refers_to.status().message()};
    held.refers_to = std::move(refers_to).value();
  }
  Raise(put.order.epoch);
  out->changes.push_back(StoreObject{held.object});
  out->held.push_back({HeldChange::What::kStored, entry});
  held_[Id(entry)] = std::move(held);
  floors_.erase(Id(entry));
  DropRetained(out);
  return {Outcome::kCommitted, {}};
}

Verdict NodeState::Apply(const Remove& remove, StagedChanges* out) {
  const Entry& entry = remove.entry;
  if (remove.order.epoch < epoch_) return {Outcome::kStale, {}};
  const bool proof = IsProof(remove.evidence);
  if (!proof && remove.evidence != Evidence::kUnreferenced) {
    return {Outcome::kNoEvidence, "a removal must say how the hub knows that the object is gone"};
  }
  const auto at = held_.find(Id(entry));
  if (at == held_.end()) return ApplyToAbsent(remove, proof, out);
  StoredObject& held = at->second.object;
  if (remove.order < held.order) return {Outcome::kStale, {}};
  const ObjectKey key = held.entry.key;
  if (!proof && !IsConfig(key.kind) && key.kind != Kind::kService) {
    return {Outcome::kNoEvidence, "only what pods refer to can go for want of a reference"};
  }
  Raise(remove.order.epoch);
  if (held.retained || (!proof && Referred(key))) return {Outcome::kStillReferred, {}};
  if (proof) Bury(held.entry, remove.order, out);
  if (proof && IsConfig(key.kind) && Referred(key) && !HasOther(held.entry)) {
    Retain(&held, remove.order, out);
    return {Outcome::kStillReferred, {}};
  }
  if (!proof) SetFloor(held.entry, remove.order);
  Drop(at, out);
  if (key.kind == Kind::kPod) DropRetained(out);
  return {Outcome::kCommitted, {}};
}

/// The proof may overtake the object: it must not come to life afterwards.
Verdict NodeState::ApplyToAbsent(const Remove& remove, bool proof, StagedChanges* out) {
  Raise(remove.order.epoch);
  if (!proof) SetFloor(remove.entry, remove.order);
  if (!proof || remove.entry.uid.empty() ||
      tombstones_->Has(remove.entry.key.kind, remove.entry.uid)) {
    return {Outcome::kAlreadyHeld, {}};
  }
  Bury(remove.entry, remove.order, out);
  // The runtime may have what the store does not know (a store that came back as an older copy).
  out->held.push_back({HeldChange::What::kRemoved, remove.entry});
  return {Outcome::kCommitted, {}};
}

void NodeState::Adopt(const std::string& cluster_uid, std::uint64_t epoch, StagedChanges* out) {
  cluster_uid_ = cluster_uid;
  epoch_ = epoch;
  stored_epoch_ = epoch;
  floors_.clear();
  out->changes.push_back(StoreMeta{kMetaClusterUid, cluster_uid});
  out->changes.push_back(StoreMeta{kMetaEpoch, std::to_string(epoch)});
  for (auto& [id, held] : held_) {
    held.object.order = Order();
    out->changes.push_back(StoreObject{held.object});
  }
}

void NodeState::StoreEpoch(StagedChanges* out) {
  if (epoch_ == stored_epoch_) return;
  stored_epoch_ = epoch_;
  out->changes.push_back(StoreMeta{kMetaEpoch, std::to_string(epoch_)});
}

const StoredObject* NodeState::Current(const ObjectKey& key) const {
  const StoredObject* best = nullptr;
  const auto rank = [](const StoredObject& o) { return std::pair(!o.retained, o.order); };
  for (auto at = held_.lower_bound({key.kind, {}});
       at != held_.end() && at->first.first == key.kind; ++at) {
    const StoredObject& object = at->second.object;
    if (object.entry.key != key) continue;
    if (best == nullptr || rank(*best) < rank(object)) best = &object;
  }
  return best;
}

std::vector<Entry> NodeState::Entries() const {
  std::vector<Entry> entries;
  for (const auto& [id, held] : held_) {
    if (!held.object.retained) entries.push_back(held.object.entry);
  }
  return entries;
}

bool NodeState::Referred(const ObjectKey& key) const {
  const bool everywhere =
      key.kind == Kind::kService && key.ns == "default" && key.name == "kubernetes";
  for (auto at = held_.lower_bound({Kind::kPod, {}});
       at != held_.end() && at->first.first == Kind::kPod; ++at) {
    const Held& pod = at->second;
    if (everywhere) return true;
    if (key.kind == Kind::kService || !pod.refers_to) {
      if (pod.object.entry.key.ns == key.ns) return true;
    } else if (std::count(pod.refers_to->begin(), pod.refers_to->end(), key) > 0) {
      return true;
    }
  }
  return false;
}

bool NodeState::HasOther(const Entry& entry) const {
  const auto is_other = [&entry](const auto& each) {
    const StoredObject& object = each.second.object;
    return object.entry.key == entry.key && object.entry.uid != entry.uid && !object.retained;
  };
  return std::any_of(held_.begin(), held_.end(), is_other);
}

void NodeState::Bury(const Entry& entry, const Order& order, StagedChanges* out) {
  if (tombstones_->Has(entry.key.kind, entry.uid)) return;
  auto tombstones = std::make_shared<Tombstones>(*tombstones_);
  tombstones->Add(entry.key.kind, entry.uid);
  tombstones_ = std::move(tombstones);
  out->changes.push_back(StoreTombstone{{entry, order}});
}

void NodeState::Drop(HeldMap::iterator at, StagedChanges* out) {
  const Entry& entry = at->second.object.entry;
  out->changes.push_back(DropObject{entry.key, entry.uid});
  out->held.push_back({HeldChange::What::kRemoved, entry});
  held_.erase(at);
}

void NodeState::SetFloor(const Entry& entry, const Order& order) {
  if (floors_.size() >= kMaxFloors) floors_.clear();
  Order& floor = floors_[Id(entry)];
  floor = std::max(floor, order);
}

void NodeState::Retain(StoredObject* held, const Order& order, StagedChanges* out) {
  held->retained = true;
  held->order = order;
  out->changes.push_back(StoreObject{*held});
  out->held.push_back({HeldChange::What::kRetained, held->entry});
}

void NodeState::DropRetained(StagedChanges* out) {
  for (auto at = held_.begin(); at != held_.end();) {
    const auto next = std::next(at);
    const StoredObject& object = at->second.object;
    if (object.retained && (!Referred(object.entry.key) || HasOther(object.entry))) Drop(at, out);
    at = next;
  }
}

}  // namespace edge::sync
