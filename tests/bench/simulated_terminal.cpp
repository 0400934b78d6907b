#include "tests/bench/simulated_terminal.h"

#include <utility>

#include "common/json.h"
#include "edged/core/node/node_status.h"
#include "kube/references.h"
#include "sync/prune.h"

namespace edge::bench {
namespace {

constexpr std::size_t kStatusBatch = 64;                // as the agent's outbox
constexpr Duration kResend = std::chrono::seconds(10);  // likewise, on average

Result<std::vector<sync::ObjectKey>> ReferencesOfPod(const std::string& bytes) {
  EDGE_ASSIGN_OR_RETURN(const Json pod, ParseJson(bytes));
  const std::set<sync::ObjectKey> keys = kube::ConfigKeys(pod);
  return std::vector<sync::ObjectKey>(keys.begin(), keys.end());
}

/// A till of 2 GB.
edged::NodeFacts Facts(const std::string& node) {
  edged::NodeFacts facts;
  facts.hostname = node;
  facts.machine_id = facts.boot_id = facts.system_uuid = "0f9e6d5c-4b3a-4291-8807-f6e5d4c3b2a1";
  facts.kernel_version = "6.1.0-37-amd64";
  facts.os_image = "Debian GNU/Linux 12 (bookworm)";
  facts.architecture = "amd64";
  facts.internal_ips = {"10.1.2.3"};
  facts.cpu_millicores = 4000;
  facts.memory_total_bytes = 2ULL << 30;
  facts.memory_available_bytes = 1024ULL << 20;
  facts.disk_total_bytes = 32ULL << 30;
  facts.disk_available_bytes = 16ULL << 30;
  return facts;
}

Json NodeStatus(const std::string& node, WallTime now) {
  edged::NodeStatusInputs inputs;
  inputs.node_name = node;
  inputs.version = "v1.36.0-edged.0.1";
  inputs.runtime = {"containerd", "1.6.20"};
  inputs.conditions = {{"RuntimeReady", true, "", ""}, {"NetworkReady", true, "", ""}};
  return edged::ComputeNodeStatus(Facts(node), inputs, nullptr, now);
}

/// As the agent's of a pod whose containers all run.
Json RunningStatus(const Json& pod, WallTime now) {
  const std::string since = FormatTime(now);
  Json status = {{"phase", "Running"},
                 {"hostIP", "10.1.2.3"},
                 {"podIP", "10.88.0.7"},
                 {"podIPs", {{{"ip", "10.88.0.7"}}}},
                 {"hostIPs", {{{"ip", "10.1.2.3"}}}},
                 {"qosClass", "BestEffort"},
                 {"startTime", since}};
  for (const char* type :
       {"PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady"}) {
    status["conditions"].push_back(
        {{"type", type}, {"status", "True"}, {"lastTransitionTime", since}});
  }
  for (const Json& container : pod["spec"]["containers"]) {
    const std::string id(64, 'a');
    status["containerStatuses"].push_back({{"name", container["name"]},
                                           {"image", container["image"]},
                                           {"imageID", "sha256:" + id},
                                           {"containerID", "containerd://" + id},
                                           {"ready", true},
                                           {"started", true},
                                           {"restartCount", 0},
                                           {"state", {{"running", {{"startedAt", since}}}}}});
  }
  return status;
}

}  // namespace

SimulatedTerminal::SimulatedTerminal(Executor& executor, Random& random,
                                     const link::MqttClientFactory& factory,
                                     link::NodeLinkOptions options, FleetCounters& counters)
    : executor_(executor),
      random_(random),
      counters_(counters),
      node_(options.node),
      store_id_(random.Uuid()),
      boot_id_(random.Uuid()),
      session_id_(random.Uuid()),
      sync_(sync::NodeStart{}, ReferencesOfPod) {
  link::NodeLink::Handlers handlers;
  handlers.heartbeat = [this] { return Heartbeat(); };
  handlers.on_message = [this](const sync::Header& header, const sync::DownMessage& message) {
    OnMessage(header, message);
  };
  handlers.on_bad_message = [](const Status&) {};
  handlers.on_connected = [this] {
    if (!std::exchange(connected_, true)) ++counters_.connected;
    Kick();
  };
  handlers.on_disconnected = [this](const Status&) {
    if (std::exchange(connected_, false)) --counters_.connected;
    sync_.BeatWhole();
  };
  link_ = std::make_unique<link::NodeLink>(executor, random, factory, std::move(options),
                                           std::move(handlers));
  link_->Start();
}

void SimulatedTerminal::OnMessage(const sync::Header& header, const sync::DownMessage& message) {
  if (const auto* ack = std::get_if<sync::StatusAck>(&message)) {
    if (sync_.FromOwnCluster(header)) OnAck(*ack);
  } else {
    Do(sync_.Receive(header, message));
  }
}

void SimulatedTerminal::Do(const sync::NodeOutput& output) {
  if (!output.commit.empty()) {
    executor_.Post([this] { Do(sync_.Committed(Status::Ok())); });
  }
  for (const sync::UpMessage& message : output.send) link_->Send(message, nullptr);
  for (const sync::HeldChange& change : output.changed) OnChange(change);
  for (const std::string& uid : output.resend_statuses) {
    const auto report = reports_.find(uid);
    if (report == reports_.end()) continue;
    report->second.sequence = ++sequence_;
    outbox_[uid] = report->second;
  }
  if (output.welcome) {
    link_->SetHeartbeatInterval(std::chrono::seconds(output.welcome->heartbeat_seconds));
  }
  link_->SetClusterUid(sync_.cluster_uid());
  if (output.heartbeat_now) link_->HeartbeatNow();
  if (!output.resend_statuses.empty() || !output.changed.empty()) Kick();
}

void SimulatedTerminal::OnChange(const sync::HeldChange& change) {
  const sync::Entry& entry = change.entry;
  if (change.what == sync::HeldChange::What::kRemoved) {
    sync_.StatusForgotten(entry.key.kind, entry.uid);
    reports_.erase(entry.uid), outbox_.erase(entry.uid);
    return;
  }
  if (reports_.contains(entry.uid)) return;
  const WallTime now = executor_.clock().Wall();
  if (entry.key.kind == sync::Kind::kNode) {
    const Json metadata = {
        {"name", node_}, {"uid", entry.uid}, {"labels", edged::NodeLabels(Facts(node_), node_)}};
    Report(entry, metadata, NodeStatus(node_, now));
  } else if (entry.key.kind == sync::Kind::kPod) {
    const std::string& bytes = *sync_.held().at({entry.key.kind, entry.uid}).object.bytes;
    const Result<Json> pod = ParseJson(bytes);
    if (!pod.ok()) return;
    ++counters_.pods;
    counters_.pod_bytes += static_cast<std::int64_t>(bytes.size());
    Report(entry, {{"name", entry.key.name}, {"namespace", entry.key.ns}, {"uid", entry.uid}},
           RunningStatus(*pod, now));
  }
}

void SimulatedTerminal::Report(const sync::Entry& entry, const Json& metadata, const Json& status) {
  sync::StatusReport::Row row{++sequence_, entry, {}};
  row.entry.version = sync::StatusVersion(entry.key.kind, status);
  row.bytes = DumpJson({{"metadata", metadata}, {"status", status}});
  sync_.StatusReported(row.entry);
  reports_[entry.uid] = outbox_[entry.uid] = std::move(row);
}

void SimulatedTerminal::Kick() {
  if (!connected_ || outbox_.empty()) return;
  sync::StatusReport report;
  for (const auto& [uid, row] : outbox_) {
    report.rows.push_back(row);
    if (report.rows.size() == kStatusBatch) link_->Send(std::exchange(report, {}), nullptr);
  }
  if (!report.rows.empty()) link_->Send(std::move(report), nullptr);
  resend_ = executor_.After(kResend + random_.Jitter(kResend), [this] { Kick(); });
}

void SimulatedTerminal::OnAck(const sync::StatusAck& ack) {
  for (const sync::StatusAck::Row& row : ack.rows) {
    const auto sent = outbox_.find(row.uid);
    if (sent == outbox_.end() || sent->second.sequence != row.sequence) continue;
    if (!row.refused.empty()) ++counters_.refused;
    if (sent->second.entry.key.kind == sync::Kind::kPod) ++counters_.statuses;
    if (sent->second.entry.key.kind == sync::Kind::kNode && !std::exchange(reported_, true)) {
      ++counters_.nodes;
    }
    outbox_.erase(sent);
  }
}

sync::UpMessage SimulatedTerminal::Heartbeat() {
  sync::Heartbeat heartbeat;
  heartbeat.store_id = store_id_;
  heartbeat.boot_id = boot_id_;
  heartbeat.session_id = session_id_;
  heartbeat.sequence = ++heartbeats_;
  heartbeat.agent_version = "0.1";
  heartbeat.pending_statuses = static_cast<std::uint32_t>(outbox_.size());
  ++counters_.heartbeats;
  return sync_.Beat(std::move(heartbeat));
}

}  // namespace edge::bench
