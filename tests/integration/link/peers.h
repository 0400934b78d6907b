#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/random.h"
#include "link/adapters/paho/paho_client.h"
#include "link/hub_link.h"
#include "link/node_link.h"
#include "tests/integration/link/broker.h"

namespace edge::link::testing {

inline constexpr Duration kInterval = std::chrono::milliseconds(400);

/// A loop and Paho on it, and a broker. The broker goes last: it outlives who speaks with it.
struct World {
  explicit World(const TestBroker::Setup& setup = {}) : broker(setup) {}
  TestBroker broker;
  std::unique_ptr<Loop> loop = std::move(Loop::Create()).value();
  SystemRandom random;
  MqttClientFactory factory = MakePahoFactory(*loop).value();
};

/// A node's end with short intervals, and what it was told.
struct TestNode {
  TestNode(World& world, const std::string& name, const std::string& url) {
    NodeLinkOptions options;
    options.broker_urls = {url};
    options.cluster_name = "retail-edge";
    options.node = name;
    options.tls = world.broker.NodeTls(name);
    options.heartbeat_interval = kInterval;
    options.backoff_first = std::chrono::milliseconds(50);
    options.backoff_max = std::chrono::milliseconds(200);
    link = std::make_unique<NodeLink>(
        *world.loop, world.random, world.factory, options,
        NodeLink::Handlers{
            [] { return sync::Heartbeat{}; },
            [this](const sync::Header&, sync::DownMessage m) { messages.push_back(std::move(m)); },
            [this](Status why) { bad.push_back(std::move(why)); }, [this] { ++connected; },
            [this](Status why) { down.push_back(std::move(why)); }});
    link->Start();
  }
  int connected = 0;
  std::vector<sync::DownMessage> messages;
  std::vector<Status> bad, down;
  std::unique_ptr<NodeLink> link;
};

/// A hub's end, and what it was told.
struct TestHub {
  explicit TestHub(World& world) {
    HubLinkOptions options;
    options.broker_urls = {world.broker.hub_url()};
    options.cluster_name = "retail-edge";
    options.hub_id = "a";
    options.tls = world.broker.HubTls();
    options.self_test_interval = kInterval;
    options.backoff_first = std::chrono::milliseconds(50);
    options.backoff_max = std::chrono::milliseconds(200);
    link = std::make_unique<HubLink>(
        *world.loop, world.random, world.factory, options,
        HubLink::Handlers{
            [this](const std::string& node, const sync::Header&, sync::UpMessage m) {
              messages[node].push_back(std::move(m));
            },
            [this](const std::string& node, Status why) { bad.emplace_back(node, std::move(why)); },
            [this](const std::string& client, const std::string& request) {
              link->SendEnrolReply(client, "reply to " + request, nullptr);
            },
            [this] { ++connected; }, [this](Status why) { down.push_back(std::move(why)); }});
    link->Start();
  }
  template <typename Message>
  int Count(const std::string& node) {
    int count = 0;
    for (const auto& m : messages[node]) count += std::holds_alternative<Message>(m) ? 1 : 0;
    return count;
  }
  int connected = 0;
  std::map<std::string, std::vector<sync::UpMessage>> messages;
  std::vector<std::pair<std::string, Status>> bad;
  std::vector<Status> down;
  std::unique_ptr<HubLink> link;
};

/// A bare client, for what the link itself would never do.
struct RawClient {
  RawClient(World& in, const std::string& url, const std::string& id, const MqttTls& tls)
      : world(in) {
    options.url = url;
    options.client_id = id;
    options.tls = tls;
    client = world.factory({[this](MqttMessage m) { messages.push_back(std::move(m)); },
                            [this](Status why) { lost.push_back(std::move(why)); }});
  }
  Status Connect() {
    std::vector<Status> answer;
    client->Connect(options, [&](Status s) { answer.push_back(std::move(s)); });
    RunUntil(*world.loop, "the answer to Connect", [&] { return !answer.empty(); });
    return answer[0];
  }
  Status Subscribe(const std::string& filter) {
    std::vector<Status> answer;
    client->Subscribe({{filter, 1}}, [&](Status s) { answer.push_back(std::move(s)); });
    RunUntil(*world.loop, "the answer to Subscribe", [&] { return !answer.empty(); });
    return answer[0];
  }
  Status Publish(const std::string& topic, const std::string& payload) {
    std::vector<Status> answer;
    client->Publish({topic, payload, 1}, [&](Status s) { answer.push_back(std::move(s)); });
    RunUntil(*world.loop, "the answer to Publish", [&] { return !answer.empty(); });
    return answer[0];
  }
  World& world;
  MqttOptions options;
  std::vector<MqttMessage> messages;
  std::vector<Status> lost;
  std::unique_ptr<MqttClient> client;
};

}  // namespace edge::link::testing
