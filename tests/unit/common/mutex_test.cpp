#include "common/mutex.h"

#include <catch2/catch.hpp>
#include <thread>

namespace edge {
namespace {

/// What every class with a lock looks like.
class Flag {
 public:
  void Set() {
    {
      const MutexLock lock(mutex_);
      set_ = true;
    }
    changed_.NotifyAll();
  }
  bool AwaitUntil(Condition::Steady::time_point deadline) {
    const MutexLock lock(mutex_);
    while (!set_) {
      if (!changed_.WaitUntil(mutex_, deadline)) break;
    }
    return set_;
  }

 private:
  Mutex mutex_;
  Condition changed_;
  bool set_ EDGE_GUARDED_BY(mutex_) = false;
};

TEST_CASE("A wait ends when another thread notifies", "[common]") {
  Flag flag;
  std::thread other([&] { flag.Set(); });
  CHECK(flag.AwaitUntil(Condition::Steady::now() + std::chrono::seconds(10)));
  other.join();
}

TEST_CASE("A wait that nobody ends is over at its deadline and not before", "[common]") {
  Flag flag;
  const auto deadline = Condition::Steady::now() + std::chrono::milliseconds(20);
  CHECK_FALSE(flag.AwaitUntil(deadline));
  CHECK(Condition::Steady::now() >= deadline);
  flag.Set();  // needs the mutex, which the wait has let go
}

TEST_CASE("A lock lets its mutex go between Unlock and Lock and at its end", "[common]") {
  Mutex mutex;
  int turns = 0;
  {
    MutexLock lock(mutex);
    lock.Unlock();
    std::thread([&] {
      const MutexLock theirs(mutex);
      ++turns;
    }).join();
    lock.Lock();
    ++turns;
  }
  const MutexLock again(mutex);
  CHECK(turns == 2);
}

}  // namespace
}  // namespace edge
