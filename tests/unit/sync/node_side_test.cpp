#include "sync/node_side.h"

#include <catch2/catch.hpp>

#include "sync/digest.h"
#include "sync/prune.h"

namespace edge::sync {
namespace {

const Header kHome{"home", "n1"};
const Header kAway{"away", "n1"};

/// Pods refer to the Secret that their bytes name after a bar.
Result<std::vector<ObjectKey>> Refs(const std::string& bytes) {
  if (bytes == "broken") return InvalidArgument("cannot be read");
  const auto bar = bytes.find('|');
  if (bar == std::string::npos) return std::vector<ObjectKey>();
  return std::vector<ObjectKey>{{Kind::kSecret, "shop", bytes.substr(bar + 1)}};
}

Entry Named(Kind kind, const std::string& name, const std::string& uid, const std::string& bytes) {
  return {{kind, "shop", name}, uid, VersionOf(bytes)};
}

Put MakePut(Kind kind, const std::string& name, const std::string& uid, const std::string& bytes,
            Order order) {
  return {{Named(kind, name, uid, bytes), std::make_shared<const std::string>(bytes)}, 1, order};
}

Remove MakeRemove(Kind kind, const std::string& name, const std::string& uid, Order order,
                  Evidence evidence = Evidence::kWatchDeleted) {
  return {Named(kind, name, uid, ""), order, evidence};
}

NodeStart Start() {
  NodeStart start;
  start.cluster_uid = "home";
  return start;
}

/// A node whose disk takes everything at once.
struct Terminal {
  NodeSync sync{Start(), Refs};
  std::size_t commits = 0;

