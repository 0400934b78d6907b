#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>

#include "common/executor.h"

namespace edge {

/// Timers in the order of their deadlines; what Loop and the tests' manual executor share.
/// Thread rule: one thread.
class TimerQueue {
 public:
  Timer Add(BootTime deadline, Task task);
  /// The earliest deadline of a timer that was not cancelled.
  std::optional<BootTime> Next();
  /// The next task whose deadline is not after `now`; nullptr when there is none.
  Task TakeDue(BootTime now);
  /// Entries held, cancelled ones among them.
  std::size_t size() const { return entries_.size(); }

 private:
  static constexpr std::size_t kFirstSweep = 64;

  void DropCancelled();
  /// Forgets cancelled timers that are not yet at the front: a far deadline that is moved again and
  /// again must not fill the memory.
  void Sweep();

  std::multimap<BootTime, std::shared_ptr<Timer::Entry>> entries_;
  std::size_t sweep_at_ = kFirstSweep;
};

}  // namespace edge
