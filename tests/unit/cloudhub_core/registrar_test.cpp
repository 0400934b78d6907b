#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "cloudhub/core/fleet/desired_node.h"
#include "tests/unit/cloudhub_core/cloud.h"

namespace edge::cloudhub {
namespace {

Json Taint(const std::string& key, const std::string& effect = "NoSchedule") {
  return {{"key", key}, {"effect", effect}};
}

Json WithSpec(const Json& more, std::int64_t generation) {
  Json node = MakeEdgeNode("n1");
  node["spec"].update(more);
  node["metadata"]["generation"] = generation;
  return node;
}

struct Registrar : Cloud {
  /// Somebody edits the EdgeNode.
  void Edit(const Json& spec) {
    Json node = WithSpec(spec, ++generation);
    node["status"] = api.Peek(kEdgeNodes, "", "n1").value("status", Json::object());
    api.Put(kEdgeNodes, node);
    executor.Advance(std::chrono::seconds(1));
  }
  Json Node() const { return api.Peek(kNodes, "", "n1"); }
  /// Somebody changes the Node.
  void ChangeNode(const Json& merge) {
    Json node = Node();
    node.merge_patch(merge);
    api.Put(kNodes, node);
    executor.Advance(std::chrono::seconds(1));
  }
  Json Registered() const { return api.Peek(kEdgeNodes, "", "n1")["status"]["conditions"][0]; }
  std::size_t Calls(const std::string& verb) const {
    return static_cast<std::size_t>(
        std::count_if(api.calls().begin(), api.calls().end(), [&](const auto& call) {
          return call.verb == verb && call.what == "nodes/n1" && call.actor.empty();
        }));
  }
  std::int64_t generation = 1;
};

TEST_CASE_METHOD(Registrar, "a Node is marked for load balancers and autoscalers to leave alone",
                 "[node]") {
  CHECK(Node()["metadata"]["annotations"]["cluster-autoscaler.kubernetes.io/scale-down-disabled"] ==
        "true");
  CHECK(Node()["metadata"]["labels"]["node-role.kubernetes.io/edge"] == "");
  CHECK_FALSE(Node()["spec"].contains("taints"));
}

TEST_CASE_METHOD(Registrar, "a Node of the name that is somebody else's is told once by an Event",
                 "[node]") {
  const auto told = [this] {
    return std::count_if(api.calls().begin(), api.calls().end(), [](const auto& call) {
      return call.verb == "create" && call.what.find("events/default/n1.") == 0;
    });
  };
  CHECK(told() == 0);
  api.Erase(kNodes, "", "n1");
  api.Put(kNodes, {{"metadata", {{"name", "n1"}}}, {"spec", {{"providerID", "aws://x"}}}});
  executor.Advance(std::chrono::seconds(30));
  CHECK(Registered()["reason"] == "NodeNotRegistered");
  CHECK(told() == 1);
  Edit({{"labels", {{"example.com/store", "7"}}}});
  CHECK(told() == 1);
  api.Erase(kNodes, "", "n1");
  executor.Advance(std::chrono::seconds(30));
  CHECK(Registered()["status"] == "True");
}

TEST_CASE_METHOD(Registrar, "an EdgeNode's labels come and go and nobody else's are touched",
                 "[node]") {
  ChangeNode({{"metadata", {{"labels", {{"theirs", "1"}}}, {"annotations", {{"note", "2"}}}}}});
  Edit({{"labels", {{"example.com/floor", "ground"}, {"example.com/store", "7"}}}});
  CHECK(Node()["metadata"]["labels"]["example.com/floor"] == "ground");
  Edit({{"labels", {{"example.com/floor", "first"}}}});
  const Json labels = Node()["metadata"]["labels"];
  CHECK(labels["example.com/floor"] == "first");
  CHECK_FALSE(labels.contains("example.com/store"));
  CHECK(labels["theirs"] == "1");
  Edit(Json::object());
  CHECK_FALSE(Node()["metadata"]["labels"].contains("example.com/floor"));
  CHECK_FALSE(Node()["metadata"]["annotations"].contains(kManagedAnnotation));
  CHECK(Node()["metadata"]["annotations"]["note"] == "2");
}

TEST_CASE_METHOD(Registrar, "an EdgeNode's taints come and go and the cluster's own stay",
                 "[node]") {
  const Json away = {{"key", "node.kubernetes.io/unreachable"},
                     {"effect", "NoExecute"},
                     {"timeAdded", "2026-01-01T00:00:00Z"}};
  ChangeNode({{"spec", {{"taints", {away, Taint("users.own")}}}}});
  Edit({{"taints", {Taint("example.com/till")}}});
  CHECK(Node()["spec"]["taints"] == Json{away, Taint("users.own"), Taint("example.com/till")});
  Edit({{"taints", {Taint("example.com/till", "NoExecute")}}});
  CHECK(Node()["spec"]["taints"] ==
        Json{away, Taint("users.own"), Taint("example.com/till", "NoExecute")});
  Edit({{"taints", Json::array()}});
  CHECK(Node()["spec"]["taints"] == Json{away, Taint("users.own")});
}

TEST_CASE("the hub's default taint gives way to those that an EdgeNode names", "[node]") {
  const Json fallback = Json::array({Taint("node-role.kubernetes.io/edge")});
  const auto taints = [&](const Json& spec) {
    const Json node = NodeManifest("n1", "retail", WishOf(spec, fallback));
    return node["spec"].value("taints", Json::array());
  };
  CHECK(taints(Json::object()) == fallback);
  CHECK(taints({{"taints", Json::array()}}) == Json::array());
  CHECK(taints({{"taints", {Taint("a")}}}) == Json::array({Taint("a")}));
}

TEST_CASE("a taint that is there already keeps its place and its time", "[node]") {
  Json node = NodeManifest("n1", "retail", {});
  const Json timed = {{"key", "a"}, {"effect", "NoExecute"}, {"timeAdded", "2026-01-01T00:00:00Z"}};
  node["spec"]["taints"] = {timed, Taint("b")};
  const NodeWish wish = WishOf({{"taints", {Taint("a", "NoExecute")}}}, Json::array());
  CHECK_FALSE(NodePatch(node, wish).contains("spec"));
}

TEST_CASE("labels and taints that are not an operator's are left out and said", "[node]") {
  const NodeWish wish =
      WishOf({{"labels", {{"kubernetes.io/os", "plan9"}, {"a", "b"}}},
              {"taints", {Taint("node.kubernetes.io/unschedulable"), Taint("c")}}},
             Json::array());
  CHECK(wish.labels.size() == 1);
  CHECK(wish.taints == Json::array({Taint("c")}));
  CHECK_THAT(wish.refused, Catch::Contains("spec.labels[kubernetes.io/os]") &&
                               Catch::Contains("spec.taints[node.kubernetes.io/unschedulable]"));
}

TEST_CASE_METHOD(Registrar, "what somebody else changed of ours is set right", "[node]") {
  Edit({{"labels", {{"example.com/floor", "ground"}}}});
  executor.Advance(std::chrono::seconds(30));
  ChangeNode({{"metadata", {{"labels", {{"example.com/floor", "roof"}}}}}});
  CHECK(Node()["metadata"]["labels"]["example.com/floor"] == "ground");
}

TEST_CASE_METHOD(Registrar, "nobody is fought with faster than every ten seconds", "[node]") {
  Edit({{"labels", {{"example.com/floor", "ground"}}}});
  executor.Advance(std::chrono::seconds(30));
  const std::size_t before = Calls("patch");
  for (int i = 0; i < 60; ++i) {
    ChangeNode({{"metadata", {{"labels", {{"example.com/floor", std::to_string(i)}}}}}});
  }
  CHECK(Calls("patch") - before <= 7);
  executor.Advance(std::chrono::seconds(15));
  CHECK(Node()["metadata"]["labels"]["example.com/floor"] == "ground");
}

TEST_CASE_METHOD(Registrar, "a Node that changed under the write is read again", "[node]") {
  api.BeforeNext("patch", "nodes", [this] {
    Json node = Node();
    node["spec"]["taints"] = Json::array({Taint("users.own")});
    api.Put(kNodes, node);
  });
  Edit({{"taints", {Taint("example.com/till")}}});
  executor.Advance(std::chrono::seconds(5));
  CHECK(Node()["spec"]["taints"] == Json{Taint("users.own"), Taint("example.com/till")});
}

TEST_CASE_METHOD(Registrar, "an API that fails for a while is asked again ever more seldom",
                 "[node]") {
  api.FailNext("get", "nodes", Unavailable("the API server is away"), 1000);
  const std::size_t before = Calls("get");
  Edit({{"labels", {{"example.com/floor", "ground"}}}});
  executor.Advance(std::chrono::minutes(60));
  CHECK(Calls("get") - before < 40);
  CHECK(Registered()["status"] == "True");
  api.FailNext("get", "nodes", Unavailable("unused"), 0);
}

TEST_CASE_METHOD(Registrar, "a write that the API refuses is said in the condition Registered",
                 "[node]") {
  Heartbeat();
  api.FailNext("patch", "nodes", InvalidArgument("metadata.labels: Invalid value: \"no good\""));
  Edit({{"labels", {{"example.com/floor", "no good"}}}});
  CHECK(Registered()["status"] == "False");
  CHECK(Registered()["reason"] == "NodeNotAsWanted");
  CHECK(Registered()["observedGeneration"] == generation);
  CHECK_THAT(Registered()["message"].get<std::string>(), Catch::Contains("no good"));
  Heartbeat();  // the node is served all the same
  CHECK(Condition("Connected") == "True");
  executor.Advance(std::chrono::minutes(6));
  CHECK(Registered()["status"] == "True");
}

TEST_CASE_METHOD(Registrar, "the condition Registered answers for the generation acted upon",
                 "[node]") {
  api.FailNext("get", "nodes", Unavailable("slow"));
  Edit({{"labels", {{"example.com/floor", "ground"}}}});
  executor.Advance(std::chrono::seconds(2));
  CHECK(Registered()["observedGeneration"] == generation);
  CHECK(api.Peek(kEdgeNodes, "", "n1")["status"]["nodeName"] == "n1");
}

TEST_CASE_METHOD(Registrar, "a Node that is deleted comes back and its pods go by evidence alone",
                 "[node]") {
  Heartbeat();
  const std::string uid = api.Put(kPods, MakePod("till", "n1"))["metadata"]["uid"];
  executor.Advance(std::chrono::seconds(1));
  AckAllPuts();
  const Json old = Node();
  api.Erase(kNodes, "", "n1");
  executor.Advance(std::chrono::seconds(1));
  CHECK(Node().is_object());
  CHECK(Node()["metadata"]["uid"] != old["metadata"]["uid"]);
  CHECK_FALSE(RemovedUids().contains(uid));
  api.Erase(kPods, "shop", "till");  // the garbage collector of pods
  executor.Advance(std::chrono::seconds(1));
  CHECK(RemovedUids().contains(uid));
}

TEST_CASE_METHOD(Registrar, "a Node that went while nobody watched comes back too", "[node]") {
  api.EraseUnseen(kNodes, "", "n1");
  api.Relist(kNodes);
  executor.Advance(std::chrono::seconds(1));
  CHECK(Node().is_object());
}

TEST_CASE_METHOD(Registrar, "a hub that starts writes nothing about a Node that is as it should be",
                 "[node]") {
  const Json before = Node();
  const std::size_t calls = api.calls().size();
  Fleet second({"hub-2", {"cluster-1", "retail", "0.1.0"}}, api, transport, executor, random,
               [](const std::string&, const std::string&, const auto&) {});
  second.Start();
  executor.Advance(std::chrono::seconds(5));
  CHECK(Node() == before);
  for (std::size_t i = calls; i < api.calls().size(); ++i) {
    CHECK(api.calls()[i].what != "nodes/n1");
    CHECK(api.calls()[i].what != "edgenodes/n1");
  }
}

TEST_CASE_METHOD(Registrar, "an EdgeNode of another cluster leaves the Node as it is", "[node]") {
  Edit({{"clusterName", "other"}});
  CHECK(Registered()["status"] == "False");
  CHECK_THAT(Registered()["message"].get<std::string>(), Catch::Contains("correct the EdgeNode"));
  const std::size_t patches = Calls("patch");
  Edit({{"clusterName", "other"}, {"labels", {{"a", "b"}}}});
  CHECK(Calls("patch") == patches);
  Edit({{"clusterName", "retail"}});
  CHECK(Registered()["status"] == "True");
}

}  // namespace
}  // namespace edge::cloudhub
