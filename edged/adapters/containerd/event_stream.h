#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "common/mutex.h"
#include "common/random.h"
#include "edged/adapters/containerd/containerd_events.h"
#include "proto/containerd/v1/events.grpc.pb.h"

namespace edge::edged {

/// What a message of the stream is about; nullopt where it is nothing to us. Pure; `payload` may be
/// anything.
std::optional<RuntimeEvent> DecodeEvent(const std::string& topic, const std::string& payload);

/// The thread that keeps a subscription up, and its callbacks.
class EventStream {
 public:
  EventStream(const ContainerdEventsOptions& options, std::function<void(RuntimeEvent)> on_event,
              std::function<void()> on_gap);
  ~EventStream();

 private:
  using Envelope = containerd::services::events::v1::Envelope;

  void Run();
  /// Reads until the stream breaks. True if it ever delivered.
  bool ReadStream();
  bool Pump(grpc::ClientAsyncReader<Envelope>& reader, grpc::CompletionQueue& queue);
  void Handle(const Envelope& envelope, bool* delivering);
  /// Publishes an event of our own: its coming back proves that the stream delivers.
  void PublishProbe();
  void AddNamespace(grpc::ClientContext* context) const;
  bool WaitBackoff(Duration duration);

  const ContainerdEventsOptions options_;
  const std::function<void(RuntimeEvent)> on_event_;
  const std::function<void()> on_gap_;
  SystemRandom random_;
  const std::string probe_id_;
  std::unique_ptr<containerd::services::events::v1::Events::Stub> stub_;
  Mutex mutex_;
  Condition changed_;
  grpc::ClientContext* current_ EDGE_GUARDED_BY(mutex_) = nullptr;
  bool closing_ EDGE_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace edge::edged
