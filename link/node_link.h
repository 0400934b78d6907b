#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/executor.h"
#include "common/random.h"
#include "common/status.h"
#include "link/codec.h"
#include "link/ports/mqtt_client.h"
#include "sync/messages.h"

namespace edge::link {

struct NodeLinkOptions {
  std::vector<std::string> broker_urls;  ///< tried in turn; at least one
  std::string cluster_name;              ///< spec.clusterName
  std::string node;
  std::string cluster_uid;  ///< what messages are headed with; empty until a cluster is known
  MqttTls tls;
  Duration heartbeat_interval = std::chrono::seconds(15);
  std::uint16_t receive_maximum = 32;
  Duration backoff_first = std::chrono::seconds(1);
  Duration backoff_max = std::chrono::seconds(60);
  std::chrono::seconds connect_timeout{20};
  std::size_t packets_in_flight = 3;   ///< of one class
  std::size_t queued_messages = 4096;  ///< of one class, before Send refuses
  CodecLimits limits;
};

/// The terminal's end of the link: keeps one connection to a broker, sends heartbeats, and turns
/// packets into messages and back. What must not be lost is in the outbox above, which sends again
/// until the hub's own ack comes; what the link has queued when the connection goes is failed to
/// its sender.
///
/// It never gives up: every failure is answered by a new attempt after a back-off with full
/// jitter. A line that is dead without saying so is found when the PUBACK of a heartbeat is missing
/// for half an interval and nothing else was heard from the broker meanwhile.
///
/// Thread rule: the executor's thread only; callbacks come on it, and may call Send and Stop.
class NodeLink {
 public:
  struct Handlers {
    /// Asked for each interval and each connection: a Heartbeat or a HeartbeatUnchanged.
    std::function<sync::UpMessage()> heartbeat;
    std::function<void(const sync::Header&, sync::DownMessage)> on_message;
    /// A packet or message that could not be read, or that is for another node: named, dropped.
    std::function<void(Status)> on_bad_message;
    std::function<void()> on_connected;           ///< subscribed, and Send works
    std::function<void(Status)> on_disconnected;  ///< after on_connected, or a failed attempt
  };

  /// `executor` and `random` outlive the link.
  NodeLink(Executor& executor, Random& random, MqttClientFactory factory, NodeLinkOptions options,
           Handlers handlers);
  ~NodeLink();
  NodeLink(const NodeLink&) = delete;
  NodeLink& operator=(const NodeLink&) = delete;

  void Start();
  void Stop();  ///< disconnects; what is queued fails with kCancelled
  bool connected() const;

  /// `done` (may be null) is told OK when the broker has taken the message. kUnavailable at once
  /// while there is no connection, or later when it goes; kResourceExhausted when the class's queue
  /// is full or the message too large.
  void Send(sync::UpMessage message, std::function<void(Status)> done);

  /// Sends a heartbeat now, beside the regular ones.
  void HeartbeatNow();
  /// From 100 ms to an hour; takes effect with a heartbeat at once.
  void SetHeartbeatInterval(Duration interval);
  void SetClusterUid(std::string cluster_uid);
  /// Leaves the broker in use for these; at least one.
  void MoveTo(std::vector<std::string> broker_urls);
  const std::string& broker() const;  ///< the URL that is connected to, or tried

  /// Reconnects with these files. OK once a broker has taken the new certificate; from then on it
  /// is the one in use. On an error the old one stays in use and is reconnected with. One at a
  /// time: a second call fails the first with kCancelled.
  void UpdateTls(MqttTls tls, std::function<void(Status)> done);
  /// The files of the same certificate have moved: used from the next connection on.
  void SetTls(MqttTls tls);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace edge::link
