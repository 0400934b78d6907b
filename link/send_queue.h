#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/status.h"
#include "link/codec.h"

namespace edge::link {

/// What waits to be sent in one class of traffic: puts small messages together into packets, large
/// ones into chunks, and lets a bounded number of packets be in flight. Who owns the queue moves
/// packets from Take to the broker.
///
/// Thread rule: one thread. `done` callbacks may Push again.
template <typename Message>
class SendQueue {
 public:
  using Done = std::function<void(Status)>;
  using Encode = std::function<Result<std::vector<std::string>>(std::span<const Message>)>;

  struct Limits {
    std::size_t messages = 4096;
    std::size_t bytes = 32 * 1024 * 1024;
    std::size_t in_flight = 3;            ///< packets
    std::size_t batch_bytes = 60 * 1024;  ///< messages are put together up to this
    std::size_t batch_messages = 512;
  };

  /// Several packets may carry one batch: its messages are done when all of them are.
  struct Batch {
    std::vector<Done> done;
    std::size_t open = 0;
    Status failed;
  };
  struct Packet {
    std::string payload;
    std::shared_ptr<Batch> batch;
  };

  SendQueue(Limits limits, Encode encode) : limits_(limits), encode_(std::move(encode)) {}

  /// False, and `done` untouched, when the queue is full.
  bool Push(Message&& message, Done&& done) {
    const std::size_t size = EncodedSize(message);
    const bool full = waiting_.size() >= limits_.messages || bytes_ + size > limits_.bytes;
    if (full && !waiting_.empty()) return false;
    bytes_ += size;
    waiting_.push_back({std::move(message), std::move(done), size});
    return true;
  }

  bool CanTake() const {
    return in_flight_ < limits_.in_flight && (!packets_.empty() || !waiting_.empty());
  }
  bool Idle() const { return waiting_.empty() && packets_.empty() && in_flight_ == 0; }

  /// The next packet; call Settle when the broker has answered. None when the window is full or
  /// nothing waits; messages that cannot be encoded are failed on the way.
  std::optional<Packet> Take() {
    while (packets_.empty() && !waiting_.empty() && in_flight_ < limits_.in_flight) EncodeNext();
    if (packets_.empty() || in_flight_ >= limits_.in_flight) return std::nullopt;
    Packet packet = std::move(packets_.front());
    packets_.pop_front();
    ++in_flight_;
    return packet;
  }

  void Settle(const std::shared_ptr<Batch>& batch, const Status& taken) {
    --in_flight_;
    if (!taken.ok()) batch->failed = taken;
    if (--batch->open == 0) Finish(*batch);
  }

  /// Fails what waits; what is in flight is settled by its owner, when the broker's client fails
  /// it.
  void FailWaiting(const Status& why) {
    std::deque<Waiting> waiting = std::exchange(waiting_, {});
    std::deque<Packet> packets = std::exchange(packets_, {});
    bytes_ = 0;
    for (Packet& packet : packets) {
      packet.batch->failed = why;
      if (--packet.batch->open == 0) Finish(*packet.batch);
    }
    for (Waiting& one : waiting) {
      if (one.done) one.done(why);
    }
  }

 private:
  struct Waiting {
    Message message;
    Done done;
    std::size_t size = 0;
  };

  static void Finish(Batch& batch) {
    for (Done& done : std::exchange(batch.done, {})) {
      if (done) done(batch.failed);
    }
  }

  void EncodeNext() {
    std::vector<Message> messages;
    auto batch = std::make_shared<Batch>();
    std::size_t size = 0;
    while (!waiting_.empty() && messages.size() < limits_.batch_messages &&
           (messages.empty() || size + waiting_.front().size <= limits_.batch_bytes)) {
      size += waiting_.front().size;
      messages.push_back(std::move(waiting_.front().message));
      batch->done.push_back(std::move(waiting_.front().done));
      waiting_.pop_front();
    }
    bytes_ -= size;
    Result<std::vector<std::string>> packets = encode_(messages);
    if (!packets.ok()) {
      batch->failed = packets.status();
      return Finish(*batch);
    }
    batch->open = packets->size();
    for (std::string& payload : *packets) packets_.push_back({std::move(payload), batch});
  }

  const Limits limits_;
  const Encode encode_;
  std::deque<Waiting> waiting_;
  std::deque<Packet> packets_;  // encoded, not yet taken
  std::size_t bytes_ = 0;       // of waiting_
  std::size_t in_flight_ = 0;
};

}  // namespace edge::link
