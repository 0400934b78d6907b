#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/status.h"

namespace edge::link {

/// Paths of PEM files. The certificate is left empty where the client shows none (enrolment).
struct MqttTls {
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
};

struct MqttOptions {
  std::string url;  ///< "tls://host:port"; nothing but TLS is spoken
  std::string client_id;
  MqttTls tls;
  std::chrono::seconds keep_alive{60};
  std::chrono::seconds connect_timeout{20};
  std::uint16_t receive_maximum = 64;  ///< QoS 1 messages that the broker may have unacked with us
  std::uint32_t maximum_packet_size = 256 * 1024;  ///< bytes; the broker drops larger ones
};

struct MqttMessage {
  std::string topic;
  std::string payload;
  int qos = 1;  ///< 0 or 1
};

struct MqttSubscription {
  std::string filter;
  int qos = 1;
};

/// One connection to a broker, from Connect to its loss: a new one is made for each attempt. The
/// broker keeps nothing of it once it is gone, nor for it. (What it would keep would be no help:
/// both ends find out by themselves what was lost. And Mosquitto 2.0.11 that is told to read its
/// configuration again, as for a new list of revoked certificates, puts the session of each client
/// that is away into its list of expiries a second time, and later uses it after it was freed.)
///
/// Thread rule: everything on the executor's thread, the callbacks too; none is called from within
/// a call into the client, and none after its destruction. Destroying it disconnects and
/// does not block.
class MqttClient {
 public:
  using Done = std::function<void(Status)>;

  struct Handlers {
    std::function<void(MqttMessage)> on_message;
    /// The connection is gone, once, and only after a Connect that succeeded. What was being
    /// published or subscribed has failed before.
    std::function<void(Status)> on_lost;
  };

  virtual ~MqttClient() = default;

  /// Once per client. Errors name the URL and say what to do: kUnavailable (refused, unknown host,
  /// time-out), kUnauthenticated (either certificate was not accepted, wrong host name, TLS below
  /// 1.3), kPermissionDenied (the broker knows us and refuses), kInvalidArgument (URL, files).
  virtual void Connect(const MqttOptions& options, Done done) = 0;
  /// At least one. OK when the broker took every subscription.
  virtual void Subscribe(std::vector<MqttSubscription> subscriptions, Done done) = 0;
  /// QoS 1: OK when the broker has taken the message (PUBACK without an error code); kUnavailable
  /// when the connection went first, so that it may or may not have been taken; kPermissionDenied
  /// when the broker's ACL refused it. QoS 0: OK when it was handed to the socket.
  virtual void Publish(MqttMessage message, Done done) = 0;
};

/// Makes a client that reports to `handlers`. Adapters provide one; main.cpp passes it on.
using MqttClientFactory = std::function<std::unique_ptr<MqttClient>(MqttClient::Handlers handlers)>;

}  // namespace edge::link
