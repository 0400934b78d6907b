#include <catch2/catch.hpp>

#include "sync/digest.h"
#include "sync/heartbeat_shortener.h"
#include "sync/hub_side.h"
#include "sync/node_side.h"
#include "tests/unit/sync/fake_view.h"

namespace edge::sync {
namespace {

using std::chrono::seconds;

const Header kLine{"home", "n1"};

/// The heartbeat of a session "s" that holds these.
Heartbeat Whole(std::uint64_t sequence, const std::vector<Entry>& held = {}) {
  Heartbeat heartbeat;
  heartbeat.store_id = "disk";
  heartbeat.session_id = "s";
  heartbeat.sequence = sequence;
  heartbeat.held_cluster_uid = "home";
  heartbeat.epoch = 1;
  heartbeat.prune_rule = 1;
  heartbeat.desired = DigestOf(held);
  return heartbeat;
}

/// As the agent makes it: only what NodeSync does not fill in.
Heartbeat Bare(std::uint64_t sequence) {
  Heartbeat heartbeat;
  heartbeat.session_id = "s";
  heartbeat.sequence = sequence;
  return heartbeat;
}

NodeSync MakeNode() {
  NodeStart start;
  start.cluster_uid = "home";
  return {start, [](const std::string&) { return std::vector<ObjectKey>(); }};
}

void Greet(NodeSync* node, std::uint64_t epoch, bool reads_unchanged) {
  (void)node->Receive(kLine, Welcome{epoch, "retail", "1.0", 15, "", reads_unchanged});
  (void)node->Committed(Status::Ok());
}

bool IsWhole(const UpMessage& message) { return std::holds_alternative<Heartbeat>(message); }

struct ShortHub {
  FakeView view;
  SeededRandom random{1};
  BootTime now{seconds(1000)};
  HubConfig config{"home", "retail", "1.0"};
  HubSession session{config, view, random};

