#include <catch2/catch.hpp>
#include <map>
#include <optional>

#include "cloudhub/standalone/node_lifecycle.h"
#include "cloudhub/standalone/pod_binder.h"
#include "cloudhub/standalone/scheduling.h"
#include "tests/unit/cloudhub_embedded/fixture.h"

namespace edge::cloudhub::standalone {
namespace {

using embedded::Api;

Json Node(const std::string& name) {
  return {{"metadata", {{"name", name}, {"labels", {{"zone", name}}}}},
          {"status",
           {{"allocatable", {{"cpu", "2"}, {"memory", "1Gi"}, {"pods", "10"}}},
            {"conditions", {{{"type", "Ready"}, {"status", "True"}}}}}}};
}

Json Conditions(const Json& object) { return object["status"]["conditions"]; }

std::string StatusOf(const Json& object, const std::string& type) {
  for (const Json& condition : Conditions(object)) {
    if (condition["type"] == type) return condition["status"];
  }
  return "";
}

TEST_CASE("standalone gives no tokens and says what to do", "[standalone]") {
  Api api;
  std::optional<Result<Json>> answer;
  api.kube.CreateSub({"n1"}, {"", "v1", "serviceaccounts"}, "default", "default", "token",
                     Json::object(), [&](Result<Json> made) { answer = std::move(made); });
  api.executor.RunReady();
  REQUIRE(answer.has_value());
  CHECK(answer->status().code() == Code::kUnimplemented);
  CHECK(answer->status().message().find("serviceaccounts/token") != std::string::npos);
  CHECK(answer->status().next_step().find("serviceAccountToken source") != std::string::npos);
}

TEST_CASE("a pod goes to the ready node that its selector fits", "[standalone]") {
  Api api;
  PodBinder binder(api.kube, api.executor);
  binder.Start();
  REQUIRE(api.Create("nodes", Node("n1")).code == 201);
  REQUIRE(api.Create("nodes", Node("n2")).code == 201);
  REQUIRE(api.Create("pods", {{"metadata", {{"name", "web"}}},
                              {"spec",
                               {{"nodeSelector", {{"zone", "n2"}}},
                                {"containers", {{{"name", "c"}, {"image", "web:1"}}}}}}})
              .code == 201);
  api.executor.RunReady();
  const Json pod = api.registry.Get(api.At("pods", "web")).body;
  CHECK(FindString(pod, {"spec", "nodeName"}) == "n2");
  CHECK(StatusOf(pod, "PodScheduled") == "True");
}

TEST_CASE("a pod that fits nowhere says why and is bound once a node comes", "[standalone]") {
  Api api;
  PodBinder binder(api.kube, api.executor);
  binder.Start();
  Json sick = Node("n1");
  sick["status"]["conditions"][0]["status"] = "False";
  REQUIRE(api.Create("nodes", sick).code == 201);
  api.MakePod("web");
  api.executor.RunReady();
  const Json waiting = api.registry.Get(api.At("pods", "web")).body;
  CHECK(StatusOf(waiting, "PodScheduled") == "False");
  CHECK(Conditions(waiting)[0]["message"] == "0/1 nodes are available: 1 node(s) were not ready.");
  const auto events = api.store->List("events", "default", {}, 0);
  REQUIRE(events.size() == 1);
  CHECK(events[0].second->bytes.find("FailedScheduling") != std::string::npos);
  REQUIRE(api.Create("nodes", Node("n2")).code == 201);
  api.executor.RunReady();
  CHECK(FindString(api.registry.Get(api.At("pods", "web")).body, {"spec", "nodeName"}) == "n2");
}

TEST_CASE("room is counted by requests and pods", "[standalone]") {
  const auto pod = [](const std::string& cpu) {
    return Json{{"spec", {{"containers", {{{"resources", {{"requests", {{"cpu", cpu}}}}}}}}}}};
  };
  const Json node = Node("n1");
  const Json held = pod("1500m");
  CHECK_FALSE(WhyNot(pod("500m"), node, {&held}).has_value());
  CHECK(WhyNot(pod("600m"), node, {&held}) == "Insufficient cpu");
  CHECK(WhyNot(pod("1m"), node, std::vector<const Json*>(10, &node)) == "Too many pods");
  Json cordoned = node;
  cordoned["spec"]["unschedulable"] = true;
  CHECK(WhyNot(pod("1m"), cordoned, {}) == "node(s) were unschedulable");
}

TEST_CASE("the taint of a cordon is worded as the cordon itself", "[standalone]") {
  const Json pod = {{"spec", Json::object()}};
  Json node = Node("n1");
  node["spec"]["taints"] = {
      {{"key", "node.kubernetes.io/unschedulable"}, {"effect", "NoSchedule"}}};
  CHECK(WhyNot(pod, node, {}) == "node(s) were unschedulable");
  node["spec"]["taints"][0]["key"] = "shop.example/x";
  CHECK(WhyNot(pod, node, {}) == "node(s) had untolerated taint {shop.example/x: }");
}

TEST_CASE("reasons that take turns are counted in one Event each", "[standalone]") {
  Api api;
  PodBinder binder(api.kube, api.executor);
  NodeLifecycle lifecycle(api.kube, api.executor);
  binder.Start();
  lifecycle.Start();
  REQUIRE(api.Create("nodes", Node("n1")).code == 201);
  const auto patch_node = [&](const Json& patch) {
    api.executor.Advance(std::chrono::seconds(1));
    REQUIRE(api.registry.Patch(api.At("nodes", "n1"), PatchType::kMerge, patch, {}).ok());
    api.executor.RunReady();
  };
  const Json cordon = {{"spec", {{"unschedulable", true}}}};
  patch_node(cordon);
  api.MakePod("web");
  api.executor.RunReady();
  for (int i = 0; i < 3; ++i) {
    patch_node({{"spec",
                 {{"unschedulable", nullptr},
                  {"taints", {{{"key", "shop.example/x"}, {"effect", "NoSchedule"}}}}}}});
    patch_node(cordon);
  }
  std::map<std::string, std::int64_t> counts;
  for (const auto& [key, stored] : api.store->List("events", "default", {}, 0)) {
    const Json event = Json::parse(stored->bytes);
    REQUIRE(counts.emplace(event["message"], FindInt(event, {"count"})).second);
  }
  INFO(Json(counts).dump(2));
  CHECK(counts == std::map<std::string, std::int64_t>{
                      {"0/1 nodes are available: 1 node(s) were unschedulable.", 4},
                      {"0/1 nodes are available: 1 node(s) had untolerated taint "
                       "{shop.example/x: }.",
                       3}});
}

TEST_CASE("a reason that comes back after its Event has gone makes a new one", "[standalone]") {
  Api api;
  PodBinder binder(api.kube, api.executor);
  binder.Start();
  Json sick = Node("n1");
  sick["status"]["conditions"][0]["status"] = "False";
  REQUIRE(api.Create("nodes", sick).code == 201);
  api.MakePod("web");
  api.executor.RunReady();
  const auto events = api.store->List("events", "default", {}, 0);
  REQUIRE(events.size() == 1);
  REQUIRE(api.registry.Delete(api.At("events", events[0].first.name), {}).ok());
  for (const Json& on : {Json(true), Json(nullptr)}) {
    const Json cordon = {{"spec", {{"unschedulable", on}}}};
    api.executor.Advance(std::chrono::seconds(1));
    REQUIRE(api.registry.Patch(api.At("nodes", "n1"), PatchType::kMerge, cordon, {}).ok());
    api.executor.RunReady();
  }
  CHECK(api.store->List("events", "default", {}, 0).size() == 2);
}

Json Lease(int second) {
  const WallTime time = *ParseTime("2026-01-01T00:00:00Z") + std::chrono::seconds(second);
  return {{"metadata", {{"name", "n1"}}}, {"spec", {{"renewTime", FormatMicroTime(time)}}}};
}

TEST_CASE("a silent node becomes unknown and tainted and its pods unready", "[standalone]") {
  Api api;
  NodeLifecycle lifecycle(api.kube, api.executor);
  lifecycle.Start();
  REQUIRE(api.Create("nodes", Node("n1")).code == 201);
  api.MakePod("web", "n1");
  const Json ready = {{"status", {{"conditions", {{{"type", "Ready"}, {"status", "True"}}}}}}};
  REQUIRE(api.registry.Patch(api.At("pods", "web", "status"), PatchType::kMerge, ready, {}).ok());
  api.ns = "kube-node-lease";
  REQUIRE(api.Create("leases", Lease(0)).code == 201);
  for (int s = 40; s <= 120; s += 40) {
    api.executor.Advance(std::chrono::seconds(40));
    REQUIRE(api.registry.Patch(api.At("leases", "n1"), PatchType::kMerge, Lease(s), {}).ok());
    api.executor.RunReady();
  }
  CHECK(StatusOf(api.registry.Get(api.At("nodes", "n1")).body, "Ready") == "True");
  api.executor.Advance(std::chrono::seconds(60));
  const Json silent = api.registry.Get(api.At("nodes", "n1")).body;
  CHECK(StatusOf(silent, "Ready") == "Unknown");
  REQUIRE(silent["spec"]["taints"].size() == 2);
  CHECK(silent["spec"]["taints"][0]["key"] == "node.kubernetes.io/unreachable");
  api.ns = "default";
  CHECK(StatusOf(api.registry.Get(api.At("pods", "web")).body, "Ready") == "False");
  CHECK(api.Exists("pods", "web"));
  REQUIRE(api.registry.Patch(api.At("nodes", "n1", "status"), PatchType::kStrategicMerge, ready, {})
              .ok());
  api.executor.RunReady();
  CHECK_FALSE(api.registry.Get(api.At("nodes", "n1")).body["spec"].contains("taints"));
}

}  // namespace
}  // namespace edge::cloudhub::standalone
