#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

#include "common/executor.h"
#include "common/timer_queue.h"

namespace edge::fakes {

/// A clock of its own that only the executor moves; any thread may read it.
class SkippingClock final : public Clock {
 public:
  BootTime Boot() const override { return BootTime(Duration(boot_.load())); }
  WallTime Wall() const override {
    return WallTime(std::chrono::seconds(1767225600)) + Duration(boot_.load());
  }
  void MoveTo(BootTime time) { boot_ = time.time_since_epoch().count(); }

 private:
  std::atomic<Duration::rep> boot_{Duration(std::chrono::hours(24)).count()};
};

/// An Executor for code with lanes (real threads) and long timers: time stands still while there is
/// work, and jumps to the next timer once nobody has posted anything for a moment. Minutes of
/// back-off take milliseconds.
///
/// Thread rule: Post from any thread, the rest on the test's.
class SkippingExecutor final : public Executor {
 public:
  void Post(Task task) override {
    {
      const std::lock_guard lock(mutex_);
      posted_.push_back(std::move(task));
    }
    changed_.notify_one();
  }
  Timer After(Duration delay, Task task) override {
    return timers_.Add(clock_.Boot() + delay, std::move(task));
  }
  const Clock& clock() const override { return clock_; }

  /// Called before each task and each wait; what a test watches for.
  std::function<void()> between;

  /// Runs until `done`, which is asked when all that was posted has run. False when it did not come
  /// about within `limit` of the executor's own time.
  bool RunUntil(const std::function<bool()>& done, Duration limit) {
    const BootTime end = clock_.Boot() + limit;
    while (true) {
      if (between) between();
      if (Task task = Take()) {
        task();
        continue;
      }
      if (done()) return true;
      if (clock_.Boot() > end) return false;
      if (!WaitForPost()) Skip();
    }
  }

 private:
  /// How long lanes may take without being outrun by time. A call that takes longer only sees a
  /// clock that jumped, which all must bear.
  static constexpr auto kQuiet = std::chrono::microseconds(500);

  Task Take() {
    {
      const std::lock_guard lock(mutex_);
      if (!posted_.empty()) {
        Task task = std::move(posted_.front());
        posted_.pop_front();
        return task;
      }
    }
    return timers_.TakeDue(clock_.Boot());
  }
  bool WaitForPost() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kQuiet, [this] { return !posted_.empty(); });
  }
  void Skip() {
    if (const auto next = timers_.Next()) clock_.MoveTo(std::max(*next, clock_.Boot()));
  }

  SkippingClock clock_;
  TimerQueue timers_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> posted_;  // guarded by mutex_
};

}  // namespace edge::fakes
