#include "link/hub_link.h"

#include <catch2/catch.hpp>
#include <map>

#include "link/enrol_client.h"
#include "link/topics.h"
#include "tests/fakes/fake_mqtt.h"
#include "tests/fakes/manual_executor.h"
#include "tests/unit/link/messages.h"

namespace edge::link::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct HubFixture {
  explicit HubFixture(HubLinkOptions with = {}) : options(std::move(with)) {
    options.broker_urls = {"tls://one:8884"};
    options.cluster_name = "retail-edge";
    options.hub_id = "a";
    options.cluster_uid = kUuidB;
    link = std::make_unique<HubLink>(
        executor, random, broker.Factory(), options,
        HubLink::Handlers{
            [this](const std::string& node, const sync::Header&, sync::UpMessage m) {
              messages[node].push_back(std::move(m));
            },
            [this](const std::string& node, Status why) { bad.emplace_back(node, std::move(why)); },
            [this](const std::string& client, const std::string& request) {
              link->SendEnrolReply(client, "reply to " + request, nullptr);
            },
            [this] { ++connected; }, [this](Status why) { down.push_back(std::move(why)); }});
  }
  void Up() {
    link->Start();
    executor.RunReady();
    REQUIRE(link->connected());
  }
  void FromNode(const std::string& node, const sync::UpMessage& message, const std::string& says) {
    const std::vector<std::string> packets = EncodeUp({kUuidB, says}, {&message, 1}).value();
    for (const std::string& packet : packets) {
      broker.Inject({NodeTopic("retail-edge", node, Direction::kUp, ClassOf(message)), packet, 1});
    }
    executor.RunReady();
  }
  int PublishedTo(const std::string& node) const {
    int count = 0;
    for (const MqttMessage& m : broker.published) {
      count += m.topic.find("/system:node:" + node + "/dn/") != std::string::npos ? 1 : 0;
    }
    return count;
  }

  fakes::ManualExecutor executor;
  SeededRandom random{1};
  fakes::FakeBroker broker{executor};
  HubLinkOptions options;
  int connected = 0;
  std::map<std::string, std::vector<sync::UpMessage>> messages;
  std::vector<std::pair<std::string, Status>> bad;
  std::vector<Status> down;
  std::unique_ptr<HubLink> link;
};

}  // namespace

TEST_CASE("a hub starts clean and hears every node of its cluster", "[link]") {
  HubFixture hub;
  hub.Up();
  hub.FromNode("till-1", sync::Stale{3}, "till-1");
  hub.FromNode("till-2", sync::Heartbeat{}, "till-2");
  CHECK(hub.messages["till-1"].size() == 1);
  CHECK(hub.messages["till-2"].size() == 1);
  CHECK(hub.bad.empty());
}

TEST_CASE("a message that names another node than its topic is dropped and reported", "[link]") {
  HubFixture hub;
  hub.Up();
  hub.FromNode("till-1", sync::Stale{3}, "till-2");
  CHECK(hub.messages.empty());
  REQUIRE(hub.bad.size() == 1);
  CHECK(hub.bad[0].first == "till-1");
  CHECK(hub.bad[0].second.code() == Code::kPermissionDenied);
}

TEST_CASE("only a heartbeat may leave its node to the topic", "[link]") {
  HubFixture hub;
  hub.Up();
  hub.FromNode("till-1", sync::HeartbeatUnchanged{kUuidA, 2, 1}, "");
  hub.FromNode("till-2", sync::Heartbeat{}, "");
  CHECK(hub.messages["till-1"].size() == 1);
  CHECK(hub.messages["till-2"].size() == 1);
  CHECK(hub.bad.empty());
  hub.FromNode("till-1", sync::Stale{3}, "");
  hub.FromNode("till-1", sync::HeartbeatUnchanged{kUuidA, 3, 1}, "till-2");
  CHECK(hub.messages["till-1"].size() == 1);
  REQUIRE(hub.bad.size() == 2);
  CHECK(hub.bad[0].second.code() == Code::kPermissionDenied);
  CHECK(hub.bad[1].second.code() == Code::kPermissionDenied);
}

TEST_CASE("garbage is reported with the node that sent it", "[link]") {
  HubFixture hub;
  hub.Up();
  hub.broker.Inject(
      {NodeTopic("retail-edge", "till-1", Direction::kUp, Class::kStatus), "garbage", 1});
  hub.broker.Inject({NodeTopic("retail-edge", "till-2", Direction::kUp, Class::kStatus),
                     std::string(100 * 1024, 'x'), 1});
  hub.executor.RunReady();
  REQUIRE(hub.bad.size() == 2);
  CHECK(hub.bad[0].first == "till-1");
  CHECK(hub.bad[0].second.code() == Code::kInvalidArgument);
  CHECK(hub.bad[1].first == "till-2");
  CHECK(hub.bad[1].second.code() == Code::kResourceExhausted);
}

