#include <catch2/catch.hpp>

#include "link/topics.h"
#include "tests/integration/link/peers.h"
#include "tests/integration/link/proxy.h"

namespace edge::link::testing {
namespace {

sync::DownMessage Put(const std::string& name, std::string json) {
  sync::Put put;
  put.object = {{{sync::Kind::kPod, "shop", name}, "uid-1", {}},
                std::make_shared<const std::string>(std::move(json))};
  return put;
}

void Connect(World& world, TestNode& node, TestHub& hub) {
  RunUntil(*world.loop, "both ends connected", [&] {
    for (const Status& why : node.down) UNSCOPED_INFO("node: " << why.ToString());
    for (const Status& why : hub.down) UNSCOPED_INFO("hub: " << why.ToString());
    return node.connected == 1 && hub.connected == 1;
  });
}

}  // namespace

TEST_CASE("heartbeats and messages go up and down over mutual TLS", "[link]") {
  World world;
  TestHub hub(world);
  TestNode node(world, "till-1", world.broker.node_url());
  Connect(world, node, hub);
  RunUntil(*world.loop, "two heartbeats",
           [&] { return hub.Count<sync::Heartbeat>("till-1") >= 2; });
  hub.link->Send("till-1", Put("a", "{}"), nullptr);
  node.link->Send(sync::Stale{4}, nullptr);
  RunUntil(*world.loop, "a message at each end",
           [&] { return node.messages.size() == 1 && hub.Count<sync::Stale>("till-1") == 1; });
  CHECK(hub.bad.empty());
  CHECK(node.bad.empty());
}

TEST_CASE("a large object is chunked through the broker in both directions", "[link]") {
  World world;
  TestHub hub(world);
  TestNode node(world, "till-1", world.broker.node_url());
  Connect(world, node, hub);
  const std::string large = SeededRandom(1).Bytes(1500 * 1024);
  hub.link->Send("till-1", Put("a", large), nullptr);
  node.link->Send(sync::StatusReport{{{1, {{sync::Kind::kPod, "s", "a"}, "u", {}}, large}}},
                  nullptr);
  RunUntil(*world.loop, "the large message at each end", [&] {
    return node.messages.size() == 1 && hub.Count<sync::StatusReport>("till-1") == 1;
  });
  CHECK(*std::get<sync::Put>(node.messages[0]).object.bytes == large);
  CHECK(node.down.empty());
}

TEST_CASE("a line that died silently is found within one and a half intervals", "[link]") {
  World world;
  Proxy proxy(world.broker.node_port());
  TestNode node(world, "till-1", TestBroker::Url(proxy.port()));
  RunUntil(*world.loop, "the node connected", [&] { return node.connected == 1; });
  RunFor(*world.loop, kInterval * 2);
  proxy.Freeze();
  const BootTime frozen = world.loop->clock().Boot();
  RunUntil(*world.loop, "the loss to be found", [&] { return !node.down.empty(); });
  const Duration took = world.loop->clock().Boot() - frozen;
  CHECK(took <= kInterval * 3 / 2 + std::chrono::milliseconds(150));
  CHECK(node.down[0].code() == Code::kUnavailable);
  proxy.Thaw();
  RunUntil(*world.loop, "the node connected again", [&] { return node.connected == 2; });
}

TEST_CASE("both ends come back after a restart of the broker", "[link]") {
  World world;
  TestHub hub(world);
  TestNode node(world, "till-1", world.broker.node_url());
  Connect(world, node, hub);
  world.broker.Restart();
  RunUntil(*world.loop, "both ends connected again",
           [&] { return node.connected == 2 && hub.connected == 2; });
  const int before = hub.Count<sync::Heartbeat>("till-1");
  RunUntil(*world.loop, "a heartbeat",
           [&] { return hub.Count<sync::Heartbeat>("till-1") > before; });
}

TEST_CASE("a node changes to a new certificate without losing its session", "[link]") {
  World world;
  TestHub hub(world);
  TestNode node(world, "till-1", world.broker.node_url());
  Connect(world, node, hub);
  std::vector<Status> told;
  const TestCa stranger(world.broker.folder(), "stranger");
  MqttTls wrong = stranger.Issue("wrong", "system:node:till-1");
  wrong.ca_file = world.broker.ca().ca_file();
  node.link->UpdateTls(wrong, [&](Status s) { told.push_back(std::move(s)); });
  RunUntil(*world.loop, "the wrong certificate to fail", [&] { return told.size() == 1; });
  INFO(told[0].ToString());
  CHECK(told[0].code() == Code::kUnauthenticated);
  RunUntil(*world.loop, "the old one to work again", [&] { return node.link->connected(); });
  node.link->UpdateTls(world.broker.ca().Issue("renewed", "system:node:till-1"),
                       [&](Status s) { told.push_back(std::move(s)); });
  RunUntil(*world.loop, "the new certificate to work", [&] { return told.size() == 2; });
  CHECK(told[1].ok());
}

TEST_CASE("garbage and oversized packets are named and harm nothing", "[link]") {
  World world;
  TestHub hub(world);
  TestNode node(world, "till-1", world.broker.node_url());
  Connect(world, node, hub);
  RawClient raw(world, world.broker.node_url(), "edge-x", world.broker.NodeTls("till-2"));
  REQUIRE(raw.Connect().ok());
  const std::string topic = NodeTopic("retail-edge", "till-2", Direction::kUp, Class::kStatus);
  CHECK(raw.Publish(topic, "garbage").ok());
  CHECK(raw.Publish(topic, std::string(100 * 1024, 'x')).ok());
  RunUntil(*world.loop, "two reports", [&] { return hub.bad.size() == 2; });
  CHECK(hub.bad[0].first == "till-2");
  CHECK(hub.bad[0].second.code() == Code::kInvalidArgument);
  CHECK(hub.bad[1].second.code() == Code::kResourceExhausted);
  CHECK(hub.link->connected());
}

}  // namespace edge::link::testing
