#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/executor.h"
#include "common/mutex.h"
#include "offline-store/loop_side.h"
#include "offline-store/sqlite/database.h"
#include "offline-store/sqlite_store.h"
#include "offline-store/tables.h"

namespace edge::offline_store {

/// The one thread that uses the database: group commit, checkpoints, good copies.
///
/// Thread rule: constructed, called and destroyed by the loop's thread. The destructor commits
/// what was given, makes the good copy where one is due, and closes the file.
class Writer {
 public:
  /// Takes the database over. `finished` is called on the executor for each group.
  static Result<std::unique_ptr<Writer>> Start(std::unique_ptr<Database> db, const Options& options,
                                               Executor& executor,
                                               std::function<void(GroupResult)> finished);
  ~Writer();

  /// As the file had it when it was opened; before the first Commit only.
  std::uint64_t dropped_events() const { return tables_->dropped_events(); }
  /// They become one transaction, with what else waits.
  void Commit(std::vector<PendingBatch> batches);
  /// Everything committed. Blocks until the writer is done with what it does now.
  Result<Contents> Load();

 private:
  using Steady = std::chrono::steady_clock;

  Writer(std::unique_ptr<Database> db, const Options& options, Executor& executor,
         std::function<void(GroupResult)> finished);
  void Work();
  bool HasWork() const EDGE_REQUIRES(mutex_) { return !waiting_.empty() || !jobs_.empty(); }
  bool Wait() EDGE_REQUIRES(mutex_);
  void CommitGroup(std::vector<PendingBatch> group);
  Status Write(std::vector<PendingBatch>& batches);
  void Idle();
  void Checkpoint();
  void CopyNow();
  static int OnWal(void* self, sqlite3* db, const char* name, int pages);

  const Options options_;
  Executor& executor_;
  const std::function<void(GroupResult)> finished_;

  // The writer thread's, once it runs. Statements go before their database.
  std::unique_ptr<Database> db_;
  std::unique_ptr<Tables> tables_;
  std::size_t wal_bytes_ = 0;
  Steady::time_point next_copy_;

  Mutex mutex_;
  Condition changed_;
  std::vector<PendingBatch> waiting_ EDGE_GUARDED_BY(mutex_);
  std::vector<std::function<void()>> jobs_ EDGE_GUARDED_BY(mutex_);
  bool closing_ EDGE_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace edge::offline_store
