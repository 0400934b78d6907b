#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/status.h"
#include "sync/types.h"

namespace edge::offline_store {

/// A desired object as it is kept. `bytes` are exactly those that its version is the hash of.
struct HeldObject {
  sync::Entry entry;
  std::string bytes;
  std::uint32_t prune_rule = 0;
  sync::Order order;
  /// Removed in the cloud, but a held pod still refers to it (design.md 5): it stays usable and
  /// counts in no digest.
  bool retained = false;
};

/// A UID that was removed and must not come back.
struct Tombstone {
  sync::Entry entry;
  sync::Order order;
};

/// Status of one object on its way up; the last value wins.
struct StatusRow {
  std::uint64_t sequence = 0;  ///< set by the store, unique and rising over restarts
  sync::Entry entry;           ///< the object; version is the hash of the status bytes
  std::string bytes;
};

/// An Event (or later a device record) on its way up, in order.
struct EventRow {
  std::uint64_t sequence = 0;  ///< set by the store, rising over restarts
  std::string bytes;
};

/// What the agent knows of a pod and could not find out again after a power cut: start time,
/// restart counts, back-off, the last termination of each container. JSON of edged's own.
struct PodFacts {
  std::string pod_uid;
  std::string bytes;
};

/// A ServiceAccount's token that a pod was given, with what is known of its life. JSON of edged's
/// own; a secret.
struct HeldToken {
  sync::TokenKey key;
  std::string bytes;
};

// One change each. A batch of them is committed together or not at all.
struct PutObject {
  HeldObject object;
};
struct DeleteObject {
  sync::ObjectKey key;
  std::string uid;
};
struct PutTombstone {
  Tombstone tombstone;
};
/// Conflates: replaces the row of the same kind and UID, under a new sequence.
struct PutStatus {
  sync::Entry entry;
  std::string bytes;
};
/// Deletes the row of that UID only if it still has that sequence (a newer value stays).
struct AckStatus {
  std::string uid;
  std::uint64_t sequence = 0;
};
/// Drops the oldest rows over the queue's bound, and counts them.
struct AppendEvent {
  std::string bytes;
};
/// Deletes all rows up to and including the sequence.
struct AckEvents {
  std::uint64_t sequence = 0;
};
struct PutFacts {
  PodFacts facts;
};
struct DeleteFacts {
  std::string pod_uid;
};
struct PutToken {
  HeldToken token;
};
/// All tokens of the pod.
struct DeleteTokens {
  std::string pod_uid;
};
/// Small named values: cluster UID, boot id, highest epoch, reported status digests.
struct PutMeta {
  std::string name;
  std::string value;
};

using Change =
    std::variant<PutObject, DeleteObject, PutTombstone, PutStatus, AckStatus, AppendEvent,
                 AckEvents, PutFacts, DeleteFacts, PutToken, DeleteTokens, PutMeta>;
using Batch = std::vector<Change>;

/// All that start-up needs, read once.
struct Contents {
  std::vector<HeldObject> objects;
  std::vector<Tombstone> tombstones;
  std::vector<StatusRow> statuses;
  std::vector<PodFacts> facts;
  std::vector<HeldToken> tokens;
  std::vector<std::pair<std::string, std::string>> meta;
};

/// Rows that wait for the hub's ack.
struct WaitingRows {
  std::size_t statuses = 0;
  std::size_t events = 0;
};

/// How well the store can keep what it is given (design.md 11; "degraded mode").
enum class Health {
  kGood,
  kDiskFull,  ///< writes fail now, and are tried again; reads work
  kBroken,    ///< the file cannot be used: running pods stay, nothing new is kept
};

/// The node's durable memory.
///
/// Thread rule: the loop thread calls; callbacks come on the loop thread. A commit that fails
/// changes nothing and says why; the caller keeps its intent and tries again.
class Store {
 public:
  using Committed = std::function<void(Status)>;

  virtual ~Store() = default;

  /// Everything that was committed. Blocking; for start-up.
  virtual Result<Contents> Load() = 0;
  /// Queues the batch; batches that wait together become one transaction (group commit). `done`
  /// comes after the data is on the disk, or with the error; batches finish in their order. A
  /// batch that changes nothing (same version, same bytes) is done without a write.
  virtual void Commit(Batch batch, Committed done) = 0;
  /// Up to `limit` events, oldest first, with a sequence above `after`.
  virtual Result<std::vector<EventRow>> Events(std::uint64_t after, std::size_t limit) = 0;
  /// Status rows that wait for the hub's ack, oldest sequence first.
  virtual Result<std::vector<StatusRow>> Statuses(std::uint64_t after, std::size_t limit) = 0;
  /// How many rows Statuses and Events would give, without reading them.
  virtual WaitingRows CountWaiting() const = 0;
  /// Events dropped since the store was made because the queue was full.
  virtual std::uint64_t DroppedEvents() const = 0;
  /// Random id of this store file: another one after a re-imaging or a restored copy is made new.
  virtual std::string Id() const = 0;
  virtual Health health() const = 0;
  /// What is wrong and what to do; empty when good.
  virtual std::string health_message() const = 0;
};

}  // namespace edge::offline_store
