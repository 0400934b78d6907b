#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>

#include "common/executor.h"
#include "common/random.h"
#include "link/node_link.h"
#include "sync/node_side.h"

namespace edge::bench {

/// What all simulated terminals have done together. Any thread.
struct FleetCounters {
  std::atomic<int> connected{0};  ///< to the broker, now
  std::atomic<int> pods{0};       ///< held and acked
  std::atomic<int> statuses{0};   ///< of pods, acked by the hub: the API has them
  std::atomic<int> nodes{0};      ///< terminals whose Node's status the API has
  std::atomic<int> refused{0};    ///< statuses that the API did not take
  std::atomic<std::int64_t> heartbeats{0};
  std::atomic<std::int64_t> pod_bytes{0};  ///< of the held pods, as they came down
};

/// A terminal as the hub sees one: the product's link and sync, a connection and a certificate of
/// its own, acks, heartbeats, statuses. Its pods "run" as soon as they are held, and its disk is
/// memory.
///
/// Thread rule: the executor's thread, callbacks too.
class SimulatedTerminal {
 public:
  SimulatedTerminal(Executor& executor, Random& random, const link::MqttClientFactory& factory,
                    link::NodeLinkOptions options, FleetCounters& counters);

 private:
  void OnMessage(const sync::Header& header, const sync::DownMessage& message);
  void Do(const sync::NodeOutput& output);
  void OnChange(const sync::HeldChange& change);
  void OnAck(const sync::StatusAck& ack);
  sync::UpMessage Heartbeat();
  /// The object's status goes into the outbox.
  void Report(const sync::Entry& entry, const Json& metadata, const Json& status);
  void Kick();  ///< sends what is in the outbox, and again until it is acked

  Executor& executor_;
  Random& random_;
  FleetCounters& counters_;
  const std::string node_, store_id_, boot_id_, session_id_;
  sync::NodeSync sync_;
  std::map<std::string, sync::StatusReport::Row> reports_;  // by UID
  std::map<std::string, sync::StatusReport::Row> outbox_;
  std::uint64_t heartbeats_ = 0, sequence_ = 0;
  bool connected_ = false;
  bool reported_ = false;  ///< its Node's status was acked
  Timer resend_;
  std::unique_ptr<link::NodeLink> link_;
};

}  // namespace edge::bench
