#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "common/thread_annotations.h"

namespace edge {

/// std::mutex with the annotations that clang's -Wthread-safety reads (libstdc++ has none): what is
/// EDGE_GUARDED_BY it is touched only while it is held, or clang says so.
///
/// Thread rule: any thread.
class EDGE_CAPABILITY("mutex") Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void Lock() EDGE_ACQUIRE() { mutex_.lock(); }
  void Unlock() EDGE_RELEASE() { mutex_.unlock(); }

 private:
  friend class Condition;
  std::mutex mutex_;
};

/// Holds a mutex for a scope. It may be let go in between: Unlock, then Lock.
///
/// Thread rule: one thread.
class EDGE_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) EDGE_ACQUIRE(mutex) : mutex_(mutex) { mutex_.Lock(); }
  ~MutexLock() EDGE_RELEASE() {
    if (held_) mutex_.Unlock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void Unlock() EDGE_RELEASE() {
    mutex_.Unlock();
    held_ = false;
  }
  void Lock() EDGE_ACQUIRE() {
    mutex_.Lock();
    held_ = true;
  }

 private:
  Mutex& mutex_;
  bool held_ = true;
};

/// std::condition_variable for a Mutex. The waits take no predicate, since clang does not know that
/// one is called with the mutex held: write `while (!ready_) changed_.Wait(mutex_);`.
///
/// Thread rule: any thread.
class Condition {
 public:
  using Steady = std::chrono::steady_clock;

  void NotifyOne() { changed_.notify_one(); }
  void NotifyAll() { changed_.notify_all(); }

  /// Lets the mutex go until notified, or for no reason.
  void Wait(Mutex& mutex) EDGE_REQUIRES(mutex) {
    std::unique_lock lock(mutex.mutex_, std::adopt_lock);
    changed_.wait(lock);
    lock.release();
  }
  /// Likewise, but at most until `deadline`; false once that has passed.
  bool WaitUntil(Mutex& mutex, Steady::time_point deadline) EDGE_REQUIRES(mutex) {
    std::unique_lock lock(mutex.mutex_, std::adopt_lock);
    const std::cv_status status = changed_.wait_until(lock, deadline);
    lock.release();
    return status == std::cv_status::no_timeout;
  }

 private:
  std::condition_variable changed_;
};

}  // namespace edge
