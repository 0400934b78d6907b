#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "cloudhub/core/fleet/finalizer.h"
#include "tests/unit/cloudhub_core/cloud.h"

namespace edge::cloudhub {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// A terminal that was seen and runs a pod.
struct Retiring : Cloud {
  Retiring() {
    Heartbeat();
    api.Put(kPods, MakePod("till", "n1"));
    executor.Advance(seconds(1));
    AckAllPuts();
  }
  void Delete(bool stolen = false) {
    Json edge_node = api.Peek(kEdgeNodes, "", "n1");
    edge_node["metadata"]["deletionTimestamp"] = "2026-11-01T10:00:00Z";
    edge_node["metadata"]["generation"] = 2;
    if (stolen) edge_node["spec"]["stolen"] = true;
    api.Put(kEdgeNodes, edge_node);
    executor.Advance(seconds(1));
  }
  void AckRemoves() {
    sync::Ack ack;
    for (const sync::Remove& remove : transport.Of<sync::Remove>("n1")) {
      ack.rows.push_back({remove.entry, remove.order, sync::Outcome::kCommitted, ""});
    }
    Say(ack);
  }
  bool Gone() const { return api.Peek(kEdgeNodes, "", "n1").is_null(); }
  Json RetiringCondition() const {
    const Json edge_node = api.Peek(kEdgeNodes, "", "n1");
    for (const Json& condition : edge_node["status"]["conditions"]) {
      if (condition["type"] == "Retiring") return condition;
    }
    return Json::object();
  }
  bool Deleted(const std::string& what, const std::string& actor) const {
    const auto& calls = api.calls();
    return std::any_of(calls.begin(), calls.end(), [&](const auto& call) {
      return call.verb == "delete" && call.what == what && call.actor == actor;
    });
  }
};

TEST_CASE_METHOD(Cloud, "an EdgeNode that is served has the finalizer beside those of others",
                 "[retirement]") {
  CHECK(HasFinalizer(api.Peek(kEdgeNodes, "", "n1")));
  Json other = MakeEdgeNode("n2");
  other["metadata"]["finalizers"] = {"example.com/inventory"};
  api.Put(kEdgeNodes, other);
  executor.Advance(seconds(1));
  const Json kept = api.Peek(kEdgeNodes, "", "n2");
  CHECK(kept["metadata"]["finalizers"] ==
        Json({"example.com/inventory", "edge.kubeedge.io/terminal"}));
}

TEST_CASE_METHOD(Cloud, "an EdgeNode of another cluster gets no finalizer", "[retirement]") {
  api.Put(kEdgeNodes, MakeEdgeNode("n2", "another-cluster"));
  executor.Advance(seconds(1));
  CHECK_FALSE(HasFinalizer(api.Peek(kEdgeNodes, "", "n2")));
}

TEST_CASE_METHOD(Cloud, "a finalizer that the API does not take is written again", "[retirement]") {
  api.FailNext("patch", "edgenodes", Unavailable("no leader"));
  api.Put(kEdgeNodes, MakeEdgeNode("n2"));
  executor.Advance(minutes(1));
  CHECK(HasFinalizer(api.Peek(kEdgeNodes, "", "n2")));
}

TEST_CASE_METHOD(Retiring, "a deleted EdgeNode goes once its terminal has stopped its pods",
                 "[retirement]") {
  Delete();
  CHECK(Deleted("pods/shop/till", "n1"));
  CHECK(RemovedUids().size() == 1);
  executor.Advance(seconds(10));
  CHECK(revoked.empty());  // the terminal has not acknowledged
  CHECK_FALSE(Gone());
  Heartbeat();
  AckAllPuts();  // of the Node, which has a taint now
  AckRemoves();
  CHECK(revoked == std::vector<std::string>{"n1"});
  CHECK(transport.ended == std::vector<std::string>{"n1"});
  CHECK(api.Peek(kNodes, "", "n1").is_null());
  CHECK(Gone());
}

TEST_CASE_METHOD(Retiring, "while its pods stop a terminal is heard and its Node takes no others",
                 "[retirement]") {
  api.FailNext("delete", "pods", Unavailable("no leader"));
  Delete();
  CHECK(RetiringCondition()["reason"] == "StoppingPods");
  CHECK_THAT(std::string(RetiringCondition()["message"]),
             Catch::StartsWith("1 of its pods are there yet"));
  const Json taints = api.Peek(kNodes, "", "n1")["spec"]["taints"];
  CHECK(taints == Json({{{"key", "edge.kubeedge.io/retiring"}, {"effect", "NoExecute"}}}));
  Heartbeat();
  CHECK(Condition("Connected") == "True");
  executor.Advance(seconds(10));
  CHECK(api.Peek(kPods, "shop", "till").is_null());  // tried again
}

TEST_CASE_METHOD(Retiring, "a terminal that is away is waited for ten minutes and no longer",
                 "[retirement]") {
  executor.Advance(minutes(5));
  Delete();
  executor.Advance(minutes(9));
  CHECK(revoked.empty());
  CHECK_FALSE(Gone());
  executor.Advance(minutes(1));
  CHECK(revoked == std::vector<std::string>{"n1"});
  CHECK(Gone());
}

TEST_CASE_METHOD(Retiring, "a stolen terminal is revoked at once", "[retirement]") {
  Delete(/*stolen=*/true);
  CHECK(revoked == std::vector<std::string>{"n1"});
  CHECK(Gone());
  CHECK(api.Peek(kPods, "shop", "till").is_null());
}

TEST_CASE_METHOD(Retiring, "a terminal that is marked as stolen meanwhile is waited for no longer",
                 "[retirement]") {
  Delete();
  CHECK(revoked.empty());
  Json edge_node = api.Peek(kEdgeNodes, "", "n1");
  edge_node["spec"]["stolen"] = true;
  edge_node["metadata"]["generation"] = 3;
  api.Put(kEdgeNodes, edge_node);
  executor.Advance(seconds(1));
  CHECK(Gone());
}

TEST_CASE_METHOD(Cloud, "a terminal that was never seen is not waited for", "[retirement]") {
  Json edge_node = api.Peek(kEdgeNodes, "", "n1");
  edge_node["metadata"]["deletionTimestamp"] = "2026-11-01T10:00:00Z";
  edge_node["metadata"]["generation"] = 2;
  api.Put(kEdgeNodes, edge_node);
  executor.Advance(seconds(1));
  CHECK(api.Peek(kEdgeNodes, "", "n1").is_null());
  CHECK(api.Peek(kNodes, "", "n1").is_null());
  CHECK(revoked == std::vector<std::string>{"n1"});
}

TEST_CASE_METHOD(Retiring, "nothing that a revoked node says is passed on", "[retirement]") {
  transport.broker = Unavailable("no broker");
  Delete(/*stolen=*/true);
  REQUIRE_FALSE(Gone());
  transport.sent.clear();
  const auto calls = api.calls().size();
  Heartbeat();
  CHECK(transport.sent.empty());
  const auto& all = api.calls();
  CHECK(std::none_of(all.begin() + static_cast<std::ptrdiff_t>(calls), all.end(),
                     [](const auto& call) { return call.actor == "n1"; }));
}

TEST_CASE_METHOD(Retiring, "a broker that is away holds a retirement up for a minute at most",
                 "[retirement]") {
  transport.broker = Unavailable("no broker");
  Delete(/*stolen=*/true);
  executor.Advance(seconds(30));
  CHECK(RetiringCondition()["reason"] == "EndingSession");
  CHECK_THAT(std::string(RetiringCondition()["message"]), Catch::Contains("no broker"));
  executor.Advance(minutes(2));
  CHECK(Gone());
}

TEST_CASE_METHOD(Retiring, "a retirement goes on when the API does", "[retirement]") {
  api.FailNext("delete", "nodes", Unavailable("no leader"), 3);
  api.FailNext("get", "edgenodes", Unavailable("no leader"), 2);
  Delete(/*stolen=*/true);
  executor.Advance(minutes(2));
  CHECK(Gone());
}

TEST_CASE_METHOD(Retiring, "a finalizer of somebody else keeps the EdgeNode and nothing is undone",
                 "[retirement]") {
  Json edge_node = api.Peek(kEdgeNodes, "", "n1");
  edge_node["metadata"]["finalizers"].push_back("example.com/inventory");
  api.Put(kEdgeNodes, edge_node);
  Delete(/*stolen=*/true);
  executor.Advance(minutes(1));
  CHECK(api.Peek(kEdgeNodes, "", "n1")["metadata"]["finalizers"] ==
        Json({"example.com/inventory"}));
  CHECK(api.Peek(kNodes, "", "n1").is_null());
  CHECK(revoked.size() == 1);
}

TEST_CASE_METHOD(Retiring, "a Node that is not the terminal's is left when the EdgeNode goes",
                 "[retirement]") {
  api.Erase(kNodes, "", "n1");
  api.Put(kNodes, MakeNode("n1", "aws://x"));
  executor.Advance(seconds(1));
  Delete(/*stolen=*/true);
  CHECK(Gone());
  CHECK(api.Peek(kNodes, "", "n1")["spec"]["providerID"] == "aws://x");
}

TEST_CASE_METHOD(Retiring, "a hub that starts anew waits only for what is left of the ten minutes",
                 "[retirement]") {
  executor.Advance(minutes(5));
  Delete();
  executor.Advance(minutes(6));
  const Json half_way = api.Peek(kEdgeNodes, "", "n1");
  fakes::FakeKubeApi other_api(executor);
  other_api.Put(kNodes, MakeNode("n1", "edge://retail/n1"));
  other_api.Put(kEdgeNodes, half_way);
  SentMessages other_transport;
  Fleet other(FleetOptions{"hub-2", {"cluster-1", "retail", "0.1.0"}}, other_api, other_transport,
              executor, random, nullptr);
  other.Start();
  executor.Advance(minutes(3));
  CHECK_FALSE(other_api.Peek(kEdgeNodes, "", "n1").is_null());
  executor.Advance(minutes(2));
  CHECK(other_api.Peek(kEdgeNodes, "", "n1").is_null());
}

TEST_CASE_METHOD(Retiring, "what went although it was not retired is revoked all the same",
                 "[retirement]") {
  api.Erase(kEdgeNodes, "", "n1");
  executor.Advance(seconds(1));
  CHECK(revoked == std::vector<std::string>{"n1"});
  CHECK(transport.ended == std::vector<std::string>{"n1"});
  CHECK(api.Peek(kNodes, "", "n1").is_null());
}

}  // namespace
}  // namespace edge::cloudhub
