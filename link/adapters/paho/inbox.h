#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "common/mutex.h"
#include "link/ports/mqtt_client.h"

namespace edge::link {

/// Carries messages from the MQTT library's thread to the executor's, in order. When the executor
/// does not keep up it holds the library's thread, so that the broker waits and memory does not
/// grow.
///
/// Thread rule: Put on one thread (not the executor's), Take and Close on any.
class Inbox {
 public:
  static constexpr std::size_t kMaxMessages = 4096;
  static constexpr std::size_t kMaxBytes = 32 * 1024 * 1024;

  /// True when the reader has to be woken: nothing was waiting before.
  bool Put(MqttMessage message) {
    const MutexLock lock(mutex_);
    while (!closed_ && !HasRoom()) room_.Wait(mutex_);
    if (closed_) return false;
    bytes_ += message.payload.size();
    messages_.push_back(std::move(message));
    return messages_.size() == 1;
  }

  /// All that waits.
  std::deque<MqttMessage> Take() {
    const MutexLock lock(mutex_);
    bytes_ = 0;
    room_.NotifyAll();
    return std::exchange(messages_, {});
  }

  /// From now on Put drops.
  void Close() {
    const MutexLock lock(mutex_);
    closed_ = true;
    messages_.clear();
    room_.NotifyAll();
  }

 private:
  bool HasRoom() const EDGE_REQUIRES(mutex_) {
    return messages_.size() < kMaxMessages && bytes_ < kMaxBytes;
  }

  Mutex mutex_;
  Condition room_;
  std::deque<MqttMessage> messages_ EDGE_GUARDED_BY(mutex_);
  std::size_t bytes_ EDGE_GUARDED_BY(mutex_) = 0;
  bool closed_ EDGE_GUARDED_BY(mutex_) = false;
};

}  // namespace edge::link
