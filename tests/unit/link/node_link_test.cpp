#include "link/node_link.h"

#include <catch2/catch.hpp>

#include "link/topics.h"
#include "tests/fakes/fake_mqtt.h"
#include "tests/fakes/manual_executor.h"
#include "tests/unit/link/messages.h"

namespace edge::link::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr char kClient[] = "edge-system:node:till-1";

struct NodeFixture {
  explicit NodeFixture(std::vector<std::string> urls = {"tls://one:8883"}) {
    options.broker_urls = std::move(urls);
    options.cluster_name = "retail-edge";
    options.node = "till-1";
    options.cluster_uid = kUuidB;
    options.tls.certificate_file = "old.pem";
    link = std::make_unique<NodeLink>(
        executor, random, broker.Factory(), options,
        NodeLink::Handlers{
            [this] {
              ++heartbeats;
              return beat;
            },
            [this](const sync::Header&, sync::DownMessage m) { messages.push_back(std::move(m)); },
            [this](Status why) { bad.push_back(std::move(why)); }, [this] { ++connected; },
            [this](Status why) { down.push_back(std::move(why)); }});
  }

  void Up() {
    link->Start();
    executor.RunReady();
    REQUIRE(link->connected());
  }
  std::vector<std::string> Published(Class traffic_class) const {
    std::vector<std::string> payloads;
    for (const MqttMessage& m : broker.published) {
      if (m.topic == NodeTopic("retail-edge", "till-1", Direction::kUp, traffic_class)) {
        payloads.push_back(m.payload);
      }
    }
    return payloads;
  }
  void FromHub(const sync::DownMessage& message, const std::string& node = "till-1") {
    const std::string topic =
        NodeTopic("retail-edge", "till-1", Direction::kDown, ClassOf(message));
    const std::vector<std::string> packets = EncodeDown({kUuidB, node}, {&message, 1}).value();
    for (const std::string& packet : packets) {
      broker.Inject({topic, packet, 1});
    }
    executor.RunReady();
  }

  fakes::ManualExecutor executor;
  SeededRandom random{1};
  fakes::FakeBroker broker{executor};
  NodeLinkOptions options;
  sync::UpMessage beat = sync::Heartbeat{};
  int heartbeats = 0, connected = 0;
  std::vector<sync::DownMessage> messages;
  std::vector<Status> bad, down;
  std::unique_ptr<NodeLink> link;
};

sync::UpMessage Report(const std::string& bytes) {
  return sync::StatusReport{{{1, MakeEntry("till"), bytes}}};
}

}  // namespace

TEST_CASE("a node connects with its session kept and sends a heartbeat each interval", "[link]") {
  NodeFixture node;
  node.Up();
  CHECK(node.connected == 1);
  const MqttOptions& asked = node.broker.attempts.at(0);
  CHECK(asked.receive_maximum > 0);
  CHECK(asked.client_id == kClient);
  CHECK(node.Published(Class::kHeartbeat).size() == 1);
  node.executor.Advance(seconds(45));
  CHECK(node.Published(Class::kHeartbeat).size() == 4);
  node.link->SetHeartbeatInterval(seconds(5));
  node.executor.Advance(seconds(10));
  CHECK(node.Published(Class::kHeartbeat).size() == 7);
}

TEST_CASE("a whole heartbeat names its node and a short one leaves that to the topic", "[link]") {
  NodeFixture node;
  node.Up();
  node.beat = sync::HeartbeatUnchanged{kUuidA, 2, 1};
  node.executor.Advance(seconds(15));
  const auto payloads = node.Published(Class::kHeartbeat);
  REQUIRE(payloads.size() == 2);
  const auto header = [&](const std::string& packet) {
    return UpDecoder().Decode(packet, node.executor.clock().Boot()).value().header;
  };
  CHECK(header(payloads[0]).node == "till-1");
  CHECK(header(payloads[1]).node.empty());
  CHECK(header(payloads[1]).cluster_uid == kUuidB);
}

TEST_CASE("a dead line is found within one and a half intervals", "[link]") {
  NodeFixture node;
  node.Up();
  node.executor.Advance(seconds(1));
  node.broker.silent = true;
  node.executor.Advance(seconds(14) + milliseconds(7400));
  CHECK(node.down.empty());
  node.executor.Advance(milliseconds(200));
  REQUIRE(node.down.size() == 1);
  CHECK(node.down[0].code() == Code::kUnavailable);
  node.broker.silent = false;
  node.executor.Advance(seconds(2));
  CHECK(node.link->connected());
}