TEST_CASE("a burst to one node shares packets and does not hold up another node", "[link]") {
  HubFixture hub;
  hub.Up();
  hub.broker.hold_acks = true;
  int taken = 0;
  for (int i = 0; i < 100; ++i) {
    hub.link->Send("till-1", MakePut("pod-" + std::to_string(i), SeededRandom(9).Bytes(20 * 1024)),
                   [&](const Status& s) { taken += s.ok(); });
  }
  hub.link->Send("till-2", sync::EventAck{1}, [&](const Status& s) { taken += s.ok(); });
  hub.executor.RunReady();
  CHECK(hub.PublishedTo("till-1") == 4);
  CHECK(hub.PublishedTo("till-2") == 1);
  hub.broker.Release();
  hub.executor.RunReady();
  CHECK(taken == 101);
  CHECK(hub.PublishedTo("till-1") < 100);
}

TEST_CASE("what is in flight over all nodes is bounded", "[link]") {
  HubLinkOptions options;
  options.packets_in_flight = 10;
  HubFixture hub(options);
  hub.Up();
  hub.broker.hold_acks = true;
  int taken = 0;
  for (int i = 0; i < 50; ++i) {
    hub.link->Send("till-" + std::to_string(i), sync::EventAck{1},
                   [&](const Status& s) { taken += s.ok(); });
  }
  hub.executor.RunReady();
  CHECK(hub.broker.published.size() == 11);  // and the self-test
  hub.broker.Release();
  hub.executor.RunReady();
  CHECK(taken == 50);
}

TEST_CASE("unfinished messages of all nodes together are bounded", "[link]") {
  HubLinkOptions options;
  options.partial_bytes = 1024 * 1024;
  HubFixture hub(options);
  hub.Up();
  const sync::UpMessage large =
      sync::StatusReport{{{1, MakeEntry("a"), SeededRandom(1).Bytes(300 * 1024)}}};
  for (int i = 0; i < 5; ++i) {
    const std::string node = "till-" + std::to_string(i);
    const auto packets = EncodeUp({kUuidB, node}, {&large, 1}).value();
    hub.broker.Inject(
        {NodeTopic("retail-edge", node, Direction::kUp, Class::kStatus), packets[0], 1});
  }
  hub.executor.RunReady();
  CHECK(hub.bad.size() == 2);
  hub.executor.Advance(std::chrono::minutes(7));  // the others have expired
  hub.FromNode("till-9", large, "till-9");
  CHECK(hub.messages["till-9"].size() == 1);
}

TEST_CASE("a hub finds its own line dead and comes back", "[link]") {
  HubFixture hub;
  hub.Up();
  hub.executor.Advance(seconds(1));
  hub.broker.silent = true;
  hub.executor.Advance(seconds(14) + milliseconds(7600));
  REQUIRE(hub.down.size() == 1);
  hub.broker.silent = false;
  hub.executor.Advance(seconds(2));
  CHECK(hub.link->connected());
  CHECK(hub.connected == 2);
}

TEST_CASE("a forgotten node's messages are failed", "[link]") {
  HubFixture hub;
  hub.Up();
  std::vector<Status> told;
  hub.link->Send("till-1", sync::EventAck{1}, [&](Status s) { told.push_back(std::move(s)); });
  hub.link->Forget("till-1");
  hub.executor.RunReady();
  REQUIRE(told.size() == 1);
  CHECK(told[0].code() == Code::kCancelled);
  CHECK(hub.PublishedTo("till-1") == 0);
}

TEST_CASE("an enrolment request is answered to its sender", "[link]") {
  HubFixture hub;
  hub.Up();
  std::vector<std::string> replies;
  std::vector<Status> failed;
  EnrolClientOptions options;
  options.broker_urls = {"tls://one:8885"};
  options.client_id = "edge-abcdefgh";
  EnrolClient client(hub.executor, hub.random, hub.broker.Factory(), options, "request",
                     {[&](std::string reply) {
                        replies.push_back(std::move(reply));
                        return replies.size() == 2;
                      },
                      [&](Status why) { failed.push_back(std::move(why)); }});
  client.Start();
  hub.executor.RunReady();
  CHECK(replies == std::vector<std::string>{"reply to request"});
  hub.executor.Advance(seconds(11));  // the first was not the one: it asks again
  CHECK(replies.size() == 2);
  CHECK(failed.size() == 1);
  hub.executor.Advance(seconds(60));
  CHECK(replies.size() == 2);
}

}  // namespace edge::link::testing
