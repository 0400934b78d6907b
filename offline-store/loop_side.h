#pragma once

#include <string>
#include <utility>
#include <vector>

#include "offline-store/outbox.h"
#include "offline-store/store.h"

namespace edge::offline_store {

/// A batch on its way to the disk.
struct PendingBatch {
  Batch batch;
  Store::Committed done;
};

/// What came of batches that were tried together.
struct GroupResult {
  std::vector<Store::Committed> done;
  Status status;
  OutboxDelta delta;           ///< where it succeeded
  bool put_an_object = false;  ///< where it succeeded
};

/// What of the store the loop's thread owns: batches of this round of the loop, the outbox as
/// committed, and health.
///
/// Thread rule: the loop's thread.
class LoopSide {
 public:
  LoopSide(std::string id, Health health, std::string health_message)
      : id_(std::move(id)), health_(health), health_message_(std::move(health_message)) {}

  /// Adds to this round's batches. True for the first one: a flush is due.
  bool Gather(PendingBatch pending);
  std::vector<PendingBatch> TakeGathered() { return std::exchange(gathered_, {}); }

  /// Takes over what the writer did, then tells the callers.
  void Finish(GroupResult result);
  /// The store is gone: nobody is told any more.
  void Close() { closed_ = true; }
  bool closed() const { return closed_; }

  Outbox& outbox() { return outbox_; }
  const std::string& id() const { return id_; }
  Health health() const { return health_; }
  const std::string& health_message() const { return health_message_; }

 private:
  void UpdateHealth(const GroupResult& result);
  void SetHealth(Health health, std::string message);

  const std::string id_;
  Health health_;
  std::string health_message_;
  Outbox outbox_;
  std::vector<PendingBatch> gathered_;
  bool closed_ = false;
};

}  // namespace edge::offline_store