TEST_CASE("a slow line on which something still comes is not taken for dead", "[link]") {
  NodeFixture node;
  node.Up();
  node.executor.Advance(seconds(14));
  node.broker.hold_acks = true;
  for (int i = 0; i < 6; ++i) {
    node.executor.Advance(seconds(5));
    node.FromHub(sync::EventAck{1});
  }
  CHECK(node.down.empty());
  node.executor.Advance(seconds(8));
  CHECK(node.down.size() == 1);
}

TEST_CASE("each URL is tried in turn with a growing and jittered back-off", "[link]") {
  NodeFixture node({"tls://one:8883", "tls://two:8883"});
  node.broker.refused_urls["tls://one:8883"] = Unavailable("refused");
  node.broker.refused_urls["tls://two:8883"] = Unavailable("refused");
  node.link->Start();
  node.executor.Advance(seconds(600));
  const auto& attempts = node.broker.attempts;
  REQUIRE(attempts.size() > 12);
  CHECK(attempts.size() < 60);
  CHECK(attempts[0].url == "tls://one:8883");
  CHECK(attempts[1].url == "tls://two:8883");
  CHECK(attempts[2].url == "tls://one:8883");
  CHECK(node.down.size() == attempts.size());
  const std::size_t before = attempts.size();
  node.executor.Advance(seconds(61));
  CHECK(node.broker.attempts.size() > before);
  node.broker.refused_urls.erase("tls://two:8883");
  node.executor.Advance(seconds(180));
  CHECK(node.link->connected());
}

TEST_CASE("an attempt that is never answered ends", "[link]") {
  NodeFixture node;
  node.broker.silent = true;
  node.link->Start();
  node.executor.Advance(seconds(41));
  REQUIRE(node.down.size() == 1);
  CHECK(node.down[0].code() == Code::kDeadlineExceeded);
}

TEST_CASE("a message is refused at once while there is no connection", "[link]") {
  NodeFixture node;
  Status told;
  node.link->Send(Report("{}"), [&](Status s) { told = std::move(s); });
  CHECK(told.code() == Code::kUnavailable);
}

TEST_CASE("messages that are sent together share a packet and are each told", "[link]") {
  NodeFixture node;
  node.Up();
  int taken = 0;
  for (int i = 0; i < 100; ++i) {
    node.link->Send(Report("{}"), [&](const Status& s) { taken += s.ok(); });
  }
  node.executor.RunReady();
  CHECK(taken == 100);
  CHECK(node.Published(Class::kStatus).size() == 1);
}

TEST_CASE("few packets of a class are in flight and no class waits for another", "[link]") {
  NodeFixture node;
  node.Up();
  node.broker.hold_acks = true;
  int taken = 0;
  node.link->Send(Report(SeededRandom(3).Bytes(1024 * 1024)),
                  [&](const Status& s) { taken += s.ok(); });
  node.executor.RunReady();
  CHECK(node.Published(Class::kStatus).size() == 3);
  node.link->Send(sync::Ack{}, nullptr);
  node.executor.RunReady();
  CHECK(node.Published(Class::kAck).size() == 1);
  CHECK(taken == 0);
  node.broker.Release();
  node.executor.RunReady();
  CHECK(taken == 1);
  CHECK(node.Published(Class::kStatus).size() > 16);
}

TEST_CASE("what is on its way when the connection goes is failed once", "[link]") {
  NodeFixture node;
  node.Up();
  node.broker.hold_acks = true;
  std::vector<Status> told;
  for (int i = 0; i < 8; ++i) {
    node.link->Send(Report(SeededRandom(3).Bytes(100 * 1024)),
                    [&](Status s) { told.push_back(std::move(s)); });
  }
  node.executor.RunReady();
  CHECK(told.empty());
  node.broker.Cut(kClient);
  node.executor.RunReady();
  REQUIRE(told.size() == 8);
  for (const Status& status : told) CHECK(status.code() == Code::kUnavailable);
  CHECK(node.down.size() == 1);
  node.broker.hold_acks = false;
  node.executor.Advance(seconds(2));
  REQUIRE(node.link->connected());
  node.link->Send(Report("{}"), [&](Status s) { told.push_back(std::move(s)); });
  node.executor.RunReady();
  REQUIRE(told.size() == 9);
  CHECK(told.back().ok());
}

