#include "link/adapters/paho/connection.h"

#include <mqtt/connect_options.h>
#include <mqtt/create_options.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "link/adapters/paho/diagnose.h"
#include "link/adapters/paho/no_delay.h"

namespace edge::link {
namespace {

constexpr auto kDisconnectLimit = std::chrono::seconds(1);
constexpr int kFirstErrorReason = 0x80;  // MQTT 5, 2.4: reason codes from here on are errors
constexpr int kNoProtocolReason = 255;   // MQTTPP_V3_CODE

void* AsContext(std::uintptr_t id) { return reinterpret_cast<void*>(id); }
std::uintptr_t IdOf(const mqtt::token& token) {
  return reinterpret_cast<std::uintptr_t>(token.get_user_context());
}

bool IsError(int reason) { return reason >= kFirstErrorReason && reason < kNoProtocolReason; }

/// A reason code that the broker gave, in words.
Status FromReason(const std::string& what, int reason) {
  const std::string said = what + ": the broker answered ";
  switch (reason) {
    case mqtt::CLIENT_IDENTIFIER_NOT_VALID:
    case mqtt::BAD_USER_NAME_OR_PASSWORD:
    case mqtt::NOT_AUTHORIZED:
    case mqtt::BANNED:
      return PermissionDenied(
          said + "not authorised (" + std::to_string(reason) + ")",
          "check the broker's ACL, the certificate's name and the broker's log");
    case mqtt::SERVER_UNAVAILABLE:
    case mqtt::SERVER_BUSY:
    case mqtt::SERVER_SHUTTING_DOWN:
    case mqtt::CONNECTION_RATE_EXCEEDED:
      return Unavailable(said + "that it is busy or stopping (" + std::to_string(reason) + ")");
    case mqtt::SESSION_TAKEN_OVER:
      return Unavailable(said + "that another client took over this name's session (142)",
                         "check that no second machine has this certificate");
    case mqtt::PACKET_TOO_LARGE:
      return ResourceExhausted(said + "packet too large (149)",
                               "raise the broker's packet size limit");
    case mqtt::QUOTA_EXCEEDED: return ResourceExhausted(said + "quota exceeded (151)");
    default: break;
  }
  return Unavailable(said + "with reason code " + std::to_string(reason) + " of MQTT 5");
}

mqtt::connect_options ConnectOptions(const MqttOptions& options) {
  mqtt::ssl_options ssl;
  ssl.set_trust_store(options.tls.ca_file);
  if (!options.tls.certificate_file.empty()) {
    ssl.set_key_store(options.tls.certificate_file);
    ssl.set_private_key(options.tls.key_file);
  }
  ssl.set_enable_server_cert_auth(true);
  ssl.set_verify(true);  // host name; the library's default is off
  mqtt::properties properties;
  properties.add({mqtt::property::SESSION_EXPIRY_INTERVAL, 0});
  properties.add({mqtt::property::RECEIVE_MAXIMUM, options.receive_maximum});
  properties.add({mqtt::property::MAXIMUM_PACKET_SIZE,
                  static_cast<std::int32_t>(options.maximum_packet_size)});
  // Not its builder, and returned without a copy: in 1.2.0 copies of the options still point into
  // the properties that they were copied from.
  mqtt::connect_options connect;
  connect.set_mqtt_version(MQTTVERSION_5);
  connect.set_clean_start(true);
  connect.set_keep_alive_interval(options.keep_alive);
  connect.set_connect_timeout(options.connect_timeout);
  connect.set_max_inflight(65535);  // the broker's receive maximum bounds it further
  connect.set_ssl(std::move(ssl));
  connect.set_properties(std::move(properties));
  return connect;
}

}  // namespace

PahoConnection::PahoConnection(Executor& executor, Lane& lane, MqttClient::Handlers handlers)
    : executor_(executor),
      lane_(lane),
      handlers_(std::make_shared<const MqttClient::Handlers>(std::move(handlers))) {}

template <typename Call>
void PahoConnection::OnLane(Id id, Call call) {
  lane_.Run([self = shared_from_this(), id, call = std::move(call)]() mutable {
    try {
      call(*self);
    } catch (const std::exception& error) {
      self->PostSettle(id, Unavailable(self->options_.url + ": " + error.what()));
    }
  });
}

void PahoConnection::Connect(const MqttOptions& options, MqttClient::Done done) {
  options_ = options;
  const Id id = connect_id_ = Add([this, done = std::move(done)](const Status& connected) {
    connected_ = connected.ok();
    done(connected);
  });
  OnLane(id, [id](PahoConnection& self) { self.ConnectNow(id); });
}

// One by one: the library's call for several at once crashes in 1.2.0, with options for each.
void PahoConnection::Subscribe(const std::vector<MqttSubscription>& subscriptions,
                               MqttClient::Done done) {
  struct Progress {
    std::size_t open;
    Status failed;
    MqttClient::Done done;
  };
  const auto progress =
      std::make_shared<Progress>(Progress{subscriptions.size(), {}, std::move(done)});
  for (const MqttSubscription& one : subscriptions) {
    const Id id = Add([progress, filter = one.filter](const Status& taken) {
      if (!taken.ok()) progress->failed = taken.WithContext(filter);
      if (--progress->open == 0) progress->done(progress->failed);
    });
    OnLane(id, [id, one](PahoConnection& self) { self.SubscribeNow(id, one); });
  }
}

void PahoConnection::Publish(MqttMessage message, MqttClient::Done done) {
  const Id id = Add(std::move(done));
  OnLane(id, [id, message = std::move(message)](PahoConnection& self) mutable {
    self.PublishNow(id, std::move(message));
  });
}

void PahoConnection::Close() {
  closed_ = true;
  handlers_.reset();
  pending_.clear();
  inbox_.Close();
  OnLane(0, [](PahoConnection& self) { self.CloseNow(); });
}

PahoConnection::Id PahoConnection::Add(MqttClient::Done done) {
  pending_.emplace(++last_id_, std::move(done));
  return last_id_;
}

void PahoConnection::Settle(Id id, const Status& outcome) {
  auto pending = pending_.extract(id);
  if (!pending.empty() && pending.mapped()) pending.mapped()(outcome);
}

void PahoConnection::Lost(const Status& why) {
  if (!std::exchange(connected_, false)) return;
  for (auto& [id, done] : std::exchange(pending_, {})) {
    if (done) done(why);
    if (closed_) return;
  }
  if (const auto handlers = handlers_; handlers != nullptr) handlers->on_lost(why);
}

void PahoConnection::Deliver() {
  for (MqttMessage& message : inbox_.Take()) {
    const auto handlers = handlers_;
    if (handlers == nullptr) return;
    handlers->on_message(std::move(message));
  }
}

void PahoConnection::ConnectNow(Id id) {
  const auto endpoint = ParseUrl(options_.url);
  if (!endpoint.ok()) return PostSettle(id, endpoint.status());
  if (Status files = CheckFiles(options_.tls); !files.ok()) return PostSettle(id, files);
  mqtt::create_options create(MQTTVERSION_5);
  create.set_send_while_disconnected(false);
  std::from_chars(endpoint->port.data(), endpoint->port.data() + endpoint->port.size(), port_);
  const bool literal = endpoint->host.find(':') != std::string::npos;
  const std::string host = literal ? "[" + endpoint->host + "]" : endpoint->host;
  client_ = std::make_unique<mqtt::async_client>("ssl://" + host + ":" + endpoint->port,
                                                 options_.client_id, create, nullptr);
  client_->set_callback(*this);
  client_->set_disconnected_handler([this](const mqtt::properties&, mqtt::ReasonCode reason) {
    PostLost(FromReason(options_.url, reason));
  });
  client_->connect(ConnectOptions(options_), AsContext(id), *this);
}

void PahoConnection::SubscribeNow(Id id, const MqttSubscription& subscription) {
  client_->subscribe(subscription.filter, subscription.qos, AsContext(id), *this,
                     mqtt::subscribe_options(), mqtt::properties());
}

void PahoConnection::PublishNow(Id id, MqttMessage message) {
  client_->publish(
      mqtt::make_message(std::move(message.topic), std::move(message.payload), message.qos, false),
      AsContext(id), *this);
}

void PahoConnection::CloseNow() {
  if (client_ == nullptr) return;
  try {
    if (client_->is_connected()) client_->disconnect()->wait_for(kDisconnectLimit);
  } catch (const std::exception&) {
    // It is going anyway: a connection that is lost cannot be closed in form.
  }
  client_.reset();
}

void PahoConnection::on_success(const mqtt::token& token) {
  try {
    const Id id = IdOf(token);
    if (token.get_type() == mqtt::token::CONNECT) {
      DisableNagle(port_);
      return PostSettle(id, Status::Ok());  // which the library says twice
    }
    if (token.get_type() == mqtt::token::SUBSCRIBE) {
      const mqtt::subscribe_response response = token.get_subscribe_response();
      for (const mqtt::ReasonCode reason : response.get_reason_codes()) {
        if (IsError(reason)) return PostSettle(id, FromReason(options_.url, reason));
      }
    }
    PostSettle(id, Status::Ok());
  } catch (const std::exception& error) {
    PostSettle(IdOf(token), Unavailable(options_.url + ": " + error.what()));
  }
}

void PahoConnection::on_failure(const mqtt::token& token) {
  const Id id = IdOf(token);
  // Of a refused CONNECT the library puts the broker's reason into the return code.
  const int reason = std::max<int>(token.get_reason_code(), token.get_return_code());
  if (IsError(reason)) return PostSettle(id, FromReason(options_.url, reason));
  if (id != connect_id_) {
    return PostSettle(id, Unavailable(options_.url + ": not sent (code " +
                                      std::to_string(token.get_return_code()) + ")"));
  }
  // The library has only said that it failed. The lane may wait to find out why.
  executor_.Post([weak = weak_from_this(), id] {
    const auto self = weak.lock();
    if (self == nullptr || self->closed_) return;
    self->OnLane(id, [id](PahoConnection& it) { it.PostSettle(id, Diagnose(it.options_)); });
  });
}

void PahoConnection::message_arrived(mqtt::const_message_ptr message) {
  MqttMessage copy{message->get_topic(), message->get_payload_str(), message->get_qos()};
  if (!inbox_.Put(std::move(copy))) return;
  executor_.Post([weak = weak_from_this()] {
    if (const auto self = weak.lock(); self != nullptr) self->Deliver();
  });
}

void PahoConnection::connection_lost(const std::string& cause) {
  PostLost(Unavailable(options_.url + ": connection lost" + (cause.empty() ? "" : ": " + cause)));
}

void PahoConnection::PostSettle(Id id, Status outcome) {
  executor_.Post([weak = weak_from_this(), id, outcome = std::move(outcome)] {
    if (const auto self = weak.lock(); self != nullptr && !self->closed_) self->Settle(id, outcome);
  });
}

void PahoConnection::PostLost(Status why) {
  executor_.Post([weak = weak_from_this(), why = std::move(why)] {
    if (const auto self = weak.lock(); self != nullptr && !self->closed_) self->Lost(why);
  });
}

}  // namespace edge::link
