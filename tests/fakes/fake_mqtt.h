#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/executor.h"
#include "link/ports/mqtt_client.h"

namespace edge::fakes {

/// An MQTT broker in memory, and clients of it. It keeps sessions, queues QoS 1 for those that are
/// away, and fails as the test says. Everything it says comes as a task of the executor.
class FakeBroker {
 public:
  explicit FakeBroker(Executor& executor) : executor_(executor) {}

  link::MqttClientFactory Factory();

  /// Connect is answered with this for a URL; unset: accepted.
  std::map<std::string, Status> refused_urls;
  /// Connect is answered with this for a certificate file.
  std::map<std::string, Status> refused_certificates;
  /// False: PUBLISH of that client is refused. Unset: all may.
  std::function<bool(const std::string& client_id, const std::string& topic)> may_publish;
  /// The line is dead without saying so: nothing is answered or delivered.
  bool silent = false;
  /// PUBACKs are kept back until Release: what is in flight stays so.
  bool hold_acks = false;
  void Release();

  /// Breaks a client's connection.
  void Cut(const std::string& client_id);
  /// Drops all connections.
  void Restart();
  /// Publishes as the broker itself.
  void Inject(const link::MqttMessage& message) { Route(message); }

  int connects = 0;                          ///< attempts so far
  std::vector<link::MqttOptions> attempts;   ///< what they asked for
  std::vector<link::MqttMessage> published;  ///< everything that was taken
  bool Online(const std::string& client_id) const;

 private:
  class Client;
  struct Session {
    std::vector<link::MqttSubscription> subscriptions;
    Client* online = nullptr;
  };

  void Route(const link::MqttMessage& message);
  static bool Matches(const std::string& filter, const std::string& topic);

  Executor& executor_;
  std::map<std::string, Session> sessions_;
  std::vector<Task> held_;
};

}  // namespace edge::fakes
