#include "edged/agent/agent.h"

#include <utility>

#include "common/log.h"
#include "edged/agent/store_mapping.h"
#include "edged/core/node/node_status.h"
#include "sync/prune.h"

namespace edge::edged {
namespace {

/// Events come in threes (Pulled, Created, Started) and nobody waits for them: they are stored and
/// sent together.
constexpr Duration kEventsTogether = std::chrono::milliseconds(500);
constexpr std::size_t kMaxNewEvents = 256;

/// The Node status of before the restart, so that conditions keep their times; null without one.
Json StoredNodeStatus(const offline_store::Contents& contents) {
  for (const auto& [name, value] : contents.meta) {
    if (name != kMetaNodeStatus) continue;
    Result<Json> status = ParseJson(value);
    if (status.ok()) return *std::move(status);
  }
  return nullptr;
}

std::map<std::string, std::string> StringsIn(const Json* object) {
  std::map<std::string, std::string> strings;
  if (object == nullptr || !object->is_object()) return strings;
  for (const auto& [name, value] : object->items()) {
    if (value.is_string()) strings[name] = value.get<std::string>();
  }
  return strings;
}

/// A pod's status in one line, as edgectl shows it.
Json SummaryOf(const Json& status) {
  int ready = 0, total = 0;
  std::int64_t restarts = 0;
  if (const Json* containers = Find(status, {"containerStatuses"})) {
    for (const Json& container : *containers) {
      ++total;
      ready += FindBool(container, {"ready"}) ? 1 : 0;
      restarts += FindInt(container, {"restartCount"});
    }
  }
  return {{"ready", std::to_string(ready) + "/" + std::to_string(total)},
          {"status", FindString(status, {"phase"}, "Pending")},
          {"restarts", restarts},
          {"podIP", FindString(status, {"podIP"})}};
}

std::string_view HealthName(offline_store::Health health) {
  switch (health) {
    case offline_store::Health::kGood: return "good";
    case offline_store::Health::kDiskFull: return "disk full";
    case offline_store::Health::kBroken: return "broken";
  }
  return "broken";
}

}  // namespace

Agent::Agent(AgentOptions options, Ports ports, Executor& executor, Random& random)
    : options_(std::move(options)),
      ports_(std::move(ports)),
      executor_(executor),
      random_(random),
      session_id_(random.Uuid()),
      runner_(executor, ports_.runtime, options_.node.layout),
      recorder_(options_.node.node_name) {}

Agent::~Agent() {
  if (!new_events_.empty()) ports_.store.Commit(std::move(new_events_), [](const Status&) {});
}

Status Agent::Start() {
  EDGE_ASSIGN_OR_RETURN(const offline_store::Contents contents, ports_.store.Load());
  return Start(contents);
}

Status Agent::Start(const offline_store::Contents& contents) {
  sync_ = std::make_unique<sync::NodeSync>(ToNodeStart(contents), ReferencesOfPod);
  index_ = std::make_unique<HeldObjectIndex>(*sync_);
  const Json node_status = StoredNodeStatus(contents);
  options_.node.allocatable = StringsIn(Find(node_status, {"allocatable"}));
  context_ = std::make_unique<PodWorkerContext>(
      PodWorkerContext{executor_,
                       runner_,
                       ports_.store,
                       options_.boot_id,
                       std::make_shared<const NodeContext>(options_.node),
                       [this](const sync::Entry& status) { OnStatus(status); },
                       [this](const EventDraft& draft) { OnEvent(draft); },
                       {}});
  MakeTokenKeeper(contents.tokens);
  pods_ = std::make_unique<PodManager>(*context_, *index_, *sync_, *tokens_);
  outbox_ = std::make_unique<Outbox>(ports_.store, executor_, random_,
                                     [this](sync::UpMessage message) { Send(std::move(message)); });
  reporter_ = std::make_unique<NodeReporter>(
      options_.node.node_name, options_.kubelet_version,
      NodeReporter::Ports{ports_.facts, ports_.runtime.info, ports_.runtime.images, ports_.store},
      executor_,
      NodeReporter::Callbacks{[this] { return NodeUid(); },
                              [this](const NodeFacts& facts) { OnFacts(facts); },
                              [this](const sync::Entry& status) { OnStatus(status); }});
  if (!options_.link.broker_urls.empty()) MakeLink();
  pods_->Start(contents);
  reporter_->Start(node_status);
  ports_.runtime.events.Subscribe(
      [this, &executor = executor_, alive = std::weak_ptr(alive_)](const RuntimeEvent& event) {
        executor.Post([this, event, alive] {
          if (!alive.expired()) pods_->OnRuntimeEvent(event);
        });
      },
      [this, &executor = executor_, alive = std::weak_ptr(alive_)] {
        executor.Post([this, alive] {
          if (!alive.expired()) pods_->Relist();
        });
      });
  LogInfo("agent started", {{"NODE", options_.node.node_name},
                            {"HELD", std::to_string(sync_->held().size())},
                            {"STORE", std::string(HealthName(ports_.store.health()))}});
  return Status::Ok();
}

void Agent::MakeTokenKeeper(const std::vector<offline_store::HeldToken>& tokens) {
  tokens_ = std::make_unique<TokenKeeper>(
      ports_.store, executor_, random_, options_.boot_id,
      TokenKeeper::Callbacks{[this](sync::TokenRequest request) { Send(std::move(request)); },
                             [this](const std::string& uid) { pods_->OnTokens(uid); },
                             [this](const EventDraft& draft) { OnEvent(draft); },
                             [this](const std::string& uid) { return pods_->IsLive(uid); }});
  tokens_->Start(tokens, [this](const std::string& uid) {
    return sync_->held().contains({sync::Kind::kPod, uid});
  });
}

void Agent::Connect(link::NodeLinkOptions link) {
  options_.link = std::move(link);
  MakeLink();
}

void Agent::MakeLink() {
  options_.link.cluster_uid = sync_->cluster_uid();
  link::NodeLink::Handlers handlers;
  handlers.heartbeat = [this] { return MakeHeartbeat(); };
  handlers.on_message = [this](const sync::Header& header, const sync::DownMessage& message) {
    OnMessage(header, message);
  };
  handlers.on_bad_message = [](const Status& status) {
    LogWarning("message from the hub dropped", {{"WHY", status.ToString()}});
  };
  handlers.on_connected = [this] {
    link_error_.clear();
    LogInfo("connected to the broker");
    outbox_->OnConnected();
    tokens_->OnConnected();
    if (on_connected) on_connected();
  };
  handlers.on_disconnected = [this](const Status& status) {
    if (link_error_ != status.ToString()) {
      LogWarning("no connection to the broker", {{"WHY", status.ToString()}});
    }
    link_error_ = status.ToString();
    outbox_->OnDisconnected();
    tokens_->OnDisconnected();
    if (on_disconnected) on_disconnected(status);
    sync_->BeatWhole();
  };
  link_ = std::make_unique<link::NodeLink>(executor_, random_, ports_.mqtt, options_.link,
                                           std::move(handlers));
  link_->Start();
}

void Agent::OnMessage(const sync::Header& header, const sync::DownMessage& message) {
  if (const auto* ack = std::get_if<sync::StatusAck>(&message)) {
    if (sync_->FromOwnCluster(header)) outbox_->OnAck(*ack);
  } else if (const auto* events = std::get_if<sync::EventAck>(&message)) {
    if (sync_->FromOwnCluster(header)) outbox_->OnAck(*events);
  } else if (const auto* token = std::get_if<sync::TokenReply>(&message)) {
    if (sync_->FromOwnCluster(header)) tokens_->OnReply(*token);
  } else if (const auto* reply = std::get_if<sync::CertificateReply>(&message)) {
    if (on_certificate) on_certificate(*reply);
  } else {
    Do(sync_->Receive(header, message));
  }
}

void Agent::Do(const sync::NodeOutput& output) {
  if (!output.commit.empty()) {
    ports_.store.Commit(ToBatch(output.commit),
                        [this, alive = std::weak_ptr(alive_)](const Status& status) {
                          if (alive.expired()) return;
                          if (!status.ok()) {
                            LogError("desired state not kept", {{"WHY", status.ToString()}});
                          }
                          Do(sync_->Committed(status));
                        });
  }
  for (const sync::UpMessage& message : output.send) Send(message);
  for (const sync::HeldChange& change : output.changed) OnHeldChange(change);
  for (const std::string& uid : output.resend_statuses) ResendStatus(uid);
  if (output.welcome) ApplyWelcome(*output.welcome);
  link_->SetClusterUid(sync_->cluster_uid());
  if (output.heartbeat_now) link_->HeartbeatNow();
}

void Agent::OnStatus(const sync::Entry& status) {
  // Of an object that went while its status was being stored, nobody is to be reminded.
  if (sync_->held().contains({status.key.kind, status.uid})) sync_->StatusReported(status);
  outbox_->KickStatuses();
}

void Agent::OnHeldChange(const sync::HeldChange& change) {
  if (change.what == sync::HeldChange::What::kRemoved) {
    sync_->StatusForgotten(change.entry.key.kind, change.entry.uid);
  }
  if (change.entry.key.kind == sync::Kind::kNode) {
    pods_->OnNodeChange();
    return reporter_->LookNow();
  }
  pods_->OnHeldChange(change);
}

void Agent::ApplyWelcome(const sync::Welcome& welcome) {
  LogInfo("welcomed by the hub",
          {{"CLUSTER", welcome.cluster_name}, {"HUB_VERSION", welcome.hub_version}});
  heartbeat_seconds_ = welcome.heartbeat_seconds;
  link_->SetHeartbeatInterval(std::chrono::seconds(heartbeat_seconds_));
  if (on_welcome) on_welcome(welcome);
}

void Agent::MoveTo(std::vector<std::string> broker_urls) {
  sync_->AskForWelcome();
  link_->MoveTo(std::move(broker_urls));
}

void Agent::ResendStatus(const std::string& uid) {
  if (uid == NodeUid()) return reporter_->Resend();
  pods_->ResendStatus(uid);
}

std::string Agent::NodeUid() const {
  const sync::StoredObject* node = sync_->Current({sync::Kind::kNode, "", options_.node.node_name});
  return node == nullptr ? std::string() : node->entry.uid;
}

void Agent::OnEvent(const EventDraft& draft) {
  const Json event = recorder_.Record(draft, executor_.clock().Wall());
  new_events_.push_back(offline_store::AppendEvent{DumpJson(event)});
  if (new_events_.size() >= kMaxNewEvents) return StoreEvents();
  if (!events_due_.pending()) {
    events_due_ = executor_.After(kEventsTogether, [this] { StoreEvents(); });
  }
}

void Agent::StoreEvents() {
  events_due_.Cancel();
  ports_.store.Commit(std::exchange(new_events_, {}),
                      [this, alive = std::weak_ptr(alive_)](const Status& status) {
                        if (!alive.expired() && status.ok()) outbox_->KickEvents();
                      });
}

void Agent::OnFacts(const NodeFacts& facts) {
  NodeContext node = *context_->node;
  node.host_ips = facts.internal_ips;
  node.memory_bytes = facts.memory_total_bytes;
  node.allocatable = Allocatable(facts, {});
  const Json labels = NodeLabels(facts, node.node_name);
  node.labels = StringsIn(&labels);
  context_->node = std::make_shared<const NodeContext>(std::move(node));
}

sync::UpMessage Agent::MakeHeartbeat() {
  sync::Heartbeat heartbeat;
  heartbeat.store_id = ports_.store.Id();
  heartbeat.boot_id = options_.boot_id;
  heartbeat.session_id = session_id_;
  heartbeat.sequence = ++heartbeat_sequence_;
  heartbeat.agent_version = options_.version;
  heartbeat.interval_seconds = heartbeat_seconds_;
  const offline_store::WaitingRows waiting = ports_.store.CountWaiting();
  heartbeat.pending_statuses = static_cast<std::uint32_t>(waiting.statuses);
  heartbeat.pending_events = static_cast<std::uint32_t>(waiting.events);
  heartbeat.dropped_events = ports_.store.DroppedEvents();
  heartbeat.degraded = Degraded();
  heartbeat.broker_url = link_->broker();
  heartbeat.held_unknown_sandboxes = static_cast<std::uint32_t>(pods_->unknown_sandboxes());
  return sync_->Beat(std::move(heartbeat));
}

std::string Agent::Degraded() const {
  if (ports_.store.health() != offline_store::Health::kGood) return ports_.store.health_message();
  if (!pods_->started()) return "the container runtime does not answer";
  return {};
}

void Agent::Send(sync::UpMessage message) {
  if (link_ == nullptr) return;
  link_->Send(std::move(message), [](const Status& status) {
    // Statuses and events are in the outbox, acks are repeated when the hub asks again.
    if (!status.ok()) LogDebug("not sent", {{"WHY", status.ToString()}});
  });
}

Json Agent::StatusJson() const {
  return {{"nodeName", options_.node.node_name},
          {"clusterName", options_.link.cluster_name},
          {"clusterUID", sync_->cluster_uid()},
          {"version", options_.version},
          {"connected", connected()},
          {"broker", link_ == nullptr ? std::string() : link_->broker()},
          {"linkError", connected() ? "" : link_error_},
          {"runtime", pods_->started() ? "ready" : "does not answer"},
          {"store", HealthName(ports_.store.health())},
          {"degraded", Degraded()},
          {"heldObjects", sync_->held().size()},
          {"pods", pods_->workers().size()},
          {"unknownPods", pods_->unknown_sandboxes()},
          {"pendingStatuses", ports_.store.CountWaiting().statuses},
          {"droppedEvents", ports_.store.DroppedEvents()}};
}

Json Agent::PodsJson() const {
  Json pods = Json::array();
  for (const auto& [uid, worker] : pods_->workers()) {
    const DesiredPod& pod = worker->desired();
    Json row = SummaryOf(worker->status());
    row["namespace"] = pod.ns;
    row["name"] = pod.name;
    row["uid"] = uid;
    if (!pod.present) row["status"] = "Removing";
    pods.push_back(std::move(row));
  }
  return pods;
}

}  // namespace edge::edged
