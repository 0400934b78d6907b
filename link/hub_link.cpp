#include "link/hub_link.h"

#include <deque>
#include <iterator>
#include <map>
#include <utility>

#include "link/broker_session.h"
#include "link/send_queue.h"
#include "link/topics.h"

namespace edge::link {
namespace {

using DownQueue = SendQueue<sync::DownMessage>;
using QueueKey = std::pair<std::string, Class>;  // node, class of traffic

constexpr std::size_t kMaxEnrolRequest = 16 * 1024;
constexpr Duration kExpireInterval = std::chrono::minutes(1);

BrokerSession::Options SessionOptions(const HubLinkOptions& options) {
  BrokerSession::Options session;
  session.urls = options.broker_urls;
  session.mqtt.client_id = std::string(kClientIdPrefix) + "hub-" + options.hub_id;
  session.mqtt.tls = options.tls;
  session.mqtt.receive_maximum = 1024;
  session.mqtt.connect_timeout = options.connect_timeout;
  session.subscriptions = {{HubUpFilter(options.cluster_name, Class::kHeartbeat), 0}};
  for (const Class c : {Class::kAck, Class::kStatus, Class::kEvent, Class::kControl}) {
    session.subscriptions.push_back({HubUpFilter(options.cluster_name, c), 1});
  }
  if (options.enrolment) session.subscriptions.push_back({EnrolTopic("+", Direction::kUp), 1});
  session.backoff_first = options.backoff_first;
  session.backoff_max = options.backoff_max;
  return session;
}

}  // namespace

class HubLink::Impl {
 public:
  Impl(Executor& executor, Random& random, MqttClientFactory factory, HubLinkOptions options,
       Handlers handlers)
      : executor_(executor),
        options_(std::move(options)),
        handlers_(std::move(handlers)),
        session_(executor, random, std::move(factory), SessionOptions(options_),
                 {[this] { Up(); }, [this](const Status& why) { Down(why); },
                  [this](MqttMessage message) { Receive(std::move(message)); }}) {}

  void Start() { session_.Start(); }
  void Stop() {
    session_.Stop();
    Reset({Code::kCancelled, "the link was stopped"});
  }
  bool connected() const { return session_.up(); }
  void Send(const std::string& node, sync::DownMessage message, DownQueue::Done done);
  void SendEnrolReply(const std::string& client_id, std::string reply, MqttClient::Done done) {
    session_.Publish({EnrolTopic(client_id, Direction::kDown), std::move(reply), 1},
                     std::move(done));
  }
  void Forget(const std::string& node);
  void SetClusterUid(std::string uid) { options_.cluster_uid = std::move(uid); }

 private:
  struct Queue {
    std::shared_ptr<DownQueue> queue;
    bool ready = false;  // in ready_
  };

  Queue& QueueOf(const QueueKey& key);
  void Ready(const QueueKey& key, Queue& queue);
  void PumpSoon();
  void Pump();
  void PublishNext(const QueueKey& key);
  void Settled(const QueueKey& key);
  void Up();
  void Down(const Status& why);
  void Reset(const Status& why);
  void SelfTest();
  void Expire();
  void Receive(MqttMessage message);
  void ReceiveUp(const ParsedTopic& topic, const MqttMessage& message);
  Result<Decoded<sync::UpMessage>> Decode(const std::string& node, const std::string& payload);

