#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "common/executor.h"
#include "common/mutex.h"
#include "common/timer_queue.h"

namespace edge {

/// Closes a file descriptor. Thread rule: a value that moves.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept;
  ~UniqueFd();
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// An Executor on epoll, an eventfd and a timerfd: it sleeps in the kernel until there is work.
///
/// Thread rule: Post and Stop from any thread (Stop from a signal handler too); the rest on the
/// thread that calls Run, or before Run.
class Loop final : public Executor {
 public:
  /// Errors: the kernel's, when it is out of file descriptors.
  static Result<std::unique_ptr<Loop>> Create();
  ~Loop() override;

  void Post(Task task) override;
  Timer After(Duration delay, Task task) override;
  const Clock& clock() const override { return clock_; }

  /// Calls `ready(events)` with epoll's event bits whenever `fd` has one of `events`. The fd stays
  /// the caller's, who calls Unwatch before closing it.
  Status Watch(int fd, std::uint32_t events, std::function<void(std::uint32_t)> ready);
  void Unwatch(int fd);

  /// Runs until Stop. Tasks posted before Stop still run.
  void Run();
  void Stop();

 private:
  Loop(UniqueFd epoll, UniqueFd wake, UniqueFd timer);
  void Wake();
  void RunPosted();
  void RunTimers();
  void ArmTimer();
  void Dispatch(int fd, std::uint32_t events);

  const SystemClock clock_;
  const UniqueFd epoll_;
  const UniqueFd wake_;
  const UniqueFd timer_;
  TimerQueue timers_;
  std::map<int, std::shared_ptr<std::function<void(std::uint32_t)>>> watched_;
  std::optional<BootTime> armed_;
  std::atomic<bool> stop_{false};
  Mutex mutex_;
  std::vector<Task> posted_ EDGE_GUARDED_BY(mutex_);
};

}  // namespace edge