TEST_CASE("a full queue refuses and names its class", "[link]") {
  NodeFixture node;
  node.options.queued_messages = 2;
  NodeLink link(node.executor, node.random, node.broker.Factory(), node.options,
                {[] { return sync::Heartbeat{}; }, [](const auto&, auto) {}, [](auto) {}, [] {},
                 [](auto) {}});
  link.Start();
  node.executor.RunReady();
  std::vector<Status> told;
  for (int i = 0; i < 3; ++i) link.Send(Report("{}"), [&](Status s) { told.push_back(s); });
  REQUIRE(told.size() == 1);
  CHECK(told[0].code() == Code::kResourceExhausted);
  CHECK(told[0].message().find("status") != std::string::npos);
}

TEST_CASE("what the hub sends comes as messages and what is bad is named", "[link]") {
  NodeFixture node;
  node.Up();
  node.FromHub(MakePut("a", SeededRandom(5).Bytes(200 * 1024)));
  REQUIRE(node.messages.size() == 1);
  node.FromHub(MakePut("a", "{}"), "till-2");
  CHECK(node.messages.size() == 1);
  REQUIRE(node.bad.size() == 1);
  CHECK(node.bad[0].code() == Code::kPermissionDenied);
  node.broker.Inject(
      {NodeTopic("retail-edge", "till-1", Direction::kDown, Class::kControl), "garbage", 1});
  node.executor.RunReady();
  REQUIRE(node.bad.size() == 2);
  CHECK(node.bad[1].code() == Code::kInvalidArgument);
  CHECK(node.bad[1].message().find("dn/control") != std::string::npos);
}

TEST_CASE("new certificate files are tried and used when they connect", "[link]") {
  NodeFixture node;
  node.Up();
  std::vector<Status> told;
  node.link->UpdateTls({"ca", "new.pem", "new.key"}, [&](Status s) { told.push_back(s); });
  node.executor.Advance(seconds(2));
  REQUIRE(told.size() == 1);
  CHECK(told[0].ok());
  CHECK(node.broker.attempts.back().tls.certificate_file == "new.pem");
  CHECK(node.link->connected());
}

TEST_CASE("new certificate files that do not connect are given up for the old ones", "[link]") {
  NodeFixture node;
  node.broker.refused_certificates["new.pem"] = {Code::kUnauthenticated, "not accepted"};
  node.Up();
  std::vector<Status> told;
  node.link->UpdateTls({"ca", "new.pem", "new.key"}, [&](Status s) { told.push_back(s); });
  node.executor.Advance(seconds(10));
  REQUIRE(told.size() == 1);
  CHECK(told[0].code() == Code::kUnauthenticated);
  CHECK(node.broker.attempts.back().tls.certificate_file == "old.pem");
  CHECK(node.link->connected());
}

TEST_CASE("two machines with one certificate do not evict each other without a pause", "[link]") {
  NodeFixture node;
  node.Up();
  for (int i = 0; i < 200; ++i) {
    node.broker.Cut(kClient);
    node.executor.Advance(seconds(1));
  }
  CHECK(node.broker.connects < 30);
}

TEST_CASE("a stopped link fails what it holds and stays away", "[link]") {
  NodeFixture node;
  node.Up();
  std::vector<Status> told;
  node.link->Send(Report("{}"), [&](Status s) { told.push_back(s); });
  node.link->Stop();
  REQUIRE(told.size() == 1);
  CHECK_FALSE(told[0].ok());
  node.executor.Advance(seconds(120));
  CHECK(node.broker.connects == 1);
}

TEST_CASE("A link that is moved leaves its broker and stays at the new one", "[link]") {
  NodeFixture node;
  node.Up();
  CHECK(node.link->broker() == "tls://one:8883");
  node.link->MoveTo({"tls://two:8883"});
  CHECK(node.down.back().code() == Code::kCancelled);
  node.executor.Advance(seconds(2));
  CHECK(node.link->connected());
  CHECK(node.link->broker() == "tls://two:8883");
  CHECK(node.broker.attempts.back().url == "tls://two:8883");
}

}  // namespace edge::link::testing