  Executor& executor_;
  HubLinkOptions options_;
  const Handlers handlers_;
  std::map<QueueKey, Queue> queues_;           // only those with something to send
  std::deque<QueueKey> ready_;                 // in turn: no node waits for another's backlog
  std::map<std::string, UpDecoder> decoders_;  // only those with unfinished messages
  std::size_t partial_bytes_ = 0;
  std::size_t in_flight_ = 0;
  bool pumping_ = false;
  Timer self_test_, expire_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
  BrokerSession session_;  // last: goes first
};

HubLink::Impl::Queue& HubLink::Impl::QueueOf(const QueueKey& key) {
  const auto found = queues_.find(key);
  if (found != queues_.end()) return found->second;
  DownQueue::Limits limits;
  limits.messages = options_.node_queued_messages;
  limits.in_flight = options_.node_packets_in_flight;
  limits.batch_bytes = options_.limits.packet_bytes - options_.limits.packet_bytes / 16;
  auto encode = [this, node = key.first](std::span<const sync::DownMessage> messages) {
    return EncodeDown({options_.cluster_uid, node}, messages, options_.limits);
  };
  return queues_.emplace(key, Queue{std::make_shared<DownQueue>(limits, encode)}).first->second;
}

void HubLink::Impl::Send(const std::string& node, sync::DownMessage message, DownQueue::Done done) {
  const auto refuse = [&](const Status& why) {
    if (done) done(why);
  };
  if (!session_.up()) return refuse(Unavailable("no connection to the broker"));
  const QueueKey key{node, ClassOf(message)};
  Queue& queue = QueueOf(key);
  if (!queue.queue->Push(std::move(message), std::move(done))) {
    return refuse(ResourceExhausted("the queue of class " + std::string(ClassName(key.second)) +
                                    " for node " + node + " is full"));
  }
  Ready(key, queue);
  PumpSoon();
}

void HubLink::Impl::Ready(const QueueKey& key, Queue& queue) {
  if (!queue.queue->CanTake() || std::exchange(queue.ready, true)) return;
  ready_.push_back(key);
}

void HubLink::Impl::PumpSoon() {
  // Not at once: what is sent to a node in the same turn of the loop shares a packet.
  if (std::exchange(pumping_, true)) return;
  executor_.Post([this, alive = std::weak_ptr<int>(alive_)] {
    if (alive.expired()) return;
    pumping_ = false;
    Pump();
  });
}

void HubLink::Impl::Pump() {
  while (session_.up() && in_flight_ < options_.packets_in_flight && !ready_.empty()) {
    const QueueKey key = std::move(ready_.front());
    ready_.pop_front();
    PublishNext(key);
  }
}

void HubLink::Impl::PublishNext(const QueueKey& key) {
  const auto found = queues_.find(key);
  if (found == queues_.end()) return;
  found->second.ready = false;
  const std::shared_ptr<DownQueue> queue = found->second.queue;  // Forget may drop it meanwhile
  std::optional<DownQueue::Packet> packet = queue->Take();
  if (!packet) return Settled(key);
  ++in_flight_;
  Settled(key);
  session_.Publish({NodeTopic(options_.cluster_name, key.first, Direction::kDown, key.second),
                    std::move(packet->payload), 1},
                   [this, queue, key, batch = packet->batch](const Status& taken) {
                     --in_flight_;
                     queue->Settle(batch, taken);
                     Settled(key);
                     Pump();
                   });
}

void HubLink::Impl::Settled(const QueueKey& key) {
  const auto found = queues_.find(key);
  if (found == queues_.end()) return;
  Ready(key, found->second);
  if (found->second.queue->Idle()) queues_.erase(found);
}

void HubLink::Impl::Forget(const std::string& node) {
  const Status why{Code::kCancelled, "node " + node + " is no longer served"};
  for (std::size_t i = 0; i < kClassCount; ++i) {
    auto queue = queues_.extract(QueueKey{node, static_cast<Class>(i)});
    if (!queue.empty()) queue.mapped().queue->FailWaiting(why);
  }
  if (const auto decoder = decoders_.find(node); decoder != decoders_.end()) {
    partial_bytes_ -= decoder->second.partial_bytes();
    decoders_.erase(decoder);
  }
}

void HubLink::Impl::Up() {
  SelfTest();
  expire_ = executor_.After(kExpireInterval, [this] { Expire(); });
  handlers_.on_connected();
}

void HubLink::Impl::Down(const Status& why) {
  Reset(Unavailable("the connection to the broker is gone"));
  handlers_.on_disconnected(why);
}

void HubLink::Impl::Reset(const Status& why) {
  self_test_.Cancel();
  expire_.Cancel();
  decoders_.clear();
  partial_bytes_ = 0;
  ready_.clear();
  for (auto& [key, queue] : std::exchange(queues_, {})) queue.queue->FailWaiting(why);
}

void HubLink::Impl::SelfTest() {
  self_test_ = executor_.After(options_.self_test_interval, [this] { SelfTest(); });
  session_.PublishWatched({HubSelfTopic(options_.cluster_name, options_.hub_id), {}, 1},
                          options_.self_test_interval / 2);
}

void HubLink::Impl::Expire() {
  expire_ = executor_.After(kExpireInterval, [this] { Expire(); });
  const BootTime now = executor_.clock().Boot();
  partial_bytes_ = 0;
  for (auto decoder = decoders_.begin(); decoder != decoders_.end();) {
    decoder->second.Expire(now);
    partial_bytes_ += decoder->second.partial_bytes();
    decoder = decoder->second.partial_bytes() == 0 ? decoders_.erase(decoder) : std::next(decoder);
  }
}

Result<Decoded<sync::UpMessage>> HubLink::Impl::Decode(const std::string& node,
                                                       const std::string& payload) {
  auto found = decoders_.find(node);
  UpDecoder fresh(options_.limits);
  UpDecoder& decoder = found == decoders_.end() ? fresh : found->second;
  partial_bytes_ -= decoder.partial_bytes();
  auto decoded = decoder.Decode(payload, executor_.clock().Boot());
  const std::size_t partial = decoder.partial_bytes();
  const bool fits = partial_bytes_ + partial <= options_.partial_bytes;
  if (partial > 0 && fits) {
    partial_bytes_ += partial;
    if (found == decoders_.end()) decoders_.emplace(node, std::move(fresh));
  } else if (found != decoders_.end()) {
    decoders_.erase(found);
  }
  if (fits) return decoded;
  return ResourceExhausted("unfinished messages of all nodes take more than " +
                           std::to_string(options_.partial_bytes) + " bytes");
}

void HubLink::Impl::Receive(MqttMessage message) {
  if (message.topic.starts_with("e1-enrol/")) {
    const auto client = ParseEnrolTopic(message.topic, Direction::kUp);
    if (!client.ok() || message.payload.size() > kMaxEnrolRequest || !handlers_.on_enrol) return;
    return handlers_.on_enrol(*client, std::move(message.payload));
  }
  const Result<ParsedTopic> topic = ParseTopic(message.topic);
  // The node is not known where the topic cannot be read; the broker's ACL lets no node write
  // there.
  if (!topic.ok()) return handlers_.on_bad_message({}, topic.status());
  ReceiveUp(*topic, message);
}

void HubLink::Impl::ReceiveUp(const ParsedTopic& topic, const MqttMessage& message) {
  const std::string& node = topic.node;
  const std::string where = "on topic " + message.topic;
  auto decoded = Decode(node, message.payload);
  if (!decoded.ok()) return handlers_.on_bad_message(node, decoded.status().WithContext(where));
  if (decoded->header.node.empty() && topic.traffic_class == Class::kHeartbeat) {
    decoded->header.node = node;
  }
  if (decoded->header.node != node || topic.direction != Direction::kUp) {
    return handlers_.on_bad_message(
        node, PermissionDenied("a message " + where + " says that it is of node " +
                               decoded->header.node));
  }
  const std::weak_ptr<int> alive = alive_;
  for (const Status& skipped : decoded->skipped) {
    handlers_.on_bad_message(node, skipped.WithContext(where));
  }
  for (sync::UpMessage& one : decoded->messages) {
    if (alive.expired()) return;
    handlers_.on_message(node, decoded->header, std::move(one));
  }
}

HubLink::HubLink(Executor& executor, Random& random, MqttClientFactory factory,
                 HubLinkOptions options, Handlers handlers)
    : impl_(std::make_unique<Impl>(executor, random, std::move(factory), std::move(options),
                                   std::move(handlers))) {}
HubLink::~HubLink() = default;
void HubLink::Start() { impl_->Start(); }
void HubLink::Stop() { impl_->Stop(); }
bool HubLink::connected() const { return impl_->connected(); }
void HubLink::Send(const std::string& node, sync::DownMessage message,
                   std::function<void(Status)> done) {
  impl_->Send(node, std::move(message), std::move(done));
}
void HubLink::SendEnrolReply(const std::string& client_id, std::string reply,
                             std::function<void(Status)> done) {
  impl_->SendEnrolReply(client_id, std::move(reply), std::move(done));
}
void HubLink::Forget(const std::string& node) { impl_->Forget(node); }
void HubLink::SetClusterUid(std::string uid) { impl_->SetClusterUid(std::move(uid)); }

}  // namespace edge::link
