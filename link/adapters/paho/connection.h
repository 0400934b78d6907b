#pragma once

#include <mqtt/async_client.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/executor.h"
#include "common/lane.h"
#include "link/adapters/paho/inbox.h"
#include "link/ports/mqtt_client.h"

namespace edge::link {

/// One connection by the library. Shared by the client that the executor sees and the calls into
/// the library that wait on the lane; Close has the library's client freed there. The library's
/// callbacks hold it weakly.
///
/// Thread rule: each part names its thread.
class PahoConnection : public std::enable_shared_from_this<PahoConnection>,
                       private mqtt::iaction_listener,
                       private mqtt::callback {
 public:
  PahoConnection(Executor& executor, Lane& lane, MqttClient::Handlers handlers);
  ~PahoConnection() override = default;

  // On the executor's thread.
  void Connect(const MqttOptions& options, MqttClient::Done done);
  void Subscribe(const std::vector<MqttSubscription>& subscriptions, MqttClient::Done done);
  void Publish(MqttMessage message, MqttClient::Done done);
  /// No callback comes from now on.
  void Close();

 private:
  using Id = std::uintptr_t;

  // On the executor's thread.
  Id Add(MqttClient::Done done);
  void Settle(Id id, const Status& outcome);
  void Lost(const Status& why);
  void Deliver();

  // On the lane.
  void ConnectNow(Id id);
  void SubscribeNow(Id id, const MqttSubscription& subscription);
  void PublishNow(Id id, MqttMessage message);
  void CloseNow();

  // On the library's threads.
  void on_success(const mqtt::token& token) override;
  void on_failure(const mqtt::token& token) override;
  void message_arrived(mqtt::const_message_ptr message) override;
  void connection_lost(const std::string& cause) override;

  // On any thread.
  void PostSettle(Id id, Status outcome);
  void PostLost(Status why);
  /// Runs `call` on the lane; what the library throws settles `id`.
  template <typename Call>
  void OnLane(Id id, Call call);

  Executor& executor_;
  Lane& lane_;  // whoever calls Close keeps it

  // The executor's.
  std::shared_ptr<const MqttClient::Handlers> handlers_;  // a callback may Close: it holds a copy
  bool closed_ = false;
  bool connected_ = false;
  Id last_id_ = 0;
  std::map<Id, MqttClient::Done> pending_;

  MqttOptions options_;     // set by Connect, then never changed
  Id connect_id_ = 0;       // likewise
  std::uint16_t port_ = 0;  // the broker's; the lane's, before the library's thread asks
  Inbox inbox_;
  std::unique_ptr<mqtt::async_client> client_;  // the lane's
};

}  // namespace edge::link
