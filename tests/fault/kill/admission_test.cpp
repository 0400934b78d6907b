#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "cloudhub/core/resources.h"
#include "common/log.h"
#include "tests/fault/kill/kill_world.h"

// Whether a pod may run is decided once. What was decided outlives every process of the agent, and
// what ran once is never turned away, whatever became of the node.

namespace edge::kill {
namespace {

constexpr const char* kNode = "till-1";

Json PodAsking(const std::string& name, const char* cpu, int host_port, const char* zone) {
  Json container = {{"name", name}, {"image", "app:1"}};
  container["resources"]["requests"]["cpu"] = cpu;
  container["ports"] = {{{"containerPort", 80}, {"hostPort", host_port}}};
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata", {{"name", name}, {"namespace", "shop"}}},
          {"spec",
           {{"nodeName", kNode},
            {"nodeSelector", {{"zone", zone}}},
            {"containers", Json::array({container})}}}};
}

class Shop {
 public:
  Shop() {
    SetLogLevel(LogLevel::kError);
    world.StartAgent();
    REQUIRE(world.Await([&] { return world.NodeDisagreement(); }) == "");
    LabelNode("shop");
  }
  void LabelNode(const char* zone) {
    Json node = world.api().Peek(cloudhub::kNodes, "", kNode);
    node["metadata"]["labels"]["zone"] = zone;
    world.api().Put(cloudhub::kNodes, node);
  }
  void Add(const Json& pod) { world.api().Put(cloudhub::kPods, pod); }
  Json StatusOf(const std::string& name) {
    return world.api().Peek(cloudhub::kPods, "shop", name)["status"];
  }
  /// Empty once the API says so, and still says so a heartbeat later.
  std::string Await(const std::string& name, const std::string& phase, const std::string& reason) {
    return world.Await([=, this]() -> std::string {
      const Json pod = world.api().Peek(cloudhub::kPods, "shop", name);
      const bool agrees = FindString(pod, {"status", "phase"}) == phase &&
                          FindString(pod, {"status", "reason"}) == reason;
      if (!agrees) return name + ": " + pod.dump();
      if (world.RunningId(name).empty() == (phase == "Running")) return name + " is not " + phase;
      return {};
    });
  }
  std::ptrdiff_t Events(const std::string& name) {
    const auto& calls = world.api().calls();
    return std::count_if(calls.begin(), calls.end(), [&](const auto& call) {
      return call.verb == "create" && call.what.starts_with("events/shop/" + name);
    });
  }

  KillWorld world;
};

}  // namespace

TEST_CASE("a pod that ran is kept by a node that has become too small for it", "[kill]") {
  Shop shop;
  shop.Add(PodAsking("big", "1500m", 8080, "shop"));
  REQUIRE(shop.Await("big", "Running", "") == "");
  const std::string id = shop.world.RunningId("big");
  shop.world.SetCpu(500);
  shop.LabelNode("moon");
  SECTION("through an agent's death") {
    shop.world.KillAgent();
    CHECK(shop.Await("big", "Running", "") == "");
    CHECK(shop.world.RunningId("big") == id);
  }
  SECTION("through an agent's death and the loss of what it knew") {
    shop.world.KillAgent();
    shop.world.disk().facts.clear();
    CHECK(shop.Await("big", "Running", "") == "");
    CHECK(shop.world.RunningId("big") == id);
  }
  SECTION("through a power cut") {
    shop.world.CutPower();
    CHECK(shop.Await("big", "Running", "") == "");
  }
}

TEST_CASE("a pod that does not fit is rejected once and stays so", "[kill]") {
  Shop shop;
  shop.Add(PodAsking("big", "1500m", 8080, "shop"));
  REQUIRE(shop.Await("big", "Running", "") == "");
  shop.Add(PodAsking("late", "501m", 8081, "shop"));
  REQUIRE(shop.Await("late", "Failed", "OutOfcpu") == "");
  CHECK(shop.StatusOf("late")["message"] ==
        "Pod was rejected: Node didn't have enough resource: cpu, requested: 501, used: 1500, "
        "capacity: 2000");
  CHECK_FALSE(shop.StatusOf("late").contains("containerStatuses"));
  const auto events = shop.Events("late");
  CHECK(events == 1);
  shop.world.SetCpu(8000);
  shop.world.CutPower();
  CHECK(shop.Await("big", "Running", "") == "");
  CHECK(shop.Await("late", "Failed", "OutOfcpu") == "");
  CHECK(shop.Events("late") == events);
}

TEST_CASE("a port of the node is free again when the pod that held it goes", "[kill]") {
  Shop shop;
  shop.Add(PodAsking("first", "100m", 8080, "shop"));
  REQUIRE(shop.Await("first", "Running", "") == "");
  shop.Add(PodAsking("second", "100m", 8080, "shop"));
  REQUIRE(shop.Await("second", "Failed", "NodePorts") == "");
  Json pod = shop.world.api().Peek(cloudhub::kPods, "shop", "first");
  pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  pod["metadata"]["deletionGracePeriodSeconds"] = 30;
  shop.Add(pod);
  shop.Add(PodAsking("third", "100m", 8080, "shop"));
  CHECK(shop.Await("third", "Running", "") == "");
}

TEST_CASE("labels that come just after the pod that selects them are waited for", "[kill]") {
  Shop shop;
  shop.Add(PodAsking("early", "100m", 8080, "window"));
  shop.LabelNode("window");
  CHECK(shop.Await("early", "Running", "") == "");
  shop.Add(PodAsking("lost", "100m", 8081, "moon"));
  CHECK(shop.Await("lost", "Failed", "NodeAffinity") == "");
}

}  // namespace edge::kill
