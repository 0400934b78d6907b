#pragma once

#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "edged/ports/runtime.h"

namespace edge::edged {

/// Collects events; waits for what is looked for. Thread rule: any thread.
class EventLog {
 public:
  void Listen(RuntimeEvents& events) {
    events.Subscribe([this](RuntimeEvent event) { Add(std::move(event)); }, [this] { AddGap(); });
  }

  bool AwaitGaps(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kLimit, [&] { return gaps_ >= count; });
  }

  bool AwaitEvent(const std::string& id, const std::string& topic) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kLimit, [&] { return Count(id, topic) > 0; });
  }

  int CountOf(const std::string& id, const std::string& topic) {
    const std::lock_guard lock(mutex_);
    return Count(id, topic);
  }

 private:
  static constexpr std::chrono::seconds kLimit{20};

  void Add(RuntimeEvent event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
    changed_.notify_all();
  }

  void AddGap() {
    const std::lock_guard lock(mutex_);
    ++gaps_;
    changed_.notify_all();
  }

  int Count(const std::string& id, const std::string& topic) const {
    int count = 0;
    for (const RuntimeEvent& event : events_) {
      if (event.container_id == id && event.topic == topic) ++count;
    }
    return count;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<RuntimeEvent> events_;
  int gaps_ = 0;
};

}  // namespace edge::edged
