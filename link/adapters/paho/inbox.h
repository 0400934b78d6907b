#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "common/executor.h"
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
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return closed_ || HasRoom(); });
    if (closed_) return false;
    bytes_ += message.payload.size();
    messages_.push_back(std::move(message));
    return messages_.size() == 1;
  }

  /// All that waits.
  std::deque<MqttMessage> Take() {
    const std::lock_guard lock(mutex_);
    bytes_ = 0;
    room_.notify_all();
    return std::exchange(messages_, {});
  }

  /// From now on Put drops.
  void Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    messages_.clear();
    room_.notify_all();
  }

 private:
  bool HasRoom() const { return messages_.size() < kMaxMessages && bytes_ < kMaxBytes; }

  std::mutex mutex_;
  std::condition_variable room_;
  std::deque<MqttMessage> messages_;  // guarded by mutex_
  std::size_t bytes_ = 0;             // guarded by mutex_
  bool closed_ = false;               // guarded by mutex_
};

}  // namespace edge::link
