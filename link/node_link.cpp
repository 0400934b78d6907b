#include "link/node_link.h"

#include <algorithm>
#include <array>
#include <utility>

#include "link/broker_session.h"
#include "link/send_queue.h"
#include "link/topics.h"

namespace edge::link {
namespace {

using UpQueue = SendQueue<sync::UpMessage>;

constexpr Duration kMinInterval = std::chrono::milliseconds(100);
constexpr Duration kMaxInterval = std::chrono::hours(1);

BrokerSession::Options SessionOptions(const NodeLinkOptions& options) {
  BrokerSession::Options session;
  session.urls = options.broker_urls;
  session.mqtt.client_id = std::string(kClientIdPrefix) + NodeCertificateName(options.node);
  session.mqtt.tls = options.tls;
  session.mqtt.receive_maximum = options.receive_maximum;
  session.mqtt.connect_timeout = options.connect_timeout;
  // Heartbeats keep the line alive; the broker needs to find out about a dead one, no sooner.
  const auto interval = std::chrono::ceil<std::chrono::seconds>(options.heartbeat_interval);
  session.mqtt.keep_alive = std::max(interval * 3, std::chrono::seconds(30));
  session.subscriptions = {{NodeDownFilter(options.cluster_name, options.node), 1}};
  session.backoff_first = options.backoff_first;
  session.backoff_max = options.backoff_max;
  return session;
}

}  // namespace

class NodeLink::Impl {
 public:
  Impl(Executor& executor, Random& random, MqttClientFactory factory, NodeLinkOptions options,
       Handlers handlers)
      : executor_(executor),
        options_(std::move(options)),
        handlers_(std::move(handlers)),
        interval_(std::clamp(options_.heartbeat_interval, kMinInterval, kMaxInterval)),
        decoder_(options_.limits),
        session_(executor, random, std::move(factory), SessionOptions(options_),
                 {[this] { Up(); }, [this](const Status& why) { Down(why); },
                  [this](const MqttMessage& message) { Receive(message); }}) {
    for (std::size_t i = 0; i < kClassCount; ++i) queues_.push_back(MakeQueue());
  }

  void Start() { session_.Start(); }
  void Stop() {
    heartbeat_.Cancel();
    session_.Stop();
    FailWaiting({Code::kCancelled, "the link was stopped"});
  }
  bool connected() const { return session_.up(); }

  void Send(sync::UpMessage message, UpQueue::Done done);
  void Heartbeat();
  void SetInterval(Duration interval);
  void UpdateTls(MqttTls tls, std::function<void(Status)> done);
  void SetTls(MqttTls tls) { session_.SetTls(std::move(tls)); }
  void SetClusterUid(std::string uid) { options_.cluster_uid = std::move(uid); }
  void MoveTo(std::vector<std::string> urls) {
    session_.SetUrls(std::move(urls));
    session_.Restart({Code::kCancelled, "moving to the broker " + session_.url()});
  }
  const std::string& broker() const { return session_.url(); }

 private:
  std::unique_ptr<UpQueue> MakeQueue();
  sync::Header MakeHeader() const { return {options_.cluster_uid, options_.node}; }
  std::string Topic(Class traffic_class) const {
    return NodeTopic(options_.cluster_name, options_.node, Direction::kUp, traffic_class);
  }
  void Up();
  void Down(const Status& why);
  void Receive(const MqttMessage& message);
  void Pump(Class traffic_class);
  void FailWaiting(const Status& why);
  void SettleTls(const Status& outcome);

