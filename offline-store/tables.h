#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "common/status.h"
#include "offline-store/outbox.h"
#include "offline-store/sqlite/database.h"
#include "offline-store/store.h"

namespace edge::offline_store {

/// Writes changes by the rules of store.h. The tables themselves say what is held: a change that
/// changes nothing dirties no page, and then SQLite's commit writes and syncs nothing.
///
/// Thread rule: that of the Database, which it must not outlive.
class Tables {
 public:
  struct Limits {
    std::size_t max_events = 0;
    std::size_t max_event_bytes = 0;
    std::size_t max_tombstones = 0;
  };

  static Result<std::unique_ptr<Tables>> Prepare(Database& db, const Limits& limits);

  /// One transaction. An error leaves file and counters as they were. `delta` is what the outbox
  /// must be told after success.
  template <typename Batches>
  Status Write(const Batches& batches, OutboxDelta& delta) {
    Transaction transaction(db_);
    const Counters before = counters_;
    Status status = transaction.Begin();
    for (auto it = batches.begin(); status.ok() && it != batches.end(); ++it) {
      status = Apply(**it);
    }
    if (status.ok()) status = transaction.Commit();
    Finish(status, before, delta);
    return status;
  }

  /// Whether the desired state changed since the last good copy; kept in the file.
  bool copy_stale() const { return counters_.copy_stale; }
  Status ClearCopyStale();
  std::uint64_t dropped_events() const { return counters_.dropped_events; }

 private:
  struct EventMark {
    std::int64_t sequence = 0;
    std::size_t size = 0;
  };
  /// What is known without asking the file; goes back with a transaction that failed.
  struct Counters {
    std::deque<EventMark> events;
    std::size_t event_bytes = 0;
    std::uint64_t dropped_events = 0;
    std::int64_t last_event = 0;
    std::int64_t last_status = 0;
    bool copy_stale = false;
  };
  struct Statements {
    Statement put_object, delete_object, put_tombstone, trim_tombstones, find_status, delete_status,
        insert_status, ack_status, insert_event, delete_events, put_facts, delete_facts, put_token,
        delete_tokens, put_meta, put_own;
  };

  Tables(Database& db, const Limits& limits) : db_(db), limits_(limits) {}
  Status PrepareStatements();
  Status LoadCounters();
  Status Apply(const Batch& batch);
  void Finish(const Status& status, const Counters& before, OutboxDelta& delta);
  bool Changed() const { return sqlite3_changes64(db_.get()) > 0; }

  Status Do(const PutObject& change);
  Status Do(const DeleteObject& change);
  Status Do(const PutTombstone& change);
  Status Do(const PutStatus& change);
  Status Do(const AckStatus& change);
  Status Do(const AppendEvent& change);
  Status Do(const AckEvents& change);
  Status Do(const PutFacts& change);
  Status Do(const DeleteFacts& change);
  Status Do(const PutToken& change);
  Status Do(const DeleteTokens& change);
  Status Do(const PutMeta& change);
  Status TrimEvents();
  Status DeleteEventsUpTo(std::int64_t sequence);
  Status PutOwn(const std::string& name, const std::string& value);
  Status DesiredChanged();

  Database& db_;
  const Limits limits_;
  Statements sql_;
  Counters counters_;
  OutboxDelta delta_;
};

}  // namespace edge::offline_store
