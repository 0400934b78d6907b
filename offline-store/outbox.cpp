#include "offline-store/outbox.h"

#include <algorithm>
#include <utility>

namespace edge::offline_store {

void Outbox::Do(StatusRow row) { statuses_[row.sequence] = std::move(row); }
void Outbox::Do(OutboxDelta::StatusGone gone) { statuses_.erase(gone.sequence); }
void Outbox::Do(EventRow row) { events_.push_back(std::move(row)); }

void Outbox::Do(OutboxDelta::EventsGone gone) {
  while (!events_.empty() && events_.front().sequence <= gone.sequence) events_.pop_front();
}

void Outbox::Apply(OutboxDelta delta) {
  for (auto& step : delta.steps) {
    std::visit([this](auto& one) { Do(std::move(one)); }, step);
  }
  dropped_events_ = delta.dropped_events;
}

std::vector<EventRow> Outbox::Events(std::uint64_t after, std::size_t limit) const {
  auto it = std::upper_bound(
      events_.begin(), events_.end(), after,
      [](std::uint64_t sequence, const EventRow& row) { return sequence < row.sequence; });
  std::vector<EventRow> rows;
  for (; it != events_.end() && rows.size() < limit; ++it) rows.push_back(*it);
  return rows;
}

std::vector<StatusRow> Outbox::Statuses(std::uint64_t after, std::size_t limit) const {
  std::vector<StatusRow> rows;
  for (auto it = statuses_.upper_bound(after); it != statuses_.end() && rows.size() < limit; ++it) {
    rows.push_back(it->second);
  }
  return rows;
}

}  // namespace edge::offline_store