  Executor& executor_;
  NodeLinkOptions options_;
  const Handlers handlers_;
  Duration interval_;
  DownDecoder decoder_;
  std::vector<std::unique_ptr<UpQueue>> queues_;  // by Class
  Timer heartbeat_;
  std::array<bool, kClassCount> pumping_{};
  MqttTls old_tls_;
  std::function<void(Status)> tls_done_;  // set while new files are being tried
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
  BrokerSession session_;  // last: goes first, and calls back while it does
};

std::unique_ptr<UpQueue> NodeLink::Impl::MakeQueue() {
  UpQueue::Limits limits;
  limits.messages = options_.queued_messages;
  limits.in_flight = options_.packets_in_flight;
  limits.batch_bytes = options_.limits.packet_bytes - options_.limits.packet_bytes / 16;
  return std::make_unique<UpQueue>(limits, [this](std::span<const sync::UpMessage> messages) {
    return EncodeUp(MakeHeader(), messages, options_.limits);
  });
}

void NodeLink::Impl::Send(sync::UpMessage message, UpQueue::Done done) {
  const auto refuse = [&](const Status& why) {
    if (done) done(why);
  };
  if (!session_.up()) return refuse(Unavailable("no connection to the broker"));
  const Class traffic_class = ClassOf(message);
  const auto index = static_cast<std::size_t>(traffic_class);
  if (!queues_[index]->Push(std::move(message), std::move(done))) {
    return refuse(ResourceExhausted("the queue of class " + std::string(ClassName(traffic_class)) +
                                    " is full"));
  }
  // Not at once: what is sent in the same turn of the loop shares a packet.
  if (std::exchange(pumping_[index], true)) return;
  executor_.Post([this, index, traffic_class, alive = std::weak_ptr<int>(alive_)] {
    if (alive.expired()) return;
    pumping_[index] = false;
    Pump(traffic_class);
  });
}

void NodeLink::Impl::Pump(Class traffic_class) {
  UpQueue& queue = *queues_[static_cast<std::size_t>(traffic_class)];
  while (session_.up()) {
    std::optional<UpQueue::Packet> packet = queue.Take();
    if (!packet) return;
    session_.Publish({Topic(traffic_class), std::move(packet->payload), 1},
                     [this, &queue, traffic_class, batch = packet->batch](const Status& taken) {
                       queue.Settle(batch, taken);
                       Pump(traffic_class);
                     });
  }
}

void NodeLink::Impl::Up() {
  if (tls_done_) SettleTls(Status::Ok());
  if (!session_.up()) return;  // the callee had it reconnect
  Heartbeat();
  handlers_.on_connected();
}

void NodeLink::Impl::Down(const Status& why) {
  heartbeat_.Cancel();
  decoder_ = DownDecoder(options_.limits);
  FailWaiting(Unavailable("the connection to the broker is gone"));
  if (tls_done_ && why.code() != Code::kCancelled) {
    session_.SetTls(old_tls_);
    SettleTls(why);
  }
  handlers_.on_disconnected(why);
}

void NodeLink::Impl::FailWaiting(const Status& why) {
  for (const auto& queue : queues_) queue->FailWaiting(why);
}

void NodeLink::Impl::Heartbeat() {
  if (!session_.up()) return;
  heartbeat_ = executor_.After(interval_, [this] { Heartbeat(); });
  const sync::UpMessage message = handlers_.heartbeat();
  sync::Header header = MakeHeader();
  // The topic names it, and who reads the short form knows that.
  if (std::holds_alternative<sync::HeartbeatUnchanged>(message)) header.node.clear();
  auto packets = EncodeUp(header, {&message, 1}, options_.limits);
  if (!packets.ok()) return handlers_.on_bad_message(packets.status().WithContext("heartbeat"));
  session_.PublishWatched({Topic(Class::kHeartbeat), std::move(packets->front()), 1},
                          interval_ / 2);
}

void NodeLink::Impl::SetInterval(Duration interval) {
  interval = std::clamp(interval, kMinInterval, kMaxInterval);
  if (interval == interval_) return;
  interval_ = interval;
  Heartbeat();
}

void NodeLink::Impl::UpdateTls(MqttTls tls, std::function<void(Status)> done) {
  if (tls_done_) {
    session_.SetTls(old_tls_);
    SettleTls({Code::kCancelled, "newer certificate files were given"});
  }
  old_tls_ = session_.tls();
  tls_done_ = std::move(done);
  if (!tls_done_) tls_done_ = [](const Status&) {};
  session_.SetTls(std::move(tls));
  session_.Restart({Code::kCancelled, "reconnecting with new certificate files"});
}

void NodeLink::Impl::SettleTls(const Status& outcome) {
  std::exchange(tls_done_, nullptr)(outcome);
}

void NodeLink::Impl::Receive(const MqttMessage& message) {
  const Result<ParsedTopic> topic = ParseTopic(message.topic);
  if (!topic.ok()) return handlers_.on_bad_message(topic.status());
  auto decoded = decoder_.Decode(message.payload, executor_.clock().Boot());
  if (!decoded.ok()) {
    return handlers_.on_bad_message(decoded.status().WithContext("on topic " + message.topic));
  }
  if (decoded->header.node != options_.node || topic->node != options_.node) {
    return handlers_.on_bad_message(PermissionDenied("a message on topic " + message.topic +
                                                     " is for node " + decoded->header.node));
  }
  const std::weak_ptr<int> alive = alive_;
  for (Status& skipped : decoded->skipped) {
    handlers_.on_bad_message(skipped.WithContext("on topic " + message.topic));
  }
  for (sync::DownMessage& one : decoded->messages) {
    if (alive.expired()) return;
    handlers_.on_message(decoded->header, std::move(one));
  }
}

NodeLink::NodeLink(Executor& executor, Random& random, MqttClientFactory factory,
                   NodeLinkOptions options, Handlers handlers)
    : impl_(std::make_unique<Impl>(executor, random, std::move(factory), std::move(options),
                                   std::move(handlers))) {}
NodeLink::~NodeLink() = default;
void NodeLink::Start() { impl_->Start(); }
void NodeLink::Stop() { impl_->Stop(); }
bool NodeLink::connected() const { return impl_->connected(); }
void NodeLink::Send(sync::UpMessage message, std::function<void(Status)> done) {
  impl_->Send(std::move(message), std::move(done));
}
void NodeLink::HeartbeatNow() { impl_->Heartbeat(); }
void NodeLink::SetHeartbeatInterval(Duration interval) { impl_->SetInterval(interval); }
void NodeLink::SetClusterUid(std::string uid) { impl_->SetClusterUid(std::move(uid)); }
void NodeLink::MoveTo(std::vector<std::string> urls) { impl_->MoveTo(std::move(urls)); }
const std::string& NodeLink::broker() const { return impl_->broker(); }
void NodeLink::SetTls(MqttTls tls) { impl_->SetTls(std::move(tls)); }

void NodeLink::UpdateTls(MqttTls tls, std::function<void(Status)> done) {
  impl_->UpdateTls(std::move(tls), std::move(done));
}

}  // namespace edge::link
