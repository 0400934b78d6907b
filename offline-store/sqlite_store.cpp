#include "offline-store/sqlite_store.h"

#include <utility>
#include <variant>

#include "offline-store/loop_side.h"
#include "offline-store/recovery.h"
#include "offline-store/rows.h"
#include "offline-store/writer.h"

namespace edge::offline_store {
namespace {

struct SizeOf {
  std::size_t operator()(const PutObject& change) const { return change.object.bytes.size(); }
  std::size_t operator()(const PutStatus& change) const { return change.bytes.size(); }
  std::size_t operator()(const AppendEvent& change) const { return change.bytes.size(); }
  std::size_t operator()(const PutFacts& change) const { return change.facts.bytes.size(); }
  std::size_t operator()(const PutToken& change) const { return change.token.bytes.size(); }
  std::size_t operator()(const PutMeta& change) const { return change.value.size(); }
  template <typename Other>
  std::size_t operator()(const Other& /*change*/) const {
    return 0;
  }
};

Status CheckSizes(const Batch& batch, const Options& options) {
  for (const Change& change : batch) {
    const bool event = std::holds_alternative<AppendEvent>(change);
    const std::size_t limit =
        event ? std::min(options.max_row_bytes, options.max_event_bytes) : options.max_row_bytes;
    const std::size_t size = std::visit(SizeOf{}, change);
    if (size > limit) {
      return InvalidArgument("the store takes rows of up to " + std::to_string(limit) +
                             " bytes, and this one has " + std::to_string(size));
    }
  }
  return Status::Ok();
}

OutboxDelta TakeWaiting(OpenedFile& file) {
  OutboxDelta delta;
  for (StatusRow& row : file.contents.statuses) delta.steps.emplace_back(std::move(row));
  for (EventRow& row : file.events) delta.steps.emplace_back(std::move(row));
  return delta;
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::Open(const Options& options, Executor& executor,
                                                       Random& random) {
  EDGE_ASSIGN_OR_RETURN(OpenedFile file, OpenOrRecover(options.path, options.max_wal_bytes,
                                                       executor.clock(), random));
  auto loop_side = std::make_shared<LoopSide>(file.id, file.health, std::move(file.health_message));
  OutboxDelta waiting = TakeWaiting(file);
  EDGE_ASSIGN_OR_RETURN(
      auto writer, Writer::Start(std::move(file.db), options, executor,
                                 [loop_side](GroupResult r) { loop_side->Finish(std::move(r)); }));
  waiting.dropped_events = writer->dropped_events();
  loop_side->outbox().Apply(std::move(waiting));
  return std::unique_ptr<SqliteStore>(
      new SqliteStore(options, executor, std::move(loop_side), std::move(writer)));
}

SqliteStore::SqliteStore(const Options& options, Executor& executor,
                         std::shared_ptr<LoopSide> loop_side, std::unique_ptr<Writer> writer)
    : options_(options),
      executor_(executor),
      loop_side_(std::move(loop_side)),
      writer_(std::move(writer)) {}

SqliteStore::~SqliteStore() {
  writer_->Commit(loop_side_->TakeGathered());
  loop_side_->Close();
}

Result<Contents> SqliteStore::Load() { return writer_->Load(); }

void SqliteStore::Commit(Batch batch, Committed done) {
  if (Status status = CheckSizes(batch, options_); !status.ok()) {
    executor_.Post([loop_side = loop_side_, done = std::move(done), status = std::move(status)] {
      if (!loop_side->closed() && done) done(status);
    });
    return;
  }
  if (!loop_side_->Gather({std::move(batch), std::move(done)})) return;
  // What one round of the loop commits goes to the writer at once, so that it becomes one group.
  executor_.Post([this, loop_side = loop_side_] {
    if (!loop_side->closed()) writer_->Commit(loop_side->TakeGathered());
  });
}

Result<std::vector<EventRow>> SqliteStore::Events(std::uint64_t after, std::size_t limit) {
  return loop_side_->outbox().Events(after, limit);
}

Result<std::vector<StatusRow>> SqliteStore::Statuses(std::uint64_t after, std::size_t limit) {
  return loop_side_->outbox().Statuses(after, limit);
}

WaitingRows SqliteStore::CountWaiting() const { return loop_side_->outbox().CountWaiting(); }
std::uint64_t SqliteStore::DroppedEvents() const { return loop_side_->outbox().dropped_events(); }
std::string SqliteStore::Id() const { return loop_side_->id(); }
Health SqliteStore::health() const { return loop_side_->health(); }
std::string SqliteStore::health_message() const { return loop_side_->health_message(); }

}  // namespace edge::offline_store
