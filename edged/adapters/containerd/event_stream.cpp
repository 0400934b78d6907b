#include "edged/adapters/containerd/event_stream.h"

#include <algorithm>

#include "common/log.h"
#include "edged/adapters/runtime_channel.h"

namespace edge::edged {
namespace api = containerd::services::events::v1;
namespace {

constexpr char kProbeTopic[] = "/edge/subscribed";
constexpr char kExitTopic[] = "/tasks/exit";
constexpr const char* kTopics[] = {kExitTopic, "/tasks/oom", "/containers/delete", kProbeTopic};
constexpr std::size_t kMaxEventBytes = 1024 * 1024;
constexpr std::size_t kMaxIdBytes = 256;
constexpr std::chrono::milliseconds kProbeInterval(500);
constexpr std::chrono::seconds kProbeDeadline(1);

/// The completion queue's tags are these.
enum Tag : std::intptr_t { kStarted = 1, kRead = 2, kFinished = 3 };

void* AsTag(Tag tag) { return reinterpret_cast<void*>(static_cast<std::intptr_t>(tag)); }

/// The next completion. Until the stream delivers, a null tag now and then: time for a probe.
bool NextTag(grpc::CompletionQueue& queue, bool delivering, void** tag, bool* ok) {
  *tag = nullptr;
  if (delivering) return queue.Next(tag, ok);
  const auto until = std::chrono::system_clock::now() + kProbeInterval;
  return queue.AsyncNext(tag, ok, until) != grpc::CompletionQueue::SHUTDOWN;
}

}  // namespace

std::optional<RuntimeEvent> DecodeEvent(const std::string& topic, const std::string& payload) {
  std::string id;
  if (topic == kExitTopic) {
    api::TaskExit exit;
    if (!exit.ParseFromString(payload)) return std::nullopt;
    const bool of_command = !exit.id().empty() && exit.id() != exit.container_id();
    if (of_command) return std::nullopt;
    id = exit.container_id();
  } else {
    api::AboutContainer about;
    if (!about.ParseFromString(payload)) return std::nullopt;
    id = about.container_id();
  }
  if (id.empty() || id.size() > kMaxIdBytes) return std::nullopt;
  return RuntimeEvent{std::move(id), topic};
}

EventStream::EventStream(const ContainerdEventsOptions& options,
                         std::function<void(RuntimeEvent)> on_event, std::function<void()> on_gap)
    : options_(options),
      on_event_(std::move(on_event)),
      on_gap_(std::move(on_gap)),
      probe_id_(random_.Uuid()),
      stub_(api::Events::NewStub(OpenRuntimeChannel(options.socket, kMaxEventBytes))),
      thread_([this] { Run(); }) {}

EventStream::~EventStream() {
  {
    const MutexLock lock(mutex_);
    closing_ = true;
    if (current_ != nullptr) current_->TryCancel();
  }
  changed_.NotifyAll();
  thread_.join();
}

void EventStream::Run() {
  Duration backoff = options_.min_backoff;
  for (;;) {
    const bool delivered = ReadStream();
    backoff = delivered ? options_.min_backoff : std::min(backoff * 2, options_.max_backoff);
    if (!WaitBackoff(options_.min_backoff / 2 + random_.Jitter(backoff))) return;
  }
}

bool EventStream::WaitBackoff(Duration duration) {
  const auto end = Condition::Steady::now() + duration;
  const MutexLock lock(mutex_);
  while (!closing_) {
    if (!changed_.WaitUntil(mutex_, end)) break;
  }
  return !closing_;
}

void EventStream::AddNamespace(grpc::ClientContext* context) const {
  context->AddMetadata("containerd-namespace", options_.containerd_namespace);
}

void EventStream::PublishProbe() {
  grpc::ClientContext context;
  AddNamespace(&context);
  context.set_deadline(std::chrono::system_clock::now() + kProbeDeadline);
  api::PublishRequest request;
  api::PublishResponse reply;
  request.set_topic(kProbeTopic);
  request.mutable_event()->set_type_url("edge.kubeedge.io/Subscribed");
  api::AboutContainer probe;
  probe.set_container_id(probe_id_);
  request.mutable_event()->set_value(probe.SerializeAsString());
  // A failure shows as a probe that does not come back.
  static_cast<void>(stub_->Publish(&context, request, &reply));
}

void EventStream::Handle(const Envelope& envelope, bool* delivering) {
  std::optional<RuntimeEvent> event = DecodeEvent(envelope.topic(), envelope.event().value());
  const bool first = !*delivering;
  *delivering = true;
  if (first) on_gap_();
  if (event && event->topic != kProbeTopic) on_event_(std::move(*event));
}

bool EventStream::ReadStream() {
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  {
    const MutexLock lock(mutex_);
    if (closing_) return false;
    current_ = &context;
  }
  AddNamespace(&context);
  api::SubscribeRequest request;
  for (const char* topic : kTopics) {
    request.add_filters("namespace==\"" + options_.containerd_namespace + "\",topic==\"" + topic +
                        "\"");
  }
  const auto reader = stub_->AsyncSubscribe(&context, request, &queue, AsTag(kStarted));
  const bool delivered = Pump(*reader, queue);
  {
    const MutexLock lock(mutex_);
    current_ = nullptr;
  }
  return delivered;
}

bool EventStream::Pump(grpc::ClientAsyncReader<Envelope>& reader, grpc::CompletionQueue& queue) {
  Envelope envelope;
  grpc::Status status;
  bool delivering = false;
  void* tag = nullptr;
  bool ok = false;
  while (NextTag(queue, delivering, &tag, &ok)) {
    if (tag == AsTag(kFinished)) break;
    if (tag == nullptr || (ok && tag == AsTag(kStarted))) PublishProbe();
    if (tag == nullptr) continue;
    if (ok && tag == AsTag(kRead)) Handle(envelope, &delivering);
    if (ok) {
      reader.Read(&envelope, AsTag(kRead));
    } else {
      reader.Finish(&status, AsTag(kFinished));
    }
  }
  const bool closed_by_us = status.error_code() == grpc::StatusCode::CANCELLED;
  Log(delivering && !closed_by_us ? LogLevel::kWarning : LogLevel::kDebug,
      "the container runtime's event stream ended; opening it again",
      {{"SOCKET", options_.socket}, {"CAUSE", status.error_message()}});
  return delivering;
}

}  // namespace edge::edged
