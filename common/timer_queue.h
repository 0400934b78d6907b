#pragma once

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

 private:
  void DropCancelled();

  std::multimap<BootTime, std::shared_ptr<Timer::Entry>> entries_;
};

}  // namespace edge
