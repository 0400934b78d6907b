#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "link/ports/mqtt_client.h"

namespace edge::link::testing {

/// A broker and the means to run what is posted; one per implementation of the port.
class MqttWorld {
 public:
  virtual ~MqttWorld() = default;
  virtual MqttClientFactory Factory() = 0;
  /// Options with which "system:node:<node>" connects.
  virtual MqttOptions NodeOptions(const std::string& node) = 0;
  /// Options with which the hub connects, who may write to every node.
  virtual MqttOptions HubOptions() = 0;
  /// Runs until the condition holds, or fails the test.
  virtual void Until(const std::string& what, const std::function<bool()>& condition) = 0;
  /// Runs for long enough that what was under way has come.
  virtual void Settle() = 0;
  virtual void BreakConnections() = 0;
};

std::unique_ptr<MqttWorld> MakeWorld();

/// A client, and what it was told.
struct Peer {
  Peer(MqttWorld& in, MqttOptions with) : world(in), options(std::move(with)) {
    client = world.Factory()({[this](MqttMessage m) { messages.push_back(std::move(m)); },
                              [this](Status why) { lost.push_back(std::move(why)); }});
  }

  Status Connect() {
    std::vector<Status> answer;
    client->Connect(options, [&](Status s) { answer.push_back(std::move(s)); });
    world.Until("the answer to Connect", [&] { return !answer.empty(); });
    UNSCOPED_INFO("Connect: " << answer.front().ToString());
    return answer.front();
  }
  Status Subscribe(const std::string& filter) {
    std::vector<Status> answer;
    client->Subscribe({{filter, 1}}, [&](Status s) { answer.push_back(std::move(s)); });
    world.Until("the answer to Subscribe", [&] { return !answer.empty(); });
    return answer.front();
  }
  Status Publish(const std::string& topic, const std::string& payload) {
    std::vector<Status> answer;
    client->Publish({topic, payload, 1}, [&](Status s) { answer.push_back(std::move(s)); });
    world.Until("the answer to Publish", [&] { return !answer.empty(); });
    return answer.front();
  }

  MqttWorld& world;
  MqttOptions options;
  std::unique_ptr<MqttClient> client;
  std::vector<MqttMessage> messages;
  std::vector<Status> lost;
};

inline constexpr char kDown[] = "e1/retail-edge/aa/system:node:a/dn/desired";
inline constexpr char kUp[] = "e1/retail-edge/aa/system:node:a/up/status";

}  // namespace edge::link::testing

// The sentences themselves: compiled once for each implementation.

namespace edge::link::testing {

TEST_CASE("a client connects", "[mqtt]") {
  const auto world = MakeWorld();
  Peer node(*world, world->NodeOptions("a"));
  CHECK(node.Connect().ok());
}

TEST_CASE("what is published at QoS 1 arrives in order at who subscribed", "[mqtt]") {
  const auto world = MakeWorld();
  Peer node(*world, world->NodeOptions("a"));
  Peer hub(*world, world->HubOptions());
  REQUIRE(node.Connect().ok());
  REQUIRE(hub.Connect().ok());
  REQUIRE(node.Subscribe("e1/retail-edge/aa/system:node:a/dn/#").ok());
  int taken = 0;
  for (int i = 0; i < 100; ++i) {
    hub.client->Publish({kDown, std::to_string(i), 1}, [&](const Status& s) { taken += s.ok(); });
  }
  world->Until("100 acknowledged and 100 delivered",
               [&] { return taken == 100 && node.messages.size() == 100; });
  for (std::size_t i = 0; i < 100; ++i) CHECK(node.messages[i].payload == std::to_string(i));
  CHECK(node.messages[0].topic == kDown);
}

TEST_CASE("a payload of zeros and of 60 KiB arrives unchanged", "[mqtt]") {
  const auto world = MakeWorld();
  Peer node(*world, world->NodeOptions("a"));
  Peer hub(*world, world->HubOptions());
  REQUIRE(node.Connect().ok());
  REQUIRE(hub.Connect().ok());
  REQUIRE(hub.Subscribe("e1/retail-edge/+/+/up/#").ok());
  const std::string payload = std::string(30 * 1024, '\0') + std::string(30 * 1024, '\xff');
  REQUIRE(node.Publish(kUp, payload).ok());
  world->Until("the message", [&] { return !hub.messages.empty(); });
  CHECK(hub.messages[0].payload == payload);
}

TEST_CASE("nothing is kept for a client that is away", "[mqtt]") {
  const auto world = MakeWorld();
  auto node = std::make_unique<Peer>(*world, world->NodeOptions("a"));
  REQUIRE(node->Connect().ok());
  REQUIRE(node->Subscribe("e1/retail-edge/aa/system:node:a/dn/#").ok());
  node.reset();
  world->Settle();
  Peer hub(*world, world->HubOptions());
  REQUIRE(hub.Connect().ok());
  REQUIRE(hub.Publish(kDown, "lost").ok());
  node = std::make_unique<Peer>(*world, world->NodeOptions("a"));
  REQUIRE(node->Connect().ok());
  REQUIRE(node->Subscribe("e1/retail-edge/aa/system:node:a/dn/#").ok());
  REQUIRE(hub.Publish(kDown, "live").ok());
  world->Until("the live message", [&] { return !node->messages.empty(); });
  CHECK(node->messages[0].payload == "live");
}

TEST_CASE("a second connection under the same name ends the first one", "[mqtt]") {
  const auto world = MakeWorld();
  Peer first(*world, world->NodeOptions("a"));
  REQUIRE(first.Connect().ok());
  Peer second(*world, world->NodeOptions("a"));
  REQUIRE(second.Connect().ok());
  world->Until("the first to be told", [&] { return !first.lost.empty(); });
  CHECK(first.lost.size() == 1);
  CHECK(second.lost.empty());
}

TEST_CASE("who publishes where the broker does not allow it is told so", "[mqtt]") {
  const auto world = MakeWorld();
  Peer node(*world, world->NodeOptions("a"));
  REQUIRE(node.Connect().ok());
  CHECK(node.Publish("e1/retail-edge/bb/system:node:b/up/status", "x").code() ==
        Code::kPermissionDenied);
  CHECK(node.Publish(kUp, "x").ok());
}

TEST_CASE("a broken connection is told once and what is published then fails", "[mqtt]") {
  const auto world = MakeWorld();
  Peer node(*world, world->NodeOptions("a"));
  REQUIRE(node.Connect().ok());
  world->BreakConnections();
  world->Until("the loss", [&] { return !node.lost.empty(); });
  CHECK(node.Publish(kUp, "x").code() == Code::kUnavailable);
  world->Settle();
  CHECK(node.lost.size() == 1);
}

TEST_CASE("a broker that is not there is named in the error", "[mqtt]") {
  const auto world = MakeWorld();
  MqttOptions options = world->NodeOptions("a");
  options.url = "tls://localhost:1";
  Peer node(*world, options);
  const auto session = node.Connect();
  CHECK(session.code() == Code::kUnavailable);
  CHECK(session.message().find("tls://localhost:1") != std::string::npos);
}

TEST_CASE("a client that is gone calls nobody", "[mqtt]") {
  const auto world = MakeWorld();
  int called = 0;
  auto client =
      world->Factory()({[&](const MqttMessage&) { ++called; }, [&](const Status&) { ++called; }});
  client->Connect(world->NodeOptions("a"), [&](const Status&) { ++called; });
  client.reset();
  world->Settle();
  CHECK(called == 0);
}

}  // namespace edge::link::testing
