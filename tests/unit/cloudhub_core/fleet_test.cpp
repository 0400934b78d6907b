#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/unit/cloudhub_core/cloud.h"

namespace edge::cloudhub {
namespace {

TEST_CASE_METHOD(Cloud, "an EdgeNode gets a Node that cloud controllers leave alone", "[fleet]") {
  const Json node = api.Peek(kNodes, "", "n1");
  REQUIRE(node.is_object());
  CHECK(node["spec"]["providerID"] == "edge://retail/n1");
  CHECK(node["metadata"]["labels"].contains(
      "node.kubernetes.io/exclude-from-external-load-balancers"));
  CHECK(Condition("Registered") == "True");
  CHECK(Condition("Connected") == "False");
}

TEST_CASE_METHOD(Cloud, "a Node of another provider is never taken", "[fleet]") {
  api.Put(kNodes, {{"metadata", {{"name", "control-1"}}}, {"spec", {{"providerID", "aws://x"}}}});
  api.Put(kEdgeNodes, MakeEdgeNode("control-1"));
  executor.Advance(std::chrono::seconds(1));
  const Json edge_node = api.Peek(kEdgeNodes, "", "control-1");
  CHECK(edge_node["status"]["conditions"][0]["status"] == "False");
  CHECK(std::string(edge_node["status"]["conditions"][0]["message"]).find("aws://x") !=
        std::string::npos);
  fleet.OnMessage(
      "control-1", {"cluster-1", "control-1", 1, 1},
      sync::StatusReport{
          {{1, {{sync::Kind::kNode, "", "control-1"}, "u", {}}, R"({"status":{"phase":"x"}})"}}});
  executor.Advance(std::chrono::seconds(1));
  CHECK_FALSE(api.Peek(kNodes, "", "control-1").contains("status"));
}

TEST_CASE_METHOD(Cloud, "nothing is read as a node that is not ours or has no EdgeNode",
                 "[fleet]") {
  api.Put(kNodes, {{"metadata", {{"name", "control-1"}}}, {"spec", {{"providerID", "aws://x"}}}});
  api.Put(kEdgeNodes, MakeEdgeNode("control-1"));
  api.Put(kEdgeNodes, MakeEdgeNode("till-9", "another-cluster"));
  for (const char* node : {"control-1", "till-9", "worker-1"}) {
    api.Put(kPods, MakePod(std::string("pod-on-") + node, node, std::string("of-") + node));
  }
  api.Put(kPods, MakePod("till", "n1", "prices"));
  executor.Advance(std::chrono::seconds(1));
  CHECK(FollowsConfig("prices", "n1"));
  for (const std::string node : {"control-1", "till-9", "worker-1"}) {
    CHECK_FALSE(FollowsConfig("of-" + node, node));
  }
}

TEST_CASE_METHOD(Cloud, "an EdgeNode that comes after its pods takes them up", "[fleet]") {
  api.Erase(kEdgeNodes, "", "n1");
  executor.Advance(std::chrono::seconds(1));
  api.Put(kPods, MakePod("till", "n1", "prices"));
  executor.Advance(std::chrono::seconds(1));
  CHECK_FALSE(FollowsConfig("prices", "n1"));
  api.Put(kEdgeNodes, MakeEdgeNode("n1"));
  executor.Advance(std::chrono::seconds(1));
  CHECK(FollowsConfig("prices", "n1"));
  CHECK_FALSE(api.Follows(kPods, "spec.nodeName=n1", ""));
  Heartbeat();
  CHECK(WasPut("till"));
}

TEST_CASE_METHOD(Cloud, "an EdgeNode that goes takes what only it needed and removes nothing",
                 "[fleet]") {
  Heartbeat();
  api.Put(kPods, MakePod("till", "n1", "prices"));
  executor.Advance(std::chrono::seconds(1));
  AckAllPuts();
  api.Erase(kEdgeNodes, "", "n1");
  executor.Advance(std::chrono::seconds(1));
  CHECK_FALSE(FollowsConfig("prices", "n1"));
  CHECK(transport.Of<sync::Remove>("n1").empty());
}

TEST_CASE_METHOD(Cloud, "a list of late pods says nothing of a pod that the watch told of",
                 "[fleet]") {
  const Json gone = api.Put(kPods, MakePod("gone", "n7"));
  api.Put(kPods, MakePod("till", "n7"));
  std::vector<std::string> pods, listed;
  LatePods late(api, {[&](const Json& pod) { pods.push_back(pod["metadata"]["name"]); },
                      [&](const std::string& node) { listed.push_back(node); }});
  late.Begin("n7");
  late.OnTold(gone);
  executor.Advance(std::chrono::seconds(1));
  CHECK(pods == std::vector<std::string>{"till"});
  CHECK(listed == std::vector<std::string>{"n7"});
}

TEST_CASE_METHOD(Cloud, "a node that may not read a config does not blind the others", "[fleet]") {
  api.RefuseFollows("n0");
  api.Put(kEdgeNodes, MakeEdgeNode("n0"));
  executor.Advance(std::chrono::seconds(1));
  Heartbeat();
  AckAllPuts();
  api.Put(kConfigMaps, MakeConfigMap("prices", "1"));
  api.Put(kPods, MakePod("scale", "n0", "prices"));
  api.Put(kPods, MakePod("till", "n1", "prices"));
  executor.Advance(std::chrono::seconds(1));
  CHECK_FALSE(WasPut("prices"));
  executor.Advance(std::chrono::seconds(2));
  CHECK(FollowsConfig("prices", "n1"));
  CHECK(WasPut("prices"));
  CHECK(WasPut("till"));
}

TEST_CASE_METHOD(Cloud, "a heartbeat makes the node connected and renews its lease", "[fleet]") {
  Heartbeat();
  CHECK(Condition("Connected") == "True");
  CHECK(api.Peek(kLeases, "kube-node-lease", "n1").is_object());
  CHECK(transport.Of<sync::Welcome>("n1").size() == 1);
  executor.Advance(std::chrono::minutes(2));
  CHECK(Condition("Connected") == "False");
  CHECK(Condition("Ready") == "Unknown");
}

/// Another hub on the same API, in this one's place.
struct NextHub {
  SentMessages transport;
  Fleet fleet;
  NextHub(Cloud& cloud, const std::string& hub_id)
      : fleet(FleetOptions{hub_id, {"cluster-1", "retail", "0.1.0"}}, cloud.api, transport,
              cloud.executor, cloud.random, nullptr) {
    fleet.Start();
  }
};

TEST_CASE_METHOD(Cloud, "a hub that starts does not say of connected nodes that they are not",
                 "[fleet]") {
  Heartbeat();
  REQUIRE(Condition("Connected") == "True");
  const auto seen = [&] { return api.Peek(kEdgeNodes, "", "n1")["metadata"]["resourceVersion"]; };
  bool flapped = false;
  NextHub next(*this, "hub-1");  // and this one is evicted by it
  for (int i = 0; i < 30; ++i) {
    executor.Advance(std::chrono::seconds(1));
    flapped = flapped || Condition("Connected") != "True";
  }
  CHECK_FALSE(flapped);
  executor.Advance(std::chrono::seconds(30));
  CHECK(Condition("Connected") == "False");
  const Json before = seen();
  executor.Advance(std::chrono::minutes(5));
  CHECK(seen() == before);
}

TEST_CASE_METHOD(Cloud, "a replica serves the nodes of its own shards and of no others",
                 "[fleet]") {
  for (int i = 2; i < 40; ++i) api.Put(kEdgeNodes, MakeEdgeNode("n" + std::to_string(i)));
  NextHub next(*this, "hub-2");
  executor.Advance(std::chrono::seconds(10));
  CHECK(fleet.shards() == 8);
  CHECK(next.fleet.shards() == 8);
  CHECK(fleet.nodes() + next.fleet.nodes() == 39);
  for (int i = 1; i < 40; ++i) {
    const std::string node = "n" + std::to_string(i);
    CHECK(fleet.Serves(node) != next.fleet.Serves(node));
  }
}

TEST_CASE_METHOD(Cloud, "a short heartbeat renews the lease and keeps the node connected",
                 "[fleet]") {
  const auto renewed = [this] {
    return api.Peek(kLeases, "kube-node-lease", "n1")["spec"]["renewTime"];
  };
  Heartbeat();
  const Json first = renewed();
  executor.Advance(std::chrono::seconds(30));
  Say(sync::HeartbeatUnchanged{"s1", ++heartbeats, 1});
  const Json second = renewed();
  CHECK(second != first);
  executor.Advance(std::chrono::seconds(30));
  Say(sync::HeartbeatUnchanged{"s1", heartbeats, 1});  // doubled
  CHECK(renewed() == second);
  CHECK(Condition("Connected") == "True");
  CHECK(transport.Of<sync::HeartbeatRequest>("n1").empty());
}

TEST_CASE_METHOD(Cloud, "a hub that starts amid short heartbeats renews the lease and asks",
                 "[fleet]") {
  Say(sync::HeartbeatUnchanged{"s1", 7, 3});
  CHECK(api.Peek(kLeases, "kube-node-lease", "n1").is_object());
  CHECK(Condition("Connected") == "True");
  const auto requests = transport.Of<sync::HeartbeatRequest>("n1");
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].sequence == 7);
}

