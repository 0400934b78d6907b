#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/cloudhub_core/cloud.h"

namespace edge::cloudhub {
namespace {

constexpr char kAwayUid[] = "0b7e6f5c-2a4d-4f1b-9c3e-8d7a6b5c4d3e";

/// A terminal that belongs to another cluster and holds pods of it.
struct Foreign : Cloud {
  sync::Heartbeat Beat() {
    sync::Heartbeat heartbeat;
    heartbeat.store_id = "store-1";
    heartbeat.session_id = "s1";
    heartbeat.sequence = ++heartbeats;
    heartbeat.prune_rule = 1;
    heartbeat.held_cluster_uid = kAwayUid;
    heartbeat.epoch = 40;
    heartbeat.agent_version = "0.1.0";
    return heartbeat;
  }
  void SayFromAway(const sync::UpMessage& message) {
    fleet.OnMessage("n1", {kAwayUid, "n1", 1, 1}, message);
    executor.Advance(std::chrono::seconds(1));
  }
  Json Connected() const {
    const Json edge_node = api.Peek(kEdgeNodes, "", "n1");
    for (const Json& condition : edge_node["status"]["conditions"]) {
      if (condition["type"] == "Connected") return condition;
    }
    return Json::object();
  }
  void Confirm() {
    Json edge_node = api.Peek(kEdgeNodes, "", "n1");
    edge_node["spec"]["confirmedFromClusterUID"] = kAwayUid;
    edge_node["metadata"]["generation"] = 2;
    api.Put(kEdgeNodes, edge_node);
    executor.Advance(std::chrono::seconds(1));
  }
};

TEST_CASE_METHOD(Foreign, "a terminal of another cluster is named with the way to take it over",
                 "[other-cluster]") {
  SayFromAway(Beat());
  CHECK(Connected()["status"] == "False");
  CHECK(Connected()["reason"] == "OtherCluster");
  CHECK(Connected()["message"] ==
        "the terminal belongs to cluster " + std::string(kAwayUid) +
            ": to take it over, set spec.confirmedFromClusterUID to that UID");
}

TEST_CASE_METHOD(Foreign, "a terminal of another cluster is sent nothing and keeps no Lease here",
                 "[other-cluster]") {
  api.Put(kPods, MakePod("till", "n1"));
  executor.Advance(std::chrono::seconds(1));
  SayFromAway(Beat());
  CHECK(transport.sent.empty());
  CHECK(api.Peek(kLeases, "kube-node-lease", "n1").is_null());
}

TEST_CASE_METHOD(Foreign, "what a terminal reports to its own cluster is neither written nor acked",
                 "[other-cluster]") {
  SayFromAway(Beat());
  SayFromAway(sync::StatusReport{
      {{1, {{sync::Kind::kPod, "shop", "till"}, "uid-1", {}}, R"({"status":{"phase":"x"}})"}}});
  SayFromAway(sync::EventReport{{{1, R"({"involvedObject":{"kind":"Node","name":"n1"}})"}}});
  SayFromAway(sync::TokenRequest{{"uid-1", "", 3607}, "shop", "till", "default"});
  CHECK(transport.sent.empty());
  for (const auto& call : api.calls()) CHECK(call.actor != "n1");
}

TEST_CASE_METHOD(Foreign, "a terminal that is confirmed is welcomed and comes over",
                 "[other-cluster]") {
  api.Put(kPods, MakePod("till", "n1"));
  executor.Advance(std::chrono::seconds(1));
  SayFromAway(Beat());
  Confirm();
  const auto welcomes = transport.Of<sync::Welcome>("n1");
  REQUIRE(welcomes.size() == 1);
  CHECK(welcomes[0].confirmed_from_cluster_uid == kAwayUid);
  Heartbeat();  // it has adopted this cluster
  CHECK(Connected()["status"] == "True");
  CHECK(WasPut("till"));
  CHECK_FALSE(api.Peek(kLeases, "kube-node-lease", "n1").is_null());
}

}  // namespace
}  // namespace edge::cloudhub
