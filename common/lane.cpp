#include "common/lane.h"

#include <pthread.h>

#include <utility>

namespace edge {

Lane::Lane(std::string name, std::size_t max_threads)
    : name_(std::move(name)), max_threads_(max_threads) {}

Lane::~Lane() {
  std::deque<Task> dropped;  // goes outside the lock: what a task holds may call Run
  {
    const MutexLock lock(mutex_);
    closing_ = true;
    dropped.swap(waiting_);
  }
  changed_.NotifyAll();
  for (std::thread& thread : threads_) thread.join();
}

void Lane::Run(Task task) {
  {
    const MutexLock lock(mutex_);
    if (closing_) return;
    waiting_.push_back(std::move(task));
    if (waiting_.size() > idle_ && threads_.size() < max_threads_) {
      threads_.emplace_back([this] { Work(); });
      pthread_setname_np(threads_.back().native_handle(), name_.c_str());
    }
  }
  changed_.NotifyOne();
}

void Lane::Work() {
  MutexLock lock(mutex_);
  while (true) {
    ++idle_;
    while (!closing_ && waiting_.empty()) changed_.Wait(mutex_);
    --idle_;
    if (waiting_.empty()) return;
    Task task = std::move(waiting_.front());
    waiting_.pop_front();
    lock.Unlock();
    task();
    task = nullptr;
    lock.Lock();
  }
}

}  // namespace edge