  ShortHub() { (void)session.SetEpoch(1, now); }
  HubOutput Hear(const UpMessage& message) { return session.Receive(message, now); }
};

}  // namespace

TEST_CASE("A heartbeat in which nothing changed is sent as the last whole one", "[sync]") {
  HeartbeatShortener shortener;
  CHECK(IsWhole(shortener.Shorten(Whole(1), true)));
  const UpMessage second = shortener.Shorten(Whole(2), true);
  CHECK(std::get<HeartbeatUnchanged>(second).session_id == "s");
  CHECK(std::get<HeartbeatUnchanged>(second).sequence == 2);
  CHECK(std::get<HeartbeatUnchanged>(second).whole == 1);
  Heartbeat full = Whole(3);
  full.degraded = "disk full";
  CHECK(IsWhole(shortener.Shorten(full, true)));
  full.sequence = 4;
  CHECK(std::get<HeartbeatUnchanged>(shortener.Shorten(full, true)).whole == 3);
  full.sequence = 5;
  CHECK(IsWhole(shortener.Shorten(full, false)));
}

TEST_CASE("Every twentieth heartbeat is whole", "[sync]") {
  HeartbeatShortener shortener;
  for (std::uint64_t sequence = 1; sequence <= 60; ++sequence) {
    CAPTURE(sequence);
    CHECK(IsWhole(shortener.Shorten(Whole(sequence), true)) == (sequence % 20 == 1));
  }
}

TEST_CASE("A request for a whole heartbeat is answered once", "[sync]") {
  HeartbeatShortener shortener;
  (void)shortener.Shorten(Whole(1), true);
  (void)shortener.Shorten(Whole(2), true);
  CHECK_FALSE(shortener.Wants({"earlier session", 2}));
  CHECK(shortener.Wants({"s", 2}));
  CHECK(IsWhole(shortener.Shorten(Whole(3), true)));
  CHECK_FALSE(shortener.Wants({"s", 2}));  // doubled, or late
  CHECK_FALSE(IsWhole(shortener.Shorten(Whole(4), true)));
}

TEST_CASE("A node sends short heartbeats only to a hub that reads them", "[sync]") {
  NodeSync node = MakeNode();
  CHECK(std::get<Heartbeat>(node.Beat(Bare(1))).unwelcomed);
  CHECK(IsWhole(node.Beat(Bare(2))));
  Greet(&node, 1, false);
  CHECK_FALSE(std::get<Heartbeat>(node.Beat(Bare(3))).unwelcomed);
  CHECK(IsWhole(node.Beat(Bare(4))));
  Greet(&node, 1, true);
  CHECK(std::get<HeartbeatUnchanged>(node.Beat(Bare(5))).whole == 4);
  node.BeatWhole();
  CHECK(IsWhole(node.Beat(Bare(6))));
}

TEST_CASE("A higher epoch takes back what the last hub said that it reads", "[sync]") {
  NodeSync node = MakeNode();
  Greet(&node, 1, true);
  (void)node.Beat(Bare(1));
  CHECK_FALSE(IsWhole(node.Beat(Bare(2))));
  const Entry pod{{Kind::kPod, "shop", "web"}, "u1", VersionOf("v1")};
  const Put put{{pod, std::make_shared<const std::string>("v1")}, 1, {2, 1}};
  (void)node.Receive(kLine, put);
  (void)node.Committed(Status::Ok());
  CHECK(std::get<Heartbeat>(node.Beat(Bare(3))).unwelcomed);
  CHECK(IsWhole(node.Beat(Bare(4))));
  Greet(&node, 2, true);
  CHECK(IsWhole(node.Beat(Bare(5))));
  CHECK_FALSE(IsWhole(node.Beat(Bare(6))));
}

TEST_CASE("A hub that asks for a whole heartbeat gets it at once even from another cluster's node",
          "[sync]") {
  NodeSync node = MakeNode();
  Greet(&node, 1, true);
  (void)node.Beat(Bare(1));
  (void)node.Beat(Bare(2));
  const NodeOutput out = node.Receive({"away", "n1"}, HeartbeatRequest{"s", 2});
  CHECK(out.heartbeat_now);
  CHECK(out.send.empty());
  CHECK(IsWhole(node.Beat(Bare(3))));
  CHECK_FALSE(node.Receive(kLine, HeartbeatRequest{"s", 2}).heartbeat_now);
}

TEST_CASE("A short heartbeat is completed from the whole one that it names", "[sync]") {
  ShortHub hub;
  const Entry pod = hub.view.Add(Kind::kPod, "p1");
  hub.Hear(Whole(1, {pod}));
  HubOutput out = hub.Hear(HeartbeatUnchanged{"s", 2, 1});
  CHECK(out.heard);
  CHECK(out.send.empty());
  CHECK(hub.session.heartbeat()->sequence == 2);
  CHECK(hub.session.heartbeat()->store_id == "disk");
  CHECK_FALSE(hub.Hear(HeartbeatUnchanged{"s", 2, 1}).heard);
  hub.view.Add(Kind::kPod, "p2");  // which no watch told of
  out = hub.Hear(HeartbeatUnchanged{"s", 3, 1});
  CHECK(std::holds_alternative<ListRequest>(out.send.at(0)));
}

TEST_CASE("A short heartbeat that names another whole one shows life and compares nothing",
          "[sync]") {
  ShortHub hub;
  hub.Hear(Whole(1));
  hub.view.Add(Kind::kPod, "p1");  // the lost whole one, of sequence 2, had it
  const HubOutput out = hub.Hear(HeartbeatUnchanged{"s", 3, 2});
  CHECK(out.heard);
  REQUIRE(out.send.size() == 1);
  CHECK(std::get<HeartbeatRequest>(out.send[0]).session_id == "s");
  CHECK(std::get<HeartbeatRequest>(out.send[0]).sequence == 3);
  CHECK(hub.session.heartbeat()->sequence == 1);
  hub.now += seconds(45);  // of silence since then: not yet too long
  CHECK_FALSE(hub.session.Tick(hub.now).disconnected_now);
  CHECK(hub.Hear(HeartbeatUnchanged{"s", 4, 2}).send.size() == 1);  // asked again
}

TEST_CASE("A hub that starts amid short heartbeats is silent until a whole one", "[sync]") {
  ShortHub hub;
  const Entry pod = hub.view.Add(Kind::kPod, "p1");
  const HubOutput out = hub.Hear(HeartbeatUnchanged{"s", 3, 1});
  CHECK(out.heard);
  CHECK(out.connected_now);
  CHECK(std::holds_alternative<HeartbeatRequest>(out.send.at(0)));
  CHECK_FALSE(hub.session.heartbeat());
  CHECK(hub.session.Changed(pod, hub.now).send.empty());
  hub.now += seconds(45);
  CHECK_FALSE(hub.session.Tick(hub.now).disconnected_now);
  const HubOutput whole = hub.Hear(Whole(4));
  CHECK_FALSE(whole.connected_now);
  CHECK(std::holds_alternative<Welcome>(whole.send.at(0)));
  CHECK(std::get<Welcome>(whole.send.at(0)).reads_unchanged);
  CHECK(std::holds_alternative<Put>(whole.send.at(1)));
}

TEST_CASE("A short heartbeat of a new session is not completed from the last session's", "[sync]") {
  ShortHub hub;
  hub.Hear(Whole(1));
  const HubOutput out = hub.Hear(HeartbeatUnchanged{"next", 2, 1});
  CHECK(out.connected_now);
  CHECK(std::holds_alternative<HeartbeatRequest>(out.send.at(0)));
  CHECK(hub.session.heartbeat()->session_id == "s");
  CHECK(hub.session.Changed(hub.view.Add(Kind::kPod, "p1"), hub.now).send.empty());
  Heartbeat whole = Whole(3);
  whole.session_id = "next";
  whole.store_id = "another";
  CHECK(hub.Hear(whole).store_changed);
}

TEST_CASE("A short heartbeat after silence is welcomed", "[sync]") {
  ShortHub hub;
  hub.Hear(Whole(1));
  hub.now += seconds(60);
  CHECK(hub.session.Tick(hub.now).disconnected_now);
  const HubOutput out = hub.Hear(HeartbeatUnchanged{"s", 2, 1});
  CHECK(out.connected_now);
  CHECK(std::holds_alternative<Welcome>(out.send.at(0)));
}

TEST_CASE("A node whose Welcome was lost is welcomed again", "[sync]") {
  ShortHub hub;
  Heartbeat heartbeat = Whole(1);
  heartbeat.unwelcomed = true;
  hub.Hear(heartbeat);
  heartbeat.sequence = 2;
  CHECK(std::holds_alternative<Welcome>(hub.Hear(heartbeat).send.at(0)));
  CHECK(hub.Hear(Whole(3)).send.empty());
}

}  // namespace edge::sync
