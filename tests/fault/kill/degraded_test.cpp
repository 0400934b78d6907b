#include <catch2/catch.hpp>
#include <string>

#include "cloudhub/core/resources.h"
#include "common/log.h"
#include "tests/fault/kill/kill_world.h"

namespace edge::kill {
namespace {

/// "REASON: MESSAGE" of the EdgeNode's condition Ready.
std::string ReadyOf(KillWorld& world) {
  const Json edge_node = world.api().Peek(cloudhub::kEdgeNodes, "", "till-1");
  const Json* conditions = Find(edge_node, {"status", "conditions"});
  if (conditions == nullptr) return "no conditions";
  for (const Json& condition : *conditions) {
    if (FindString(condition, {"type"}) != "Ready") continue;
    return FindString(condition, {"reason"}) + ": " + FindString(condition, {"message"});
  }
  return "no condition Ready";
}

std::string IsNot(const std::string& said, const std::string& words) {
  return said.find(words) == std::string::npos ? said : std::string();
}

}  // namespace

TEST_CASE("a full disk is told on the EdgeNode and ends no pod", "[kill]") {
  SetLogLevel(LogLevel::kError);
  KillWorld world;
  world.StartAgent();
  world.CreatePod();
  REQUIRE(world.Await([&] { return world.PodDisagreement(0); }) == "");
  const std::string running = world.RunningId("app");
  REQUIRE_FALSE(running.empty());

  world.store().Fail(ResourceExhausted("store.db: the disk is full"));
  REQUIRE(world.Await(
              [&] { return IsNot(ReadyOf(world), "Degraded: store.db: the disk is full"); }) == "");
  CHECK(world.RunningId("app") == running);

  world.store().Heal();
  REQUIRE(world.Await([&] { return IsNot(ReadyOf(world), "NodeReady: "); }) == "");
  CHECK(world.Await([&] { return world.PodDisagreement(0); }) == "");
  CHECK(world.RunningId("app") == running);
}

}  // namespace edge::kill
