#pragma once

#include <deque>

#include "common/executor.h"
#include "common/timer_queue.h"

namespace edge::fakes {

/// A clock that stands still until told. Starts one day after boot on 2026-01-01.
class ManualClock final : public Clock {
 public:
  BootTime Boot() const override { return boot_; }
  WallTime Wall() const override { return wall_; }
  /// Both clocks move on.
  void Advance(Duration by) {
    boot_ += by;
    wall_ += by;
  }
  /// Somebody, or NTP, sets the wall clock; time since boot is untouched.
  void SetWall(WallTime wall) { wall_ = wall; }

 private:
  BootTime boot_{std::chrono::hours(24)};
  WallTime wall_{std::chrono::seconds(1767225600)};
};

/// An Executor that runs only when the test says so, on the test's thread and clock.
class ManualExecutor final : public Executor {
 public:
  void Post(Task task) override { posted_.push_back(std::move(task)); }
  Timer After(Duration delay, Task task) override {
    return timers_.Add(clock_.Boot() + delay, std::move(task));
  }
  const Clock& clock() const override { return clock_; }
  ManualClock& manual_clock() { return clock_; }

  /// Runs what is posted and due, and what that posts, until nothing is left.
  void RunReady() {
    while (true) {
      if (!posted_.empty()) {
        Task task = std::move(posted_.front());
        posted_.pop_front();
        task();
      } else if (Task task = timers_.TakeDue(clock_.Boot())) {
        task();
      } else {
        return;
      }
    }
  }

  /// Moves the clock by `by`, stopping at each timer on the way.
  void Advance(Duration by) {
    const BootTime end = clock_.Boot() + by;
    RunReady();
    for (auto next = timers_.Next(); next && *next <= end; next = timers_.Next()) {
      clock_.Advance(*next - clock_.Boot());
      RunReady();
    }
    clock_.Advance(end - clock_.Boot());
    RunReady();
  }

 private:
  ManualClock clock_;
  TimerQueue timers_;
  std::deque<Task> posted_;
};

}  // namespace edge::fakes
