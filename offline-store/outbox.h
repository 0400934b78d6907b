#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <variant>
#include <vector>

#include "offline-store/store.h"

namespace edge::offline_store {

/// What a committed transaction did to the outbox, in order.
struct OutboxDelta {
  struct StatusGone {
    std::uint64_t sequence = 0;
  };
  /// All events up to and including the sequence.
  struct EventsGone {
    std::uint64_t sequence = 0;
  };
  std::vector<std::variant<StatusRow, StatusGone, EventRow, EventsGone>> steps;
  std::uint64_t dropped_events = 0;  ///< the counter's value afterwards
};

/// The rows that wait to go up, as committed, in memory: reading them never waits for a disk that
/// is busy with a commit. One status per object and about 1 MB of events bound it.
///
/// Thread rule: one thread.
class Outbox {
 public:
  void Apply(OutboxDelta delta);
  std::vector<EventRow> Events(std::uint64_t after, std::size_t limit) const;
  std::vector<StatusRow> Statuses(std::uint64_t after, std::size_t limit) const;
  WaitingRows CountWaiting() const { return {statuses_.size(), events_.size()}; }
  std::uint64_t dropped_events() const { return dropped_events_; }

 private:
  void Do(StatusRow row);
  void Do(OutboxDelta::StatusGone gone);
  void Do(EventRow row);
  void Do(OutboxDelta::EventsGone gone);

  std::map<std::uint64_t, StatusRow> statuses_;
  std::deque<EventRow> events_;
  std::uint64_t dropped_events_ = 0;
};

}  // namespace edge::offline_store
