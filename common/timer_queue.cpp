#include "common/timer_queue.h"

#include <algorithm>
#include <utility>

namespace edge {

Timer TimerQueue::Add(BootTime deadline, Task task) {
  auto entry = std::make_shared<Timer::Entry>();
  entry->task = std::move(task);
  if (entries_.size() >= sweep_at_) Sweep();
  entries_.emplace(deadline, entry);
  return Timer(std::move(entry));
}

void TimerQueue::DropCancelled() {
  while (!entries_.empty() && entries_.begin()->second->cancelled) entries_.erase(entries_.begin());
}

void TimerQueue::Sweep() {
  std::erase_if(entries_, [](const auto& entry) { return entry.second->cancelled; });
  sweep_at_ = std::max(kFirstSweep, 2 * entries_.size());
}

std::optional<BootTime> TimerQueue::Next() {
  DropCancelled();
  if (entries_.empty()) return std::nullopt;
  return entries_.begin()->first;
}

Task TimerQueue::TakeDue(BootTime now) {
  DropCancelled();
  if (entries_.empty() || entries_.begin()->first > now) return nullptr;
  Task task = std::exchange(entries_.begin()->second->task, nullptr);
  entries_.erase(entries_.begin());
  return task;
}

}  // namespace edge
