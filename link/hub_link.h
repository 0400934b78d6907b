#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/executor.h"
#include "common/random.h"
#include "common/status.h"
#include "link/codec.h"
#include "link/ports/mqtt_client.h"
#include "sync/messages.h"

namespace edge::link {

struct HubLinkOptions {
  std::vector<std::string> broker_urls;  ///< of one broker (or cluster), tried in turn
  std::string cluster_name;              ///< spec.clusterName of the nodes it speaks with
  std::string hub_id;                    ///< unique among the hub's replicas; [a-z0-9-], 1 to 64
  std::string cluster_uid;               ///< what messages are headed with
  MqttTls tls;
  bool enrolment = true;  ///< listen for enrolment requests too
  Duration self_test_interval = std::chrono::seconds(15);
  Duration backoff_first = std::chrono::seconds(1);
  Duration backoff_max = std::chrono::seconds(60);
  std::chrono::seconds connect_timeout{20};
  std::size_t packets_in_flight = 256;            ///< over all nodes
  std::size_t node_packets_in_flight = 4;         ///< of one node and class
  std::size_t node_queued_messages = 16384;       ///< of one node and class, before Send refuses
  std::size_t partial_bytes = 256 * 1024 * 1024;  ///< of all nodes' unfinished messages
  CodecLimits limits;
};

/// The cloud's end of the link: one connection to a broker, over which it hears all nodes of a
/// cluster and speaks to each. It holds no state of a node but unfinished packets and what is being
/// sent.
///
/// A message is passed on only when its topic, its header and so its sender's certificate name the
/// same node; a heartbeat's header may leave that to the topic.
///
/// Thread rule: the executor's thread only; callbacks come on it, and may call Send.
class HubLink {
 public:
  struct Handlers {
    std::function<void(const std::string& node, const sync::Header&, sync::UpMessage)> on_message;
    /// A packet on the node's topic that was dropped, and why.
    std::function<void(const std::string& node, Status)> on_bad_message;
    /// A request on the enrolment listener (proto/edge/v1/enrol.proto, serialized, at most 16 KiB).
    std::function<void(const std::string& client_id, std::string request)> on_enrol;
    std::function<void()> on_connected;
    std::function<void(Status)> on_disconnected;
  };

  HubLink(Executor& executor, Random& random, MqttClientFactory factory, HubLinkOptions options,
          Handlers handlers);
  ~HubLink();
  HubLink(const HubLink&) = delete;
  HubLink& operator=(const HubLink&) = delete;

  void Start();
  void Stop();
  bool connected() const;

  /// As NodeLink::Send. That the broker has it says nothing of the terminal (design.md 3).
  void Send(const std::string& node, sync::DownMessage message, std::function<void(Status)> done);
  /// Answers an enrolment request with a serialized EnrolReply.
  void SendEnrolReply(const std::string& client_id, std::string reply,
                      std::function<void(Status)> done);
  /// Frees what is held for a node; queued messages fail with kCancelled.
  void Forget(const std::string& node);
  void SetClusterUid(std::string cluster_uid);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace edge::link
