#include <catch2/catch.hpp>

#include "link/topics.h"
#include "tests/integration/link/peers.h"

namespace edge::link::testing {
namespace {

std::string Up(const std::string& node) {
  return NodeTopic("retail-edge", node, Direction::kUp, Class::kStatus);
}
std::string Down(const std::string& node) {
  return NodeTopic("retail-edge", node, Direction::kDown, Class::kDesired);
}

}  // namespace

// Mosquitto lets everybody subscribe and filters what it delivers: so the delivery is tested.
TEST_CASE("a node reads and writes no topic of another node", "[link]") {
  World world;
  RawClient thief(world, world.broker.node_url(), "edge-a", world.broker.NodeTls("till-a"));
  RawClient victim(world, world.broker.node_url(), "edge-b", world.broker.NodeTls("till-b"));
  RawClient hub(world, world.broker.hub_url(), "edge-hub", world.broker.HubTls());
  REQUIRE(thief.Connect().ok());
  REQUIRE(victim.Connect().ok());
  REQUIRE(hub.Connect().ok());
  for (const char* filter : {"#", "e1/#", "e1/retail-edge/+/+/dn/#", "e1/retail-edge/+/+/up/#"}) {
    CHECK(thief.Subscribe(filter).ok());
  }
  REQUIRE(victim.Subscribe(NodeDownFilter("retail-edge", "till-b")).ok());
  REQUIRE(hub.Subscribe("e1/retail-edge/+/+/up/#").ok());
  CHECK(thief.Publish(Up("till-b"), "forged").code() == Code::kPermissionDenied);
  CHECK(thief.Publish(Down("till-b"), "forged").code() == Code::kPermissionDenied);
  CHECK(victim.Publish(Up("till-b"), "mine").ok());
  CHECK(hub.Publish(Down("till-b"), "for b").ok());
  CHECK(hub.Publish(Down("till-a"), "for a").ok());
  RunUntil(*world.loop, "what is meant for each", [&] {
    return !thief.messages.empty() && !victim.messages.empty() && !hub.messages.empty();
  });
  RunFor(*world.loop, std::chrono::milliseconds(200));
  for (const MqttMessage& message : thief.messages) CHECK(message.payload == "for a");
  REQUIRE(victim.messages.size() == 1);
  CHECK(victim.messages[0].payload == "for b");
  REQUIRE(hub.messages.size() == 1);
  CHECK(hub.messages[0].payload == "mine");
}

TEST_CASE("a node cannot take another node's client id or a hub's", "[link]") {
  World world;
  RawClient victim(world, world.broker.node_url(), "edge-b", world.broker.NodeTls("till-b"));
  RawClient hub(world, world.broker.hub_url(), "edge-hub", world.broker.HubTls());
  REQUIRE(victim.Connect().ok());
  REQUIRE(hub.Connect().ok());
  const std::string node_url = world.broker.node_url();
  const std::string hub_url = world.broker.hub_url();
  const std::vector<std::pair<std::string, std::string>> tries = {{node_url, "edge-b"},
                                                                  {node_url, "system:node:till-b"},
                                                                  {hub_url, "edge-b"},
                                                                  {hub_url, "edge-hub"},
                                                                  {hub_url, "edge:hub"}};
  for (const auto& [url, id] : tries) {
    RawClient thief(world, url, id, world.broker.NodeTls("till-a"));
    const Status connected = thief.Connect();
    INFO(id << " at " << url << ": " << connected.ToString());
    // It is let in as itself, or not at all.
    CHECK((connected.ok() || connected.code() == Code::kPermissionDenied));
  }
  RunFor(*world.loop, std::chrono::milliseconds(200));
  CHECK(victim.lost.empty());
  CHECK(hub.lost.empty());
}

TEST_CASE("a node can do nothing on the hubs' listener", "[link]") {
  World world;
  RawClient hub(world, world.broker.hub_url(), "edge-hub", world.broker.HubTls());
  REQUIRE(hub.Connect().ok());
  REQUIRE(hub.Subscribe("e1/retail-edge/+/+/up/#").ok());
  RawClient node(world, world.broker.hub_url(), "edge-a", world.broker.NodeTls("till-a"));
  REQUIRE(node.Connect().ok());
  CHECK(node.Subscribe("#").ok());
  CHECK(node.Publish(Up("till-a"), "x").code() == Code::kPermissionDenied);
  CHECK(node.Publish(Down("till-a"), "x").code() == Code::kPermissionDenied);
  CHECK(hub.Publish(Down("till-a"), "for a").ok());
  RunFor(*world.loop, std::chrono::milliseconds(200));
  CHECK(node.messages.empty());
  CHECK(hub.messages.empty());
}

}  // namespace edge::link::testing
