#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/status.h"
#include "sync/messages.h"

namespace edge::sync {

// What the node side wants kept, in its own words: the agent maps each to the store's one for one.

/// An object as the node keeps it (offline_store::HeldObject).
struct StoredObject {
  Entry entry;
  ObjectBytes bytes;
  std::uint32_t prune_rule = 0;
  Order order;
  bool retained = false;  ///< gone in the cloud, kept because a held pod refers to it
};

struct StoredTombstone {
  Entry entry;
  Order order;
};

/// The object is put under its UID. The same name may be held under another UID beside it: see
/// NodeSync. (offline_store::PutObject)
struct StoreObject {
  StoredObject object;
};
struct DropObject {  // offline_store::DeleteObject
  ObjectKey key;
  std::string uid;
};
/// Kept: the newest kMaxTombstones of them. (offline_store::PutTombstone)
struct StoreTombstone {
  StoredTombstone tombstone;
};
struct StoreMeta {  // offline_store::PutMeta
  std::string name;
  std::string value;
};
using StoreChange = std::variant<StoreObject, DropObject, StoreTombstone, StoreMeta>;

/// Names of the meta values. The epoch is written in decimal.
inline constexpr char kMetaClusterUid[] = "sync.cluster_uid";
inline constexpr char kMetaEpoch[] = "sync.epoch";

/// Tombstones that are remembered. They guard against hubs whose caches lag, which is a matter of
/// minutes; an older UID that came back would be removed again by the digests.
inline constexpr std::size_t kMaxTombstones = 1024;

/// The ConfigMaps and Secrets that a pod refers to, from the pod's pruned bytes; an error when
/// they cannot be read (the pod is then refused as invalid). The agent gives kube's.
using References = std::function<Result<std::vector<ObjectKey>>(const std::string& pod_bytes)>;

/// All that start-up knows, from the store.
struct NodeStart {
  std::vector<StoredObject> objects;
  std::vector<StoredTombstone> tombstones;
  std::string cluster_uid;      ///< kMetaClusterUid; empty: belongs to none yet
  std::uint64_t epoch = 0;      ///< kMetaEpoch
  std::vector<Entry> statuses;  ///< the statuses last put into the outbox, acked or not
};

/// One object whose standing changed, told after the commit.
struct HeldChange {
  enum class What { kStored, kRetained, kRemoved } what = What::kStored;
  Entry entry;
};

/// What the agent has to do, in this order; each part may be empty.
struct NodeOutput {
  /// To commit as one batch; the result goes to NodeSync::Committed. Never non-empty while an
  /// earlier one waits for its result.
  std::vector<StoreChange> commit;
  /// To publish. What it says is on the disk already.
  std::vector<UpMessage> send;
  /// What the reconciler should look at again.
  std::vector<HeldChange> changed;
  /// UIDs whose status goes into the outbox again, under a new sequence, although it was acked.
  std::vector<std::string> resend_statuses;
  /// Settings of the link to apply.
  std::optional<Welcome> welcome;
  /// A heartbeat is to be made and sent at once.
  bool heartbeat_now = false;
};

}  // namespace edge::sync