TEST_CASE_METHOD(Cloud, "a replayed heartbeat proves nothing", "[fleet]") {
  Heartbeat();
  executor.Advance(std::chrono::minutes(2));
  const Json lease = api.Peek(kLeases, "kube-node-lease", "n1");
  --heartbeats;
  Heartbeat();
  CHECK(api.Peek(kLeases, "kube-node-lease", "n1") == lease);
  CHECK(Condition("Connected") == "False");
}

TEST_CASE_METHOD(Cloud, "a bound pod goes down behind the config that it refers to", "[fleet]") {
  Heartbeat();
  AckAllPuts();
  api.Put(kConfigMaps, MakeConfigMap("prices", "1"));
  api.Put(kPods, MakePod("till", "n1", "prices"));
  executor.Advance(std::chrono::seconds(1));
  CHECK(WasPut("till"));
  CHECK(WasPut("prices"));
  AckAllPuts();
  transport.sent.clear();
  api.Put(kConfigMaps, MakeConfigMap("prices", "2"));
  executor.Advance(std::chrono::seconds(1));
  CHECK(WasPut("prices"));
  CHECK_FALSE(WasPut("till"));
}

TEST_CASE_METHOD(Cloud, "a deleted pod is removed with the watch as evidence", "[fleet]") {
  Heartbeat();
  api.Put(kPods, MakePod("till", "n1"));
  executor.Advance(std::chrono::seconds(1));
  AckAllPuts();
  api.Erase(kPods, "shop", "till");
  executor.Advance(std::chrono::seconds(1));
  const auto removes = transport.Of<sync::Remove>("n1");
  REQUIRE_FALSE(removes.empty());
  CHECK(removes[0].evidence == sync::Evidence::kWatchDeleted);
}

