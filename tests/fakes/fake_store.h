#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/executor.h"
#include "offline-store/store.h"

namespace edge::fakes {

/// What survives a "power cut": hand the same disk to the next FakeStore.
struct FakeDisk {
  using ObjectId = std::pair<sync::ObjectKey, std::string>;
  std::string id = "store-1";
  std::uint64_t next_status = 1;
  std::uint64_t next_event = 1;
  std::uint64_t dropped_events = 0;
  std::map<ObjectId, offline_store::HeldObject> objects;
  std::map<ObjectId, offline_store::Tombstone> tombstones;
  std::map<std::pair<sync::Kind, std::string>, offline_store::StatusRow> statuses;
  std::deque<offline_store::EventRow> events;
  std::map<std::string, std::string> facts;
  std::map<sync::TokenKey, std::string> tokens;
  std::map<std::string, std::string> meta;
};

namespace fake_store_internal {

/// Applies changes to a FakeDisk by the rules of store.h. Each returns whether anything changed.
struct Applier {
  FakeDisk& disk;
  std::size_t max_events;

  bool operator()(const offline_store::PutObject& change) const {
    const auto& object = change.object;
    const FakeDisk::ObjectId id(object.entry.key, object.entry.uid);
    const auto it = disk.objects.find(id);
    if (it != disk.objects.end() && it->second.entry == object.entry &&
        it->second.prune_rule == object.prune_rule && it->second.retained == object.retained) {
      return false;
    }
    disk.objects[id] = object;
    return true;
  }
  bool operator()(const offline_store::DeleteObject& change) const {
    return disk.objects.erase({change.key, change.uid}) > 0;
  }
  bool operator()(const offline_store::PutTombstone& change) const {
    const auto& entry = change.tombstone.entry;
    return disk.tombstones.try_emplace({entry.key, entry.uid}, change.tombstone).second;
  }
  bool operator()(const offline_store::PutStatus& change) const {
    offline_store::StatusRow& row = disk.statuses[{change.entry.key.kind, change.entry.uid}];
    if (row.sequence != 0 && row.entry == change.entry) return false;
    row = {disk.next_status++, change.entry, change.bytes};
    return true;
  }
  bool operator()(const offline_store::AckStatus& change) const {
    return std::erase_if(disk.statuses, [&](const auto& row) {
             return row.second.entry.uid == change.uid && row.second.sequence == change.sequence;
           }) > 0;
  }
  bool operator()(const offline_store::AppendEvent& change) const {
    disk.events.push_back({disk.next_event++, change.bytes});
    for (; disk.events.size() > max_events; ++disk.dropped_events) disk.events.pop_front();
    return true;
  }
  bool operator()(const offline_store::AckEvents& change) const {
    return std::erase_if(disk.events,
                         [&](const auto& row) { return row.sequence <= change.sequence; }) > 0;
  }
  bool operator()(const offline_store::PutFacts& change) const {
    return Put(disk.facts, change.facts.pod_uid, change.facts.bytes);
  }
  bool operator()(const offline_store::DeleteFacts& change) const {
    return disk.facts.erase(change.pod_uid) > 0;
  }
  bool operator()(const offline_store::PutToken& change) const {
    return Put(disk.tokens, change.token.key, change.token.bytes);
  }
  bool operator()(const offline_store::DeleteTokens& change) const {
    return std::erase_if(disk.tokens,
                         [&](const auto& row) { return row.first.pod_uid == change.pod_uid; }) > 0;
  }
  bool operator()(const offline_store::PutMeta& change) const {
    return Put(disk.meta, change.name, change.value);
  }

 private:
  template <typename Key>
  static bool Put(std::map<Key, std::string>& map, const Key& key, const std::string& value) {
    const auto [it, inserted] = map.try_emplace(key, value);
    if (!inserted && it->second == value) return false;
    it->second = value;
    return true;
  }
};

}  // namespace fake_store_internal

/// A Store in memory that keeps the contract of offline-store/store.h (tests/contract/store), with
/// failures on demand. Commits are applied when the executor runs, in their order.
class FakeStore final : public offline_store::Store {
 public:
  static constexpr std::size_t kMaxEvents = 1000;

  FakeStore(Executor& executor, FakeDisk& disk) : disk_(disk), executor_(executor) {}
  /// With a disk of its own.
  explicit FakeStore(Executor& executor) : FakeStore(executor, own_disk_) {}
  ~FakeStore() override { *alive_ = false; }

