#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sync/node_types.h"

namespace edge::sync {

/// A held object and, of a pod, what it refers to.
struct Held {
  StoredObject object;
  /// Empty optional: the pod's bytes cannot be read any more, so it may refer to anything in its
  /// namespace.
  std::optional<std::vector<ObjectKey>> refers_to = std::vector<ObjectKey>();
};
using HeldMap = std::map<std::pair<Kind, std::string>, Held>;

struct Verdict {
  Outcome outcome = Outcome::kUnspecified;
  std::string message;  ///< why, where the outcome alone does not say it
};

struct StagedChanges {
  std::vector<StoreChange> changes;
  std::vector<HeldChange> held;
};

/// The UIDs that do not come back: the newest kMaxTombstones.
class Tombstones {
 public:
  bool Has(Kind kind, const std::string& uid) const { return set_.count({kind, uid}) > 0; }
  void Add(Kind kind, const std::string& uid);

 private:
  std::set<std::pair<Kind, std::string>> set_;
  std::deque<std::pair<Kind, std::string>> oldest_first_;
};

/// What a node holds, and the rules by which one message changes it. A value: NodeSync applies a
/// batch to a copy and keeps the copy once the store has it.
///
/// Thread rule: a value.
class NodeState {
 public:
  NodeState(const NodeStart& start, References references);

  /// Order, tombstones and bytes are checked; on kCommitted `out` says what to store.
  Verdict Apply(const Put& put, StagedChanges* out);
  Verdict Apply(const Remove& remove, StagedChanges* out);
  /// The cluster is (from now on) that one: orders count afresh from `epoch`.
  void Adopt(const std::string& cluster_uid, std::uint64_t epoch, StagedChanges* out);
  /// Remembers the epoch as seen if it is higher.
  void Raise(std::uint64_t epoch) { epoch_ = std::max(epoch_, epoch); }
  /// Adds the highest epoch to what is stored, if it is not stored yet.
  void StoreEpoch(StagedChanges* out);

  const HeldMap& held() const { return held_; }
  const StoredObject* Current(const ObjectKey& key) const;
  /// The entries that are not retained.
  std::vector<Entry> Entries() const;
  const std::string& cluster_uid() const { return cluster_uid_; }
  std::uint64_t epoch() const { return epoch_; }
  std::uint64_t stored_epoch() const { return stored_epoch_; }

 private:
  Verdict ApplyToAbsent(const Remove& remove, bool proof, StagedChanges* out);
  bool Referred(const ObjectKey& key) const;
  /// Another UID of the same name is held, and not as retained.
  bool HasOther(const Entry& entry) const;
  void Bury(const Entry& entry, const Order& order, StagedChanges* out);
  void Drop(HeldMap::iterator at, StagedChanges* out);
  void SetFloor(const Entry& entry, const Order& order);
  void Retain(StoredObject* held, const Order& order, StagedChanges* out);
  void DropRetained(StagedChanges* out);

  References references_;
  HeldMap held_;
  std::shared_ptr<const Tombstones> tombstones_;  // shared by copies until one adds to it
  // Orders of what went for want of a reference: it may come back, but not by a late message.
  // Not kept over a restart, where the digests would find such a thing.
  std::map<std::pair<Kind, std::string>, Order> floors_;
  std::string cluster_uid_;
  std::uint64_t epoch_ = 0;
  std::uint64_t stored_epoch_ = 0;
};

}  // namespace edge::sync