TEST_CASE_METHOD(Cloud, "an EdgeNode shows nothing pending as soon as the last ack is there",
                 "[fleet]") {
  const auto pending = [this] {
    return api.Peek(kEdgeNodes, "", "n1")["status"]["pendingObjects"];
  };
  Heartbeat();
  api.Put(kPods, MakePod("till", "n1"));
  executor.Advance(std::chrono::seconds(1));
  CHECK(pending() == 2);  // the pod and the Node
  AckAllPuts();
  CHECK(pending() == 0);
  api.Erase(kPods, "shop", "till");
  executor.Advance(std::chrono::seconds(1));
  CHECK(pending() == 1);
  const auto removes = transport.Of<sync::Remove>("n1");
  REQUIRE(removes.size() == 1);
  Say(sync::Ack{{{removes[0].entry, removes[0].order, sync::Outcome::kCommitted, ""}}});
  CHECK(pending() == 0);
}

TEST_CASE_METHOD(Cloud, "a node speaks of its own pods only", "[fleet]") {
  api.Put(kEdgeNodes, MakeEdgeNode("n2"));
  const std::string uid = api.Put(kPods, MakePod("till", "n2"))["metadata"]["uid"];
  executor.Advance(std::chrono::seconds(1));
  Say(sync::StatusReport{
      {{9, {{sync::Kind::kPod, "shop", "till"}, uid, {}}, R"({"status":{"phase":"Failed"}})"}}});
  const auto acks = transport.Of<sync::StatusAck>("n1");
  REQUIRE(acks.size() == 1);
  CHECK(acks[0].rows[0].refused == "shop/till is not bound to node n1");
  CHECK_FALSE(api.Peek(kPods, "shop", "till").contains("status"));
  Say(sync::EventReport{
      {{1, R"({"metadata":{"name":"e","namespace":"shop"},"involvedObject":{"kind":"Pod","uid":")" +
               uid + R"("}})"}},
      0});
  CHECK(api.Peek(kEvents, "shop", "e").is_null());
}

