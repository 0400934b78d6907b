#pragma once

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cloudhub/core/fleet/fleet.h"
#include "cloudhub/core/resources.h"
#include "sync/digest.h"
#include "tests/fakes/fake_kube_api.h"
#include "tests/fakes/manual_executor.h"
#include "tests/unit/cloudhub_core/objects.h"

namespace edge::cloudhub {

/// What was sent to nodes.
struct SentMessages final : NodeTransport {
  std::vector<std::pair<std::string, sync::DownMessage>> sent;
  Status Send(const std::string& node, const sync::DownMessage& message) override {
    sent.emplace_back(node, message);
    return Status::Ok();
  }
  void SendEnrolReply(const std::string&, std::string) override {}
  void EndSession(const std::string& node, std::function<void(Status)> done) override {
    ended.push_back(node);
    done(broker);
  }
  Status broker;                   ///< what it says when it is to end a session
  std::vector<std::string> ended;  ///< nodes whose sessions were to end
  template <typename T>
  std::vector<T> Of(const std::string& node) const {
    std::vector<T> found;
    for (const auto& [to, message] : sent) {
      if (to == node && std::holds_alternative<T>(message)) found.push_back(std::get<T>(message));
    }
    return found;
  }
};

/// A fleet with the EdgeNode n1, started.
struct Cloud {
  fakes::ManualExecutor executor;
  SeededRandom random{3};
  fakes::FakeKubeApi api{executor};
  SentMessages transport;
  Fleet fleet{FleetOptions{"hub-1", {"cluster-1", "retail", "0.1.0"}},
              api,
              transport,
              executor,
              random,
              [](const std::string&, const std::string&, const auto& done) {
                done({"pem", ""});
              },
              nullptr,
              [this](const Json& edge_node, const std::function<void(Status)>& done) {
                revoked.push_back(FindString(edge_node, {"metadata", "name"}));
                done(Status::Ok());
              }};
  std::vector<std::string> revoked;  ///< nodes all of whose certificates were revoked
  std::uint64_t heartbeats = 0;

  Cloud() {
    api.Put(kEdgeNodes, MakeEdgeNode("n1"));
    fleet.Start();
    executor.Advance(std::chrono::seconds(1));
  }

  void Say(const sync::UpMessage& message, const std::string& node = "n1") {
    fleet.OnMessage(node, {"cluster-1", node, 1, 1}, message);
    executor.Advance(std::chrono::seconds(1));
  }
  void Heartbeat(const std::string& session = "s1", const sync::Digest& desired = {}) {
    sync::Heartbeat heartbeat;
    heartbeat.store_id = "store-1";
    heartbeat.session_id = session;
    heartbeat.sequence = ++heartbeats;
    heartbeat.prune_rule = 1;
    heartbeat.held_cluster_uid = "cluster-1";
    heartbeat.desired = desired;
    heartbeat.agent_version = "0.1.0";
    Say(heartbeat);
  }
  bool FollowsConfig(const std::string& name, const std::string& node) const {
    return api.Follows(kConfigMaps, "metadata.name=" + name, node);
  }
  void AckAllPuts() {
    sync::Ack ack;
    for (const sync::Put& put : transport.Of<sync::Put>("n1")) {
      ack.rows.push_back({put.object.entry, put.order, sync::Outcome::kCommitted, ""});
    }
    Say(ack);
  }
  std::set<std::string> RemovedUids() const {
    std::set<std::string> uids;
    for (const auto& remove : transport.Of<sync::Remove>("n1")) uids.insert(remove.entry.uid);
    return uids;
  }
  std::string Condition(const std::string& type) const {
    const Json edge_node = api.Peek(kEdgeNodes, "", "n1");
    for (const Json& condition : edge_node["status"]["conditions"]) {
      if (condition["type"] == type) return condition["status"];
    }
    return "";
  }
  bool WasPut(const std::string& name) const {
    const auto puts = transport.Of<sync::Put>("n1");
    return std::any_of(puts.begin(), puts.end(),
                       [&](const sync::Put& put) { return put.object.entry.key.name == name; });
  }
};

}  // namespace edge::cloudhub
