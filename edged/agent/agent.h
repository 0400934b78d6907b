#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/executor.h"
#include "common/random.h"
#include "edged/agent/action_runner.h"
#include "edged/agent/held_objects.h"
#include "edged/agent/node_reporter.h"
#include "edged/agent/outbox.h"
#include "edged/agent/pod_manager.h"
#include "edged/agent/pod_worker.h"
#include "edged/agent/token_keeper.h"
#include "edged/core/event/event.h"
#include "link/node_link.h"
#include "offline-store/store.h"
#include "sync/node_side.h"

namespace edge::edged {

struct AgentOptions {
  std::string version;          ///< of this program
  std::string kubelet_version;  ///< what nodeInfo.kubeletVersion says
  std::string boot_id;
  NodeContext node;  ///< host addresses and capacity are filled in from the machine
  /// Without brokers: offline until Connect.
  link::NodeLinkOptions link;
};

/// The node agent: what a terminal should run comes in over the link and is kept, pods are driven
/// towards it, and what becomes of them goes up. Starting needs neither cloud, broker, DNS nor a
/// correct clock (design.md 11): the store and the runtime are enough.
///
/// Thread rule: the executor's thread. The ports outlive it.
class Agent {
 public:
  struct Ports {
    offline_store::Store& store;
    RuntimePorts runtime;
    NodeFactsSource& facts;
    link::MqttClientFactory mqtt;
  };

  Agent(AgentOptions options, Ports ports, Executor& executor, Random& random);
  ~Agent();

  /// Errors: the store's, when it cannot even be read.
  Status Start();
  /// The same for a caller that has just loaded the store.
  Status Start(const offline_store::Contents& contents);
  /// Once, when Start had no brokers to connect to: goes online.
  void Connect(link::NodeLinkOptions link);

  /// Leaves the broker in use for these, and asks the hub there for its Welcome.
  void MoveTo(std::vector<std::string> broker_urls);

  /// For the local API (edgectl).
  Json StatusJson() const;
  Json PodsJson() const;

  /// There is one from Connect on, or from Start with brokers.
  link::NodeLink& link() { return *link_; }
  /// What needs no answer, or is repeated by whoever sends it.
  void Send(sync::UpMessage message);
  /// Told the hub's answers to CertificateRequests.
  std::function<void(const sync::CertificateReply&)> on_certificate;
  /// Told what becomes of the link. Null: nobody is.
  std::function<void()> on_connected;
  std::function<void(const sync::Welcome&)> on_welcome;
  std::function<void(const Status&)> on_disconnected;

 private:
  void MakeTokenKeeper(const std::vector<offline_store::HeldToken>& tokens);
  void MakeLink();
  void OnMessage(const sync::Header& header, const sync::DownMessage& message);
  void Do(const sync::NodeOutput& output);
  void ApplyWelcome(const sync::Welcome& welcome);
  void ResendStatus(const std::string& uid);
  void OnEvent(const EventDraft& draft);
  void StoreEvents();
  void OnFacts(const NodeFacts& facts);
  void OnStatus(const sync::Entry& status);
  void OnHeldChange(const sync::HeldChange& change);
  std::string NodeUid() const;
  sync::UpMessage MakeHeartbeat();
  std::string Degraded() const;
  bool connected() const { return link_ != nullptr && link_->connected(); }

  AgentOptions options_;
  Ports ports_;
  Executor& executor_;
  Random& random_;
  const std::string session_id_;
  std::uint64_t heartbeat_sequence_ = 0;
  std::uint32_t heartbeat_seconds_ = 15;
  std::string link_error_;
  std::string runtime_error_;

  std::unique_ptr<sync::NodeSync> sync_;
  std::unique_ptr<HeldObjectIndex> index_;
  ActionRunner runner_;
  std::unique_ptr<PodWorkerContext> context_;
  std::unique_ptr<TokenKeeper> tokens_;
  std::unique_ptr<PodManager> pods_;
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<NodeReporter> reporter_;
  std::unique_ptr<link::NodeLink> link_;  ///< null while there is no identity to connect with
  EventRecorder recorder_;
  offline_store::Batch new_events_;  ///< not stored yet
  Timer events_due_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::edged