TEST_CASE_METHOD(Cloud, "a node writes Events of its pods after their end and of no others",
                 "[fleet]") {
  api.Put(kPods, MakePod("etcd", "control-1"));
  const auto about = [](const std::string& pod) {
    return DumpJson({{"metadata", {{"name", "of-" + pod}, {"namespace", "shop"}}},
                     {"involvedObject", {{"kind", "Pod"}, {"namespace", "shop"}, {"name", pod}}}});
  };
  Say(sync::EventReport{{{1, about("etcd")}, {2, about("gone")}}, 0});
  CHECK(api.Peek(kEvents, "shop", "of-etcd").is_null());
  CHECK(api.Peek(kEvents, "shop", "of-gone").is_object());
}

TEST_CASE_METHOD(Cloud, "a Node that somebody deleted comes back", "[fleet]") {
  api.Erase(kNodes, "", "n1");
  executor.Advance(std::chrono::seconds(1));
  CHECK(api.Peek(kNodes, "", "n1").is_object());
}

TEST_CASE_METHOD(Cloud, "an unreadable message is said on the EdgeNode until the next heartbeat",
                 "[fleet]") {
  fleet.OnBadMessage("n1", InvalidArgument("garbage on e1/retail/n1"));
  executor.Advance(std::chrono::seconds(1));
  const Json conditions = api.Peek(kEdgeNodes, "", "n1")["status"]["conditions"];
  CHECK(conditions[1]["reason"] == "BadMessage");
  CHECK(conditions[1]["message"] == "garbage on e1/retail/n1");
  Heartbeat();
  CHECK(Condition("Connected") == "True");
}

TEST_CASE_METHOD(Cloud, "two machines under one certificate are reported", "[fleet]") {
  Heartbeat("s1");
  Heartbeat("s2");
  Heartbeat("s1");  // might be a straggler from before a restart
  Heartbeat("s1");
  const Json conditions = api.Peek(kEdgeNodes, "", "n1")["status"]["conditions"];
  CHECK(conditions[1]["reason"] == "DuplicateCertificate");
}

TEST_CASE_METHOD(Cloud, "a message of a node without an EdgeNode is dropped", "[fleet]") {
  Say(sync::Heartbeat{}, "stranger");
  CHECK(api.Peek(kNodes, "", "stranger").is_null());
  CHECK(transport.Of<sync::Welcome>("stranger").empty());
}

TEST_CASE_METHOD(Cloud, "a request for a certificate is answered to the node that asked",
                 "[fleet]") {
  Say(sync::CertificateRequest{"csr"});
  const auto replies = transport.Of<sync::CertificateReply>("n1");
  REQUIRE(replies.size() == 1);
  CHECK(replies[0].certificate_pem == "pem");
}

}  // namespace
}  // namespace edge::cloudhub
