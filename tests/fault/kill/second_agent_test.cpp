#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "cloudhub/core/resources.h"
#include "common/log.h"
#include "tests/fault/kill/kill_world.h"

namespace edge::kill {
namespace {

std::vector<Json> NodeEvents(KillWorld& world, const std::string& reason) {
  const std::string place = "events/default/";
  std::vector<Json> events;
  for (const auto& call : world.api().calls()) {
    if (call.verb != "create" || !call.what.starts_with(place)) continue;
    Json event = world.api().Peek(cloudhub::kEvents, "default", call.what.substr(place.size()));
    if (event["reason"] == reason) events.push_back(std::move(event));
  }
  return events;
}

}  // namespace

TEST_CASE("a second node agent on the runtime is reported at start", "[kill]") {
  SetLogLevel(LogLevel::kError);
  KillWorld world;
  world.AddForeignPod("kube-system/proxy");
  world.StartAgent();
  const auto told = [&] {
    return NodeEvents(world, "ForeignPods").empty() ? "no Event" : world.NodeDisagreement();
  };
  REQUIRE(world.Await(told) == "");
  const std::vector<Json> events = NodeEvents(world, "ForeignPods");
  REQUIRE(events.size() == 1);
  CHECK(events[0]["involvedObject"]["kind"] == "Node");
  CHECK(events[0]["involvedObject"]["name"] == "till-1");
  CHECK(events[0]["type"] == "Warning");
  CHECK_THAT(events[0]["message"].get<std::string>(), Catch::Contains("kube-system/proxy"));
}

TEST_CASE("a runtime without a second agent is not spoken of", "[kill]") {
  SetLogLevel(LogLevel::kError);
  KillWorld world;
  world.StartAgent();
  REQUIRE(world.Await([&] { return world.NodeDisagreement(); }) == "");
  CHECK(NodeEvents(world, "ForeignPods").empty());
}

}  // namespace edge::kill
