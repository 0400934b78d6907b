#include <catch2/catch.hpp>

#include "link/enrol_client.h"
#include "link/topics.h"
#include "tests/integration/link/peers.h"

namespace edge::link::testing {
namespace {

MqttTls Anonymous(World& world) { return {world.broker.ca().ca_file(), {}, {}}; }

}  // namespace

TEST_CASE("a terminal without a certificate asks for one and reads its answer", "[link]") {
  World world;
  TestHub hub(world);
  RunUntil(*world.loop, "the hub connected", [&] { return hub.connected == 1; });
  EnrolClientOptions options;
  options.broker_urls = {world.broker.enrol_url()};
  options.ca_file = world.broker.ca().ca_file();
  options.client_id = "edge-abcdefgh";
  std::vector<std::string> replies;
  EnrolClient client(*world.loop, world.random, world.factory, options, "request",
                     {[&](std::string reply) {
                        replies.push_back(std::move(reply));
                        return true;
                      },
                      [](const Status& why) { UNSCOPED_INFO(why.ToString()); }});
  client.Start();
  RunUntil(*world.loop, "the reply", [&] { return !replies.empty(); });
  CHECK(replies[0] == "reply to request");
}

TEST_CASE("the enrolment listener lets nobody do anything else", "[link]") {
  World world;
  RawClient hub(world, world.broker.hub_url(), "edge-hub", world.broker.HubTls());
  RawClient anyone(world, world.broker.enrol_url(), "edge-anyone", Anonymous(world));
  RawClient other(world, world.broker.enrol_url(), "edge-other", Anonymous(world));
  REQUIRE(hub.Connect().ok());
  REQUIRE(hub.Subscribe("#").ok());
  REQUIRE(anyone.Connect().ok());
  REQUIRE(other.Connect().ok());
  CHECK(anyone.Subscribe("#").ok());
  CHECK(anyone.Subscribe("$SYS/#").ok());
  const auto denied = [&](const std::string& topic) {
    return anyone.Publish(topic, "x").code() == Code::kPermissionDenied;
  };
  CHECK(denied(NodeTopic("retail-edge", "till-a", Direction::kUp, Class::kStatus)));
  CHECK(denied(NodeTopic("retail-edge", "till-a", Direction::kDown, Class::kDesired)));
  CHECK(denied(EnrolTopic("edge-other", Direction::kUp)));
  CHECK(denied(EnrolTopic("edge-other", Direction::kDown)));
  CHECK(denied(EnrolTopic("edge-anyone", Direction::kDown)));
  CHECK(anyone.Publish(EnrolTopic("edge-anyone", Direction::kUp), "mine").ok());
  CHECK(hub.Publish(EnrolTopic("edge-other", Direction::kDown), "for other").ok());
  CHECK(hub.Publish(NodeTopic("retail-edge", "a", Direction::kDown, Class::kDesired), "x").ok());
  RunUntil(*world.loop, "the request", [&] { return !hub.messages.empty(); });
  RunFor(*world.loop, std::chrono::milliseconds(200));
  CHECK(hub.messages.size() == 1);
  CHECK(anyone.messages.empty());
}

TEST_CASE("nobody takes a session over through the enrolment listener", "[link]") {
  World world;
  RawClient node(world, world.broker.node_url(), "edge-b", world.broker.NodeTls("till-b"));
  RawClient hub(world, world.broker.hub_url(), "edge-hub", world.broker.HubTls());
  REQUIRE(node.Connect().ok());
  REQUIRE(hub.Connect().ok());
  for (const char* id : {"system:node:till-b", "edge:hub", "edge:hub:a"}) {
    RawClient thief(world, world.broker.enrol_url(), id, Anonymous(world));
    CHECK(thief.Connect().code() == Code::kPermissionDenied);
  }
  RawClient same(world, world.broker.enrol_url(), "edge-b", Anonymous(world));
  CHECK(same.Connect().ok());
  RunFor(*world.loop, std::chrono::milliseconds(200));
  CHECK(node.lost.empty());
  CHECK(hub.lost.empty());
}

}  // namespace edge::link::testing
