#include "offline-store/writer.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <utility>
#include <variant>

#include "common/log.h"
#include "offline-store/good_copy.h"
#include "offline-store/recovery.h"
#include "offline-store/rows.h"

namespace edge::offline_store {
namespace {

constexpr std::size_t kWalFrameBytes = 4096 + 24;
/// The log grows to at most this many times its bound while batches keep coming.
constexpr std::size_t kMaxWalFactor = 4;

bool PutsAnObject(const std::vector<PendingBatch>& batches) {
  return std::any_of(batches.begin(), batches.end(), [](const PendingBatch& pending) {
    return std::any_of(pending.batch.begin(), pending.batch.end(), [](const Change& change) {
      return std::holds_alternative<PutObject>(change);
    });
  });
}

}  // namespace

Result<std::unique_ptr<Writer>> Writer::Start(std::unique_ptr<Database> db, const Options& options,
                                              Executor& executor,
                                              std::function<void(GroupResult)> finished) {
  std::unique_ptr<Writer> writer(new Writer(std::move(db), options, executor, std::move(finished)));
  EDGE_ASSIGN_OR_RETURN(writer->tables_,
                        Tables::Prepare(*writer->db_, {options.max_events, options.max_event_bytes,
                                                       options.max_tombstones}));
  writer->thread_ = std::thread([self = writer.get()] { self->Work(); });
  pthread_setname_np(writer->thread_.native_handle(), "store-writer");
  return writer;
}

Writer::Writer(std::unique_ptr<Database> db, const Options& options, Executor& executor,
               std::function<void(GroupResult)> finished)
    : options_(options), executor_(executor), finished_(std::move(finished)), db_(std::move(db)) {
  sqlite3_wal_hook(db_->get(), &Writer::OnWal, this);
  const bool have_copy = access(GoodCopyPath(options_.path).c_str(), F_OK) == 0;
  next_copy_ =
      Steady::now() + (have_copy ? options_.good_copy_interval : options_.first_good_copy_delay);
}

Writer::~Writer() {
  if (!thread_.joinable()) return;  // Start failed
  {
    const MutexLock lock(mutex_);
    closing_ = true;
  }
  changed_.NotifyOne();
  thread_.join();
}

int Writer::OnWal(void* self, sqlite3* /*db*/, const char* /*name*/, int pages) {
  static_cast<Writer*>(self)->wal_bytes_ = static_cast<std::size_t>(pages) * kWalFrameBytes;
  return SQLITE_OK;
}

void Writer::Commit(std::vector<PendingBatch> batches) {
  {
    const MutexLock lock(mutex_);
    std::move(batches.begin(), batches.end(), std::back_inserter(waiting_));
  }
  changed_.NotifyOne();
}

Result<Contents> Writer::Load() {
  // Shared: the waiting side may be gone before set_value has returned on the other.
  const auto promise = std::make_shared<std::promise<Result<Contents>>>();
  std::future<Result<Contents>> future = promise->get_future();
  {
    const MutexLock lock(mutex_);
    jobs_.emplace_back([this, promise] { promise->set_value(ReadContents(*db_)); });
  }
  changed_.NotifyOne();
  return future.get();
}

/// False when it is time to end.
bool Writer::Wait() {
  const bool copies = tables_->copy_stale();
  while (!closing_ && !HasWork()) {
    if (!copies) {
      changed_.Wait(mutex_);
    } else if (!changed_.WaitUntil(mutex_, next_copy_)) {
      break;
    }
  }
  return !closing_ || HasWork();
}

void Writer::Work() {
  MutexLock lock(mutex_);
  while (Wait()) {
    std::vector<PendingBatch> group = std::exchange(waiting_, {});
    std::vector<std::function<void()>> jobs = std::exchange(jobs_, {});
    lock.Unlock();
    if (!group.empty()) CommitGroup(std::move(group));
    for (const auto& job : jobs) job();
    lock.Lock();
    const bool must_fold = wal_bytes_ > kMaxWalFactor * options_.max_wal_bytes;
    if (!must_fold && HasWork()) continue;
    lock.Unlock();
    Idle();
    lock.Lock();
  }
  lock.Unlock();
  if (tables_->copy_stale()) CopyNow();
  tables_.reset();
  db_.reset();
}

Status Writer::Write(std::vector<PendingBatch>& batches) {
  GroupResult result;
  std::vector<const Batch*> writes;
  writes.reserve(batches.size());
  for (const PendingBatch& pending : batches) writes.push_back(&pending.batch);
  result.status = tables_->Write(writes, result.delta);
  if (!result.status.ok() && batches.size() > 1) return result.status;  // tried one by one
  result.put_an_object = result.status.ok() && PutsAnObject(batches);
  for (PendingBatch& pending : batches) result.done.push_back(std::move(pending.done));
  Status status = result.status;
  executor_.Post([finished = finished_, shared = std::make_shared<GroupResult>(std::move(result))] {
    finished(std::move(*shared));
  });
  return status;
}

void Writer::CommitGroup(std::vector<PendingBatch> group) {
  const std::size_t size = group.size();
  if (Write(group).ok() || size == 1) return;
  // What does not fit must not take what does fit down with it.
  for (PendingBatch& pending : group) {
    std::vector<PendingBatch> alone;
    alone.push_back(std::move(pending));
    [[maybe_unused]] const Status told = Write(alone);
  }
}

void Writer::Idle() {
  if (wal_bytes_ > options_.max_wal_bytes) Checkpoint();
  if (tables_->copy_stale() && Steady::now() >= next_copy_) CopyNow();
}

void Writer::Checkpoint() {
  // With one connection and no reader a passive checkpoint is complete, and the next commit starts
  // the log afresh.
  const int result =
      sqlite3_wal_checkpoint_v2(db_->get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (result == SQLITE_OK) {
    wal_bytes_ = 0;
  } else {
    LogWarning("the store's log could not be folded into its file; it grows until it can",
               {{"CAUSE", SqliteStatus(db_->get()).ToString()}});
  }
}

void Writer::CopyNow() {
  next_copy_ = Steady::now() + options_.good_copy_interval;
  Status status = MakeGoodCopy(*db_, options_.path);
  if (status.ok()) status = tables_->ClearCopyStale();
  if (!status.ok()) {
    LogWarning("no good copy of the store was made; the next try comes later",
               {{"CAUSE", status.ToString()}});
  }
}

}  // namespace edge::offline_store
