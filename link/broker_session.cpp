#include "link/broker_session.h"

#include <algorithm>
#include <utility>

namespace edge::link {
namespace {

// What an attempt may take beyond the client's own limit: name resolution and SUBSCRIBE.
constexpr Duration kAttemptMargin = std::chrono::seconds(20);
constexpr unsigned kMaxDoublings = 16;

}  // namespace

BrokerSession::BrokerSession(Executor& executor, Random& random, MqttClientFactory factory,
                             Options options, Handlers handlers)
    : executor_(executor),
      random_(random),
      factory_(std::move(factory)),
      options_(std::move(options)),
      handlers_(std::move(handlers)) {}

BrokerSession::~BrokerSession() {
  pending_.clear();
  Drop();
}

void BrokerSession::Start() {
  if (started_) return;
  started_ = true;
  Attempt();
}

void BrokerSession::Stop() {
  started_ = false;
  retry_.Cancel();
  Drop();
}

void BrokerSession::SetUrls(std::vector<std::string> urls) {
  options_.urls = std::move(urls);
  next_url_ = 0;
}

void BrokerSession::Drop() {
  up_ = false;
  attempt_limit_.Cancel();
  watch_.Cancel();
  client_.reset();
  for (auto& [id, done] : std::exchange(pending_, {})) {
    if (done) done(Unavailable("the connection to the broker is gone"));
  }
}

void BrokerSession::Attempt() {
  Drop();
  MqttOptions mqtt = options_.mqtt;
  mqtt.url = url();
  client_ = factory_({[this](MqttMessage message) {
                        Heard();
                        handlers_.on_message(std::move(message));
                      },
                      [this](const Status& why) { Failed(why); }});
  attempt_limit_ = executor_.After(mqtt.connect_timeout + kAttemptMargin, [this, mqtt] {
    Failed(DeadlineExceeded("connecting to " + mqtt.url + " took too long"));
  });
  client_->Connect(mqtt, [this](const Status& connected) {
    if (!connected.ok()) return Failed(connected);
    client_->Subscribe(options_.subscriptions, [this](const Status& subscribed) {
      subscribed.ok() ? Connected() : Failed(subscribed.WithContext("subscribing"));
    });
  });
}

void BrokerSession::Connected() {
  attempt_limit_.Cancel();
  up_ = true;
  up_since_ = executor_.clock().Boot();
  Heard();
  handlers_.on_up();
}

void BrokerSession::Failed(const Status& why) {
  // A connection that held for a while was good. One that breaks at once may be broken again by
  // the same cause: two machines with one identity would else evict each other without a pause.
  if (up_ && executor_.clock().Boot() - up_since_ >= options_.backoff_max) failures_ = 0;
  Drop();
  ++next_url_;
  retry_ = executor_.After(NextDelay(), [this] { Attempt(); });
  handlers_.on_down(why);
}

void BrokerSession::Restart(Status why) {
  if (!started_) return;
  failures_ = 0;
  Drop();
  retry_ = executor_.After(NextDelay(), [this] { Attempt(); });
  handlers_.on_down(std::move(why));
}

Duration BrokerSession::NextDelay() {
  Duration ceiling = options_.backoff_first;
  for (unsigned i = 0; i < std::min(failures_, kMaxDoublings) && ceiling < options_.backoff_max;
       ++i) {
    ceiling *= 2;
  }
  ++failures_;
  return random_.Jitter(std::min(ceiling, options_.backoff_max));
}

void BrokerSession::Publish(MqttMessage message, MqttClient::Done done) {
  if (!up_) {
    if (done) done(Unavailable("no connection to the broker"));
    return;
  }
  const std::uint64_t id = ++published_;
  pending_.emplace(id, std::move(done));
  client_->Publish(std::move(message), [this, id](const Status& taken) { Settle(id, taken); });
}

void BrokerSession::Settle(std::uint64_t id, const Status& taken) {
  if (taken.ok()) Heard();
  auto pending = pending_.extract(id);
  if (!pending.empty() && pending.mapped()) pending.mapped()(taken);
}

void BrokerSession::PublishWatched(MqttMessage message, Duration allowed) {
  if (!up_) return;
  if (!watch_.pending()) Watch(allowed, allowed);
  const std::uint64_t id = watched_ = published_ + 1;
  Publish(std::move(message), [this, id](const Status& taken) {
    if (taken.ok() && id == watched_) watch_.Cancel();
  });
}

void BrokerSession::Watch(Duration allowed, Duration wait) {
  watch_ = executor_.After(wait, [this, allowed] {
    const Duration silent = executor_.clock().Boot() - last_heard_;
    // A thin line that is busy with a large message is slow, and not dead.
    if (silent < allowed) return Watch(allowed, allowed - silent);
    Failed(Unavailable(
        "the broker has not answered for " +
        std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(silent).count()) +
        " ms: the line is taken for dead"));
  });
}

}  // namespace edge::link
