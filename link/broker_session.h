#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/executor.h"
#include "common/random.h"
#include "common/status.h"
#include "link/ports/mqtt_client.h"

namespace edge::link {

/// Keeps one connection to a broker for as long as it is started: connects, subscribes, and after
/// every failure tries the next URL, with exponential back-off and full jitter. The parts of the
/// link that speak with a broker stand on it.
///
/// Thread rule: the executor's thread only; every call is allowed from every callback, destruction
/// from none. Destroyed, it calls nobody.
class BrokerSession {
 public:
  struct Options {
    std::vector<std::string> urls;  ///< at least one
    MqttOptions mqtt;               ///< its `url` is overwritten
    std::vector<MqttSubscription> subscriptions;
    Duration backoff_first = std::chrono::seconds(1);
    Duration backoff_max = std::chrono::seconds(60);
  };
  struct Handlers {
    std::function<void()> on_up;          ///< connected and subscribed
    std::function<void(Status)> on_down;  ///< after on_up, or an attempt that failed
    std::function<void(MqttMessage)> on_message;
  };

  BrokerSession(Executor& executor, Random& random, MqttClientFactory factory, Options options,
                Handlers handlers);
  ~BrokerSession();
  BrokerSession(const BrokerSession&) = delete;
  BrokerSession& operator=(const BrokerSession&) = delete;

  void Start();
  void Stop();
  bool up() const { return up_; }
  /// Drops the connection, tells on_down why, and connects anew after the shortest back-off.
  void Restart(Status why);
  /// Used from the next connection on.
  void SetUrls(std::vector<std::string> urls);
  /// The one that is connected to, or tried.
  const std::string& url() const { return options_.urls[next_url_ % options_.urls.size()]; }
  void SetTls(MqttTls tls) { options_.mqtt.tls = std::move(tls); }
  const MqttTls& tls() const { return options_.mqtt.tls; }

  /// `done` as of MqttClient::Publish; kUnavailable at once while not up, and when the connection
  /// goes, for whatever reason, before on_down.
  void Publish(MqttMessage message, MqttClient::Done done);
  /// Publishes at QoS 1; when the broker does not take it within `allowed`, and nothing else is
  /// heard from it for that long, the line is dead and the session restarts.
  void PublishWatched(MqttMessage message, Duration allowed);

 private:
  void Attempt();
  void Connected();
  void Failed(const Status& why);
  void Drop();
  void Settle(std::uint64_t id, const Status& taken);
  Duration NextDelay();
  void Heard() { last_heard_ = executor_.clock().Boot(); }
  void Watch(Duration allowed, Duration wait);

  Executor& executor_;
  Random& random_;
  const MqttClientFactory factory_;
  Options options_;
  const Handlers handlers_;
  std::unique_ptr<MqttClient> client_;
  std::size_t next_url_ = 0;
  unsigned failures_ = 0;
  bool started_ = false;
  bool up_ = false;
  BootTime up_since_{};
  BootTime last_heard_{};
  std::uint64_t published_ = 0;  // counts messages: their ids
  std::map<std::uint64_t, MqttClient::Done> pending_;
  std::uint64_t watched_ = 0;  // the latest watched message
  Timer retry_, attempt_limit_, watch_;
};

}  // namespace edge::link
