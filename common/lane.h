#pragma once

#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "common/executor.h"
#include "common/mutex.h"

namespace edge {

/// A few threads that run blocking calls in the order they were given, so that one kind of work
/// cannot starve another (image pulls, pod life, exec probes). Threads start with the first task
/// that needs one: a lane that is never used costs nothing.
///
/// Thread rule: Run from any thread. The destructor drops tasks that have not begun and waits for
/// those that have, so every blocking call in a lane needs a deadline.
class Lane {
 public:
  /// `name` is at most 15 characters: it is what `ps -L` shows.
  Lane(std::string name, std::size_t max_threads);
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  void Run(Task task);

 private:
  void Work();

  const std::string name_;
  const std::size_t max_threads_;
  Mutex mutex_;
  Condition changed_;
  std::deque<Task> waiting_ EDGE_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ EDGE_GUARDED_BY(mutex_);
  std::size_t idle_ EDGE_GUARDED_BY(mutex_) = 0;
  bool closing_ EDGE_GUARDED_BY(mutex_) = false;
};

}  // namespace edge