  Result<offline_store::Contents> Load() override {
    if (!load_error_.ok()) return load_error_;
    offline_store::Contents contents;
    for (const auto& [id, object] : disk_.objects) contents.objects.push_back(object);
    for (const auto& [id, stone] : disk_.tombstones) contents.tombstones.push_back(stone);
    contents.statuses = Statuses(0, SIZE_MAX).value();
    for (const auto& [uid, bytes] : disk_.facts) contents.facts.push_back({uid, bytes});
    for (const auto& [key, bytes] : disk_.tokens) contents.tokens.push_back({key, bytes});
    for (const auto& [name, value] : disk_.meta) contents.meta.emplace_back(name, value);
    return contents;
  }

  void Commit(offline_store::Batch batch, Committed done) override {
    waiting_.push_back({std::move(batch), std::move(done)});
    if (!held_) PostDrain();
  }

  Result<std::vector<offline_store::EventRow>> Events(std::uint64_t after,
                                                      std::size_t limit) override {
    std::vector<offline_store::EventRow> rows;
    for (const auto& row : disk_.events) {
      if (row.sequence > after && rows.size() < limit) rows.push_back(row);
    }
    return rows;
  }

  Result<std::vector<offline_store::StatusRow>> Statuses(std::uint64_t after,
                                                         std::size_t limit) override {
    std::map<std::uint64_t, const offline_store::StatusRow*> ordered;
    for (const auto& [id, row] : disk_.statuses) ordered[row.sequence] = &row;
    std::vector<offline_store::StatusRow> rows;
    for (const auto& [sequence, row] : ordered) {
      if (sequence > after && rows.size() < limit) rows.push_back(*row);
    }
    return rows;
  }

  offline_store::WaitingRows CountWaiting() const override {
    return {disk_.statuses.size(), disk_.events.size()};
  }
  std::uint64_t DroppedEvents() const override { return disk_.dropped_events; }
  std::string Id() const override { return disk_.id; }
  offline_store::Health health() const override { return health_; }
  std::string health_message() const override { return health_message_; }

  /// Every commit from now on fails with `error`, and health() is as given, until Heal().
  void Fail(Status error, offline_store::Health health = offline_store::Health::kDiskFull) {
    health_ = health;
    health_message_ = error.message();
    error_ = std::move(error);
  }
  void Heal() {
    error_ = Status::Ok();
    health_ = offline_store::Health::kGood;
    health_message_.clear();
  }
  /// Load() fails with `error`.
  void FailLoad(Status error) { load_error_ = std::move(error); }
  /// Commits wait, unapplied, until Release(). Destroying the store now loses them: a power cut.
  void Hold() { held_ = true; }
  void Release() {
    held_ = false;
    PostDrain();
  }

  FakeDisk& disk() { return disk_; }
  /// Batches that changed something on the disk, and those that did not need to.
  int writes() const { return writes_; }
  int unchanged() const { return unchanged_; }
  /// Batches not applied yet.
  std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Waiting {
    offline_store::Batch batch;
    Committed done;
  };

  void PostDrain() {
    executor_.Post([this, alive = alive_] {
      if (*alive) Drain(alive);
    });
  }

  /// A callback may destroy the store, or commit again.
  void Drain(const std::shared_ptr<bool>& alive) {
    while (*alive && !held_ && !waiting_.empty()) {
      Waiting next = std::move(waiting_.front());
      waiting_.pop_front();
      const Status status = error_;
      if (status.ok()) ++(Apply(next.batch) ? writes_ : unchanged_);
      if (next.done) next.done(status);
    }
  }

  bool Apply(const offline_store::Batch& batch) {
    bool changed = false;
    for (const offline_store::Change& change : batch) {
      changed |= std::visit(fake_store_internal::Applier{disk_, kMaxEvents}, change);
    }
    return changed;
  }

  FakeDisk own_disk_;
  FakeDisk& disk_;
  Executor& executor_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::deque<Waiting> waiting_;
  bool held_ = false;
  Status error_;
  Status load_error_;
  offline_store::Health health_ = offline_store::Health::kGood;
  std::string health_message_;
  int writes_ = 0;
  int unchanged_ = 0;
};

}  // namespace edge::fakes
