#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/executor.h"
#include "common/random.h"
#include "common/status.h"
#include "offline-store/store.h"

namespace edge::offline_store {

class LoopSide;
class Writer;

struct Options {
  /// The database file, e.g. "/var/lib/edged/store.db". Beside it live <path>-wal, the last good
  /// copy <path>.good, and what was found broken: <path>.broken-<time>. All are 0600.
  std::string path;
  std::size_t max_row_bytes = 3U << 20;  ///< one object, status, event, facts or meta value
  std::size_t max_events = 1000;         ///< rows in the event queue; the oldest go first
  std::size_t max_event_bytes = 1U << 20;
  std::size_t max_tombstones = 1000;     ///< the oldest go first
  std::size_t max_wal_bytes = 1U << 20;  ///< checkpointed beyond this, when nobody waits
  /// A copy is made only after the desired state changed, at most this often, and at a clean end.
  Duration good_copy_interval = std::chrono::hours(1);
  /// How soon the first one is made where there is none yet.
  Duration first_good_copy_delay = std::chrono::minutes(1);
};

/// The node's durable memory in one SQLite file: WAL, synchronous=FULL, one connection that only
/// its writer thread uses after Open. The file is locked against a second agent.
///
/// Every row carries a checksum, and Open checks all of them and the file's structure. A broken
/// file is moved aside as evidence and replaced by the last good copy under a new store id; where
/// that is broken too, by an empty store that reports kBroken until the first object is put.
///
/// On a full disk commits fail with kResourceExhausted and health() says so; the next commit tries
/// again. Every commit is tried, whatever health() says.
///
/// Thread rule: the thread of the executor given to Open. The destructor commits what is queued,
/// makes the good copy where one is due, and drops callbacks that have not run yet.
class SqliteStore final : public Store {
 public:
  /// Blocks for as long as reading the whole file takes. Errors: kFailedPrecondition when another
  /// process has the file or a newer release wrote it; the kernel's when the folder cannot be
  /// written.
  static Result<std::unique_ptr<SqliteStore>> Open(const Options& options, Executor& executor,
                                                   Random& random);
  ~SqliteStore() override;

  Result<Contents> Load() override;
  /// Besides the file's errors: kInvalidArgument when a row of the batch is over max_row_bytes.
  void Commit(Batch batch, Committed done) override;
  Result<std::vector<EventRow>> Events(std::uint64_t after, std::size_t limit) override;
  Result<std::vector<StatusRow>> Statuses(std::uint64_t after, std::size_t limit) override;
  WaitingRows CountWaiting() const override;
  std::uint64_t DroppedEvents() const override;
  std::string Id() const override;
  Health health() const override;
  std::string health_message() const override;

 private:
  SqliteStore(const Options& options, Executor& executor, std::shared_ptr<LoopSide> loop_side,
              std::unique_ptr<Writer> writer);

  const Options options_;
  Executor& executor_;
  /// Shared with the tasks that the writer posts, which may outlive the store.
  std::shared_ptr<LoopSide> loop_side_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace edge::offline_store
