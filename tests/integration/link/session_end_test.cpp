#include <catch2/catch.hpp>
#include <optional>
#include <string>

#include "cloudhub/adapters/mqtt/session_ender.h"
#include "common/file.h"
#include "tests/integration/link/peers.h"

namespace edge::link::testing {
namespace {

using cloudhub::SessionEnder;

SessionEnder::Options EndingIn(World& world) {
  SessionEnder::Options options;
  options.broker_urls = {world.broker.hub_url()};
  options.ca_file = world.broker.ca().ca_file();
  options.folder = world.broker.folder() + "/ending";
  options.again = std::chrono::milliseconds(100);
  options.certify = [&world](const std::string& node) -> Result<SessionEnder::Credentials> {
    const MqttTls made = world.broker.ca().Issue("ending-" + node, "system:node:" + node);
    return SessionEnder::Credentials{ReadFile(made.certificate_file, 65536).value(),
                                     ReadFile(made.key_file, 65536).value()};
  };
  return options;
}

Status End(World& world, SessionEnder& ender, const std::string& node) {
  std::optional<Status> ended;
  ender.End(node, [&](const Status& status) { ended = status; });
  RunUntil(*world.loop, "the end of a session", [&] { return ended.has_value(); });
  return *ended;
}

}  // namespace

TEST_CASE("the hub ends the live session of one node and of no other", "[link]") {
  World world;
  RawClient ended(world, world.broker.node_url(), "edge-a", world.broker.NodeTls("till-a"));
  RawClient other(world, world.broker.node_url(), "edge-b", world.broker.NodeTls("till-b"));
  REQUIRE(ended.Connect().ok());
  REQUIRE(other.Connect().ok());
  SessionEnder ender(*world.loop, world.factory, EndingIn(world));
  CHECK(End(world, ender, "till-a").ok());
  CHECK(ended.lost.size() == 1);
  CHECK(other.lost.empty());
  CHECK_FALSE(ReadFile(world.broker.folder() + "/ending/ending-session.key", 65536).ok());
}

TEST_CASE("a node that comes back at once is ended again", "[link]") {
  World world;
  TestNode node(world, "till-a", world.broker.node_url());
  RunUntil(*world.loop, "the node's connection", [&] { return node.connected == 1; });
  SessionEnder::Options options = EndingIn(world);
  options.again = std::chrono::seconds(2);
  SessionEnder ender(*world.loop, world.factory, options);
  CHECK(End(world, ender, "till-a").ok());
  CHECK(node.down.size() >= 2);
}

TEST_CASE("a broker that is away is said to be", "[link]") {
  World world;
  world.broker.Stop();
  SessionEnder ender(*world.loop, world.factory, EndingIn(world));
  CHECK(End(world, ender, "till-a").code() == Code::kUnavailable);
}

}  // namespace edge::link::testing
