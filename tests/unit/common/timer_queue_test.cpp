#include "common/timer_queue.h"

#include <catch2/catch.hpp>
#include <vector>

#include "tests/fakes/manual_executor.h"

namespace edge {
namespace {

BootTime At(int seconds) { return BootTime(std::chrono::seconds(seconds)); }

TEST_CASE("Timers come due in the order of their deadlines and equal ones as they were added",
          "[common]") {
  TimerQueue queue;
  std::vector<int> ran;
  const Timer late = queue.Add(At(3), [&] { ran.push_back(3); });
  const Timer first = queue.Add(At(1), [&] { ran.push_back(1); });
  const Timer second = queue.Add(At(1), [&] { ran.push_back(2); });
  CHECK(queue.Next() == At(1));
  while (Task task = queue.TakeDue(At(2))) task();
  CHECK(ran == std::vector<int>{1, 2});
  CHECK(queue.Next() == At(3));
  CHECK(late.pending());
  CHECK_FALSE(first.pending());
}

TEST_CASE("A timer that was cancelled or destroyed never fires", "[common]") {
  TimerQueue queue;
  int fired = 0;
  Timer cancelled = queue.Add(At(1), [&] { ++fired; });
  cancelled.Cancel();
  {
    const Timer destroyed = queue.Add(At(1), [&] { ++fired; });
  }
  Timer replaced = queue.Add(At(1), [&] { ++fired; });
  replaced = queue.Add(At(2), [&] { fired += 10; });
  while (Task task = queue.TakeDue(At(5))) task();
  CHECK(fired == 10);
  CHECK_FALSE(queue.Next());
}

TEST_CASE("A timer may cancel itself and others while it fires", "[common]") {
  TimerQueue queue;
  int fired = 0;
  Timer other = queue.Add(At(2), [&] { ++fired; });
  Timer self;
  self = queue.Add(At(1), [&] {
    self.Cancel();
    other.Cancel();
    ++fired;
  });
  while (Task task = queue.TakeDue(At(5))) task();
  CHECK(fired == 1);
}

TEST_CASE("A timer may outlive its queue", "[common]") {
  Timer timer;
  {
    TimerQueue queue;
    timer = queue.Add(At(1), [] {});
  }
  timer.Cancel();
  CHECK_FALSE(timer.pending());
}

TEST_CASE("A far deadline that is moved again and again does not fill the memory", "[common]") {
  TimerQueue queue;
  const Timer near = queue.Add(At(1), [] {});
  Timer far;
  for (int i = 0; i < 10'000; ++i) far = queue.Add(At(1000 + i), [] {});
  CHECK(queue.size() < 200);
  CHECK(queue.Next() == At(1));
}

TEST_CASE("The manual executor stops at each timer on the way", "[common]") {
  fakes::ManualExecutor executor;
  std::vector<Duration> at;
  const BootTime start = executor.clock().Boot();
  Timer again;
  const Timer timer = executor.After(std::chrono::seconds(1), [&] {
    at.push_back(executor.clock().Boot() - start);
    again = executor.After(std::chrono::seconds(2),
                           [&] { at.push_back(executor.clock().Boot() - start); });
  });
  executor.Advance(std::chrono::seconds(10));
  REQUIRE(at.size() == 2);
  CHECK(at[0] == std::chrono::seconds(1));
  CHECK(at[1] == std::chrono::seconds(3));
  CHECK(executor.clock().Boot() - start == std::chrono::seconds(10));
}

}  // namespace
}  // namespace edge
