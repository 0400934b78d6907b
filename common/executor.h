#pragma once

#include <functional>
#include <memory>

#include "common/clock.h"

namespace edge {

using Task = std::function<void()>;

/// A pending timer. Destroying or cancelling it before it fires means that it never fires.
/// Thread rule: the executor's thread only. It may outlive the executor.
class [[nodiscard]] Timer {
 public:
  /// Shared by the timer and the executor's queue, because either may go first.
  struct Entry {
    Task task;
    bool cancelled = false;
  };

  Timer() = default;
  explicit Timer(std::shared_ptr<Entry> entry) : entry_(std::move(entry)) {}
  Timer(Timer&& other) noexcept = default;
  Timer& operator=(Timer&& other) noexcept {
    if (this != &other) {
      Cancel();
      entry_ = std::move(other.entry_);
    }
    return *this;
  }
  ~Timer() { Cancel(); }

  void Cancel() {
    if (entry_ == nullptr) return;
    entry_->cancelled = true;
    entry_->task = nullptr;
    entry_.reset();
  }
  /// True from After() until it fired or was cancelled.
  bool pending() const { return entry_ != nullptr && entry_->task != nullptr; }

 private:
  std::shared_ptr<Entry> entry_;
};

/// The one thread that owns a process's mutable state, as its users see it.
class Executor {
 public:
  virtual ~Executor() = default;
  /// Runs `task` on the executor's thread, in the order of posting. Any thread may call.
  virtual void Post(Task task) = 0;
  /// Runs `task` once, `delay` from now on CLOCK_BOOTTIME. Executor's thread only.
  virtual Timer After(Duration delay, Task task) = 0;
  virtual const Clock& clock() const = 0;
};

}  // namespace edge