  NodeOutput Send(const DownMessage& message, const Header& header = kHome) {
    NodeOutput out = sync.Receive(header, message);
    if (out.commit.empty()) return out;
    ++commits;
    return sync.Committed(Status::Ok());
  }
  Outcome Say(const DownMessage& message, const Header& header = kHome) {
    const NodeOutput out = Send(message, header);
    REQUIRE_FALSE(out.send.empty());
    return std::get<Ack>(out.send.front()).rows.at(0).outcome;
  }
  bool Holds(Kind kind, const std::string& uid) const { return sync.held().count({kind, uid}) > 0; }
};

}  // namespace

TEST_CASE("An object is acked only after its commit", "[sync]") {
  NodeSync sync(Start(), Refs);
  const NodeOutput first = sync.Receive(kHome, MakePut(Kind::kPod, "web", "u1", "v1", {1, 1}));
  CHECK(first.commit.size() == 2);  // the object and the epoch
  CHECK(first.send.empty());
  CHECK(sync.held().empty());
  const NodeOutput second = sync.Committed(Status::Ok());
  CHECK(std::get<Ack>(second.send.at(0)).rows.at(0).outcome == Outcome::kCommitted);
  CHECK(second.changed.at(0).what == HeldChange::What::kStored);
  CHECK(sync.held().size() == 1);
}

TEST_CASE("A failed commit changes nothing and says so", "[sync]") {
  NodeSync sync(Start(), Refs);
  (void)sync.Receive(kHome, MakePut(Kind::kPod, "web", "u1", "v1", {1, 1}));
  const NodeOutput out = sync.Committed(ResourceExhausted("the disk is full"));
  const Ack::Row& row = std::get<Ack>(out.send.at(0)).rows.at(0);
  CHECK(row.outcome == Outcome::kStoreFailed);
  CHECK(row.message == "resource_exhausted: the disk is full");
  CHECK(sync.held().empty());
  CHECK(sync.epoch() == 0);
}

TEST_CASE("A redelivery of what is held makes no store change", "[sync]") {
  Terminal node;
  node.Say(MakePut(Kind::kPod, "web", "u1", "v1", {1, 1}));
  CHECK(node.Say(MakePut(Kind::kPod, "web", "u1", "v1", {1, 1})) == Outcome::kAlreadyHeld);
  CHECK(node.Say(MakePut(Kind::kPod, "web", "u1", "v1", {2, 1})) == Outcome::kAlreadyHeld);
  CHECK(node.commits == 1);
}

TEST_CASE("A burst that comes during a commit is one more commit", "[sync]") {
  NodeSync sync(Start(), Refs);
  for (std::uint64_t i = 1; i <= 100; ++i) {
    const std::string uid = "u" + std::to_string(i);
    const auto out = sync.Receive(kHome, MakePut(Kind::kPod, uid, uid, "v", {1, i}));
    CHECK(out.commit.empty() == (i > 1));
  }
  const NodeOutput second = sync.Committed(Status::Ok());
  CHECK(second.commit.size() == 99);
  const NodeOutput last = sync.Committed(Status::Ok());
  CHECK(std::get<Ack>(last.send.at(0)).rows.size() == 99);
  CHECK(last.commit.empty());
}

TEST_CASE("A message below the object's order or the epoch is dropped", "[sync]") {
  Terminal node;
  node.Say(MakePut(Kind::kPod, "web", "u1", "v2", {2, 5}));
  CHECK(node.Say(MakePut(Kind::kPod, "web", "u1", "v1", {2, 4})) == Outcome::kStale);
  const NodeOutput out = node.Send(MakePut(Kind::kPod, "other", "u2", "v1", {1, 99}));
  CHECK(std::get<Ack>(out.send.at(0)).rows.at(0).outcome == Outcome::kStale);
  CHECK(std::get<Stale>(out.send.at(1)).epoch == 2);
  CHECK(node.commits == 1);
}

TEST_CASE("A removal needs evidence that the node knows", "[sync]") {
  Terminal node;
  node.Say(MakePut(Kind::kPod, "web", "u1", "v1", {1, 1}));
  const auto with = [](Evidence evidence) {
    return MakeRemove(Kind::kPod, "web", "u1", {1, 2}, evidence);
  };
  CHECK(node.Say(with(Evidence::kUnspecified)) == Outcome::kNoEvidence);
  CHECK(node.Say(with(Evidence::kUnreferenced)) == Outcome::kNoEvidence);
  CHECK(node.Say(with(static_cast<Evidence>(77))) == Outcome::kNoEvidence);
  CHECK(node.Holds(Kind::kPod, "u1"));
  CHECK(node.Say(with(Evidence::kGetNotFound)) == Outcome::kCommitted);
  CHECK_FALSE(node.Holds(Kind::kPod, "u1"));
}

TEST_CASE("A removed UID does not come back even if the removal came first", "[sync]") {
  Terminal node;
  CHECK(node.Say(MakeRemove(Kind::kPod, "web", "u1", {1, 2})) == Outcome::kCommitted);
  CHECK(node.Say(MakePut(Kind::kPod, "web", "u1", "v1", {9, 1})) == Outcome::kTombstoned);
  CHECK(node.Say(MakeRemove(Kind::kPod, "web", "u1", {9, 2})) == Outcome::kAlreadyHeld);
  CHECK(node.commits == 1);
}

TEST_CASE("Tombstones survive a restart and the newest are kept", "[sync]") {
  NodeStart start = Start();
  for (std::size_t i = 0; i <= kMaxTombstones; ++i) {
    start.tombstones.push_back({Named(Kind::kPod, "p", "u" + std::to_string(i), ""), {1, i + 1}});
  }
  NodeSync sync(start, Refs);
  const auto put = [&sync](const std::string& uid) {
    return sync.Receive(kHome, MakePut(Kind::kPod, "p", uid, "v", {2, 1})).commit.empty();
  };
  CHECK(put("u1"));
  CHECK(put("u" + std::to_string(kMaxTombstones)));
  CHECK_FALSE(put("u0"));
}

TEST_CASE("A new UID under a held name is stored beside the old one", "[sync]") {
  Terminal node;
  node.Say(MakePut(Kind::kPod, "web", "u1", "v1", {1, 1}));
  CHECK(node.Say(MakePut(Kind::kPod, "web", "u2", "v1", {1, 2})) == Outcome::kCommitted);
  CHECK(node.Holds(Kind::kPod, "u1"));
  CHECK(node.sync.Current({Kind::kPod, "shop", "web"})->entry.uid == "u2");
  node.Say(MakeRemove(Kind::kPod, "web", "u1", {1, 3}, Evidence::kGetOtherUid));
  CHECK_FALSE(node.Holds(Kind::kPod, "u1"));
  CHECK(node.Holds(Kind::kPod, "u2"));
}

TEST_CASE("A removed Secret stays until the last pod that refers to it goes", "[sync]") {
  Terminal node;
  node.Say(MakePut(Kind::kSecret, "key", "s1", "v1", {1, 1}));
  node.Say(MakePut(Kind::kPod, "web", "u1", "v1|key", {1, 2}));
  CHECK(node.Say(MakeRemove(Kind::kSecret, "key", "s1", {1, 3})) == Outcome::kStillReferred);
  REQUIRE(node.sync.Current({Kind::kSecret, "shop", "key"}) != nullptr);
  CHECK(node.sync.Current({Kind::kSecret, "shop", "key"})->retained);
  Heartbeat heartbeat;
  node.sync.Fill(&heartbeat);
  CHECK(heartbeat.desired == DigestOf({Named(Kind::kPod, "web", "u1", "v1|key")}));
  const NodeOutput out = node.Send(MakeRemove(Kind::kPod, "web", "u1", {1, 4}));
  CHECK(out.changed.size() == 2);
  CHECK(node.sync.held().empty());
}

TEST_CASE("A retained Secret goes when its name is stored anew", "[sync]") {
  Terminal node;
  node.Say(MakePut(Kind::kSecret, "key", "s1", "v1", {1, 1}));
  node.Say(MakePut(Kind::kPod, "web", "u1", "v1|key", {1, 2}));
  node.Say(MakeRemove(Kind::kSecret, "key", "s1", {1, 3}));
  node.Say(MakePut(Kind::kSecret, "key", "s2", "v2", {1, 4}));
  CHECK_FALSE(node.Holds(Kind::kSecret, "s1"));
  CHECK(node.sync.Current({Kind::kSecret, "shop", "key"})->entry.uid == "s2");
}

TEST_CASE("The node checks for itself that nothing refers to an unreferenced object", "[sync]") {
  Terminal node;
  node.Say(MakePut(Kind::kSecret, "key", "s1", "v1", {1, 1}));
  node.Say(MakePut(Kind::kPod, "web", "u1", "v1|key", {1, 2}));
  const auto unreferenced = [](std::uint64_t sequence) {
    return MakeRemove(Kind::kSecret, "key", "s1", {1, sequence}, Evidence::kUnreferenced);
  };
  CHECK(node.Say(unreferenced(3)) == Outcome::kStillReferred);
  CHECK_FALSE(node.sync.Current({Kind::kSecret, "shop", "key"})->retained);
  node.Say(MakeRemove(Kind::kPod, "web", "u1", {1, 4}));
  CHECK(node.Say(unreferenced(5)) == Outcome::kCommitted);
  // It may come back, but not by a late message.
  CHECK(node.Say(MakePut(Kind::kSecret, "key", "s1", "v1", {1, 2})) == Outcome::kStale);
  CHECK(node.Say(MakePut(Kind::kSecret, "key", "s1", "v1", {1, 6})) == Outcome::kCommitted);
}

TEST_CASE("Nothing is taken from another cluster until a move is confirmed", "[sync]") {
  Terminal node;
  node.Say(MakePut(Kind::kPod, "web", "u1", "v1", {7, 1}));
  CHECK(node.Say(MakePut(Kind::kPod, "x", "u2", "v", {9, 1}), kAway) == Outcome::kOtherCluster);
  CHECK(node.Say(MakeRemove(Kind::kPod, "web", "u1", {9, 2}), kAway) == Outcome::kOtherCluster);
  CHECK(node.Send(Welcome{9, "", "", 15, ""}, kAway).send.empty());
  CHECK(node.Send(ListRequest{ListRequest::Which::kDesired, 1, 9}, kAway).send.empty());
  CHECK(node.Send(StatusRequest{{"u1"}}, kAway).resend_statuses.empty());
  CHECK_FALSE(node.sync.FromOwnCluster(kAway));
  CHECK(node.commits == 1);

  CHECK(node.Send(Welcome{2, "", "", 15, "home"}, kAway).welcome);
  CHECK(node.sync.cluster_uid() == "away");
  CHECK(node.sync.epoch() == 2);
  CHECK(node.Holds(Kind::kPod, "u1"));
  CHECK(node.Say(MakeRemove(Kind::kPod, "web", "u1", {2, 1}), kAway) == Outcome::kCommitted);
}

TEST_CASE("Bytes that are not those of the version are refused", "[sync]") {
  Terminal node;
  Put put = MakePut(Kind::kPod, "web", "u1", "v1", {1, 1});
  put.object.bytes = std::make_shared<const std::string>("other");
  CHECK(node.Say(put) == Outcome::kInvalid);
  CHECK(node.Say(MakePut(Kind::kPod, "web", "u1", "broken", {1, 2})) == Outcome::kInvalid);
  CHECK(node.Say(MakePut(Kind::kUnspecified, "web", "u1", "v", {1, 3})) == Outcome::kInvalid);
  CHECK(node.Say(MakePut(Kind::kPod, "web", "", "v", {1, 4})) == Outcome::kInvalid);
  CHECK(node.commits == 0);
}

TEST_CASE("An inventory lists what is committed and not retained", "[sync]") {
  Terminal node;
  node.Say(MakePut(Kind::kPod, "web", "u1", "v1", {1, 1}));
  (void)node.sync.Receive(kHome, MakePut(Kind::kPod, "b", "u2", "v1", {1, 2}));
  const auto out = node.sync.Receive(kHome, ListRequest{ListRequest::Which::kDesired, 42, 1});
  const auto& inventory = std::get<Inventory>(out.send.at(0));
  CHECK(inventory.id == 42);
  CHECK(inventory.entries == std::vector<Entry>{Named(Kind::kPod, "web", "u1", "v1")});
  const auto stale = node.sync.Receive(kHome, ListRequest{ListRequest::Which::kDesired, 43, 0});
  CHECK(std::get<Stale>(stale.send.at(0)).epoch == 1);
}

TEST_CASE("A list asked for while the Welcome is being committed is answered after that",
          "[sync]") {
  NodeSync sync(NodeStart{}, Refs);
  REQUIRE_FALSE(sync.Receive(kHome, Welcome{1, "", "", 15, ""}).commit.empty());
  CHECK(sync.Receive(kHome, ListRequest{ListRequest::Which::kDesired, 42, 1}).send.empty());
  CHECK(sync.Receive(kAway, ListRequest{ListRequest::Which::kDesired, 43, 1}).send.empty());
  SECTION("once") {
    const NodeOutput out = sync.Committed(Status::Ok());
    REQUIRE(out.send.size() == 1);
    CHECK(std::get<Inventory>(out.send.front()).id == 42);
    (void)sync.Receive(kHome, MakePut(Kind::kPod, "web", "u1", "v1", {1, 1}));
    CHECK(sync.Committed(Status::Ok()).send.size() == 1);  // the Ack
  }
  SECTION("but not when the commit failed") {
    CHECK(sync.Committed(Unavailable("the disk")).send.size() <= 1);
    CHECK(sync.cluster_uid().empty());
  }
}

TEST_CASE("A pod whose bytes cannot be read after a restart keeps the Secrets it may need",
          "[sync]") {
  NodeStart start = Start();
  const auto bytes = std::make_shared<const std::string>("broken");
  start.objects.push_back({Named(Kind::kPod, "web", "u1", "broken"), bytes, 1, {1, 1}, false});
  start.objects.push_back({Named(Kind::kSecret, "key", "s1", "broken"), bytes, 1, {1, 2}, false});
  NodeSync sync(start, Refs);
  (void)sync.Receive(kHome, MakeRemove(Kind::kSecret, "key", "s1", {1, 3}));
  (void)sync.Committed(Status::Ok());
  CHECK(sync.Current({Kind::kSecret, "shop", "key"})->retained);
}

}  // namespace edge::sync
