#include <catch2/catch.hpp>
#include <map>
#include <memory>

#include "cloudhub/core/resources.h"
#include "cloudhub/core/shards/shard_keeper.h"
#include "link/topics.h"
#include "tests/fakes/fake_kube_api.h"
#include "tests/fakes/log_capture.h"
#include "tests/fakes/manual_executor.h"

namespace edge::cloudhub {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Replicas of the hub on one API, and what each holds.
struct Replicas {
  struct One {
    std::map<Shard, std::uint64_t> epochs;
    std::vector<std::pair<Shard, std::uint64_t>> taken;
    std::unique_ptr<ShardKeeper> keeper;
  };
  fakes::ManualExecutor executor;
  fakes::FakeKubeApi api{executor};
  SeededRandom random{7};
  std::map<std::string, One> all;

  void Start(const std::string& hub_id) {
    One& one = all[hub_id];
    one.keeper = std::make_unique<ShardKeeper>(
        hub_id, api, executor, random, MemberTimes{},
        ShardKeeper::Callbacks{[&one](Shard shard, std::uint64_t epoch) {
                                 one.epochs[shard] = epoch;
                                 one.taken.emplace_back(shard, epoch);
                               },
                               [&one](Shard shard) { one.epochs.erase(shard); }});
    one.keeper->Start();
  }
  /// It dies, as by SIGKILL.
  void Kill(const std::string& hub_id) { all.erase(hub_id); }
  std::size_t Held(const std::string& hub_id) { return all.at(hub_id).epochs.size(); }
  std::size_t HeldByAll() {
    std::size_t held = 0;
    for (const auto& [name, one] : all) held += one.epochs.size();
    return held;
  }
  bool AnyTwice() {
    std::set<Shard> seen;
    for (const auto& [name, one] : all) {
      for (const auto& [shard, epoch] : one.epochs) {
        if (!seen.insert(shard).second) return true;
      }
    }
    return false;
  }
  std::uint64_t EpochOf(Shard shard) {
    const Json lease = api.Peek(kLeases, kHubNamespace, ShardKeeper::LeaseName(shard));
    return static_cast<std::uint64_t>(FindInt(lease, {"spec", "leaseTransitions"}));
  }
};

}  // namespace

TEST_CASE("a node's shard is the first digit of its bucket", "[shards]") {
  for (int i = 0; i < 100; ++i) {
    const std::string node = "till-" + std::to_string(i);
    CHECK(ShardOf(node) == std::stoi(link::BucketOf(node).substr(0, 1), nullptr, 16));
  }
}

TEST_CASE("a single replica takes all shards at once", "[shards]") {
  Replicas replicas;
  replicas.Start("a");
  replicas.executor.Advance(milliseconds(10));
  CHECK(replicas.Held("a") == kShards);
  CHECK(replicas.EpochOf(3) == 1);
}

TEST_CASE("what a replica stays at work by waits for no other call", "[shards]") {
  Replicas replicas;
  for (const std::string name : {"a", "b"}) replicas.Start(name);
  replicas.executor.Advance(seconds(3));
  replicas.Kill("a");
  replicas.executor.Advance(seconds(20));
  CHECK(replicas.Held("b") == kShards);
  CHECK(replicas.api.calls().size() > 2 * kShards);
  for (const auto& call : replicas.api.calls()) CHECK(call.urgent);
}

TEST_CASE("what still waits when a replica's Lease lapses is not sent", "[shards]") {
  Replicas replicas;
  replicas.Start("a");
  replicas.executor.Advance(seconds(1));
  replicas.api.FailNext("patch", "leases", Unavailable("away"), 100);
  replicas.executor.Advance(seconds(7));
  CHECK(replicas.api.drops() == 0);
  replicas.executor.Advance(seconds(3));
  CHECK(replicas.Held("a") == 0);
  CHECK(replicas.api.drops() == 1);
}

TEST_CASE("replicas share the shards out evenly, and none is held twice on the way", "[shards]") {
  Replicas replicas;
  for (const std::string name : {"a", "b", "c"}) {
    replicas.Start(name);
    for (int i = 0; i < 300; ++i) {
      replicas.executor.Advance(milliseconds(10));
      REQUIRE_FALSE(replicas.AnyTwice());
    }
    CHECK(replicas.HeldByAll() == kShards);
  }
  for (const std::string name : {"a", "b", "c"}) {
    CHECK(replicas.Held(name) >= 5);
    CHECK(replicas.Held(name) <= 6);
  }
}

TEST_CASE("replicas that start together share the shards out too", "[shards]") {
  Replicas replicas;
  for (const std::string name : {"a", "b"}) replicas.Start(name);
  for (int i = 0; i < 500; ++i) {
    replicas.executor.Advance(milliseconds(10));
    REQUIRE_FALSE(replicas.AnyTwice());
  }
  CHECK(replicas.Held("a") == 8);
  CHECK(replicas.Held("b") == 8);
}

TEST_CASE(
    "the shards of a replica that died go to the others, under higher epochs, not before its "
    "Lease has ended and within 15 s",
    "[shards]") {
  Replicas replicas;
  replicas.Start("a");
  replicas.Start("b");
  replicas.executor.Advance(seconds(5));
  const auto held = replicas.all.at("a").epochs;
  REQUIRE(held.size() == 8);
  replicas.Kill("a");
  replicas.executor.Advance(seconds(7));
  CHECK(replicas.Held("b") == 8);
  replicas.executor.Advance(seconds(7));
  CHECK(replicas.Held("b") == kShards);
  for (const auto& [shard, epoch] : held) CHECK(replicas.EpochOf(shard) > epoch);
  // Nothing is left of the dead one.
  CHECK(replicas.api.Peek(kLeases, kHubNamespace, Membership::LeaseName("a")).is_null());
}

TEST_CASE("a replica that leaves is followed at once", "[shards]") {
  Replicas replicas;
  replicas.Start("a");
  replicas.Start("b");
  replicas.executor.Advance(seconds(5));
  bool left = false;
  replicas.all.at("a").keeper->Leave([&] { left = true; });
  CHECK(replicas.Held("a") == 0);
  replicas.executor.Advance(milliseconds(100));
  CHECK(left);
  CHECK(replicas.Held("b") == kShards);
}

TEST_CASE("a replica that starts again takes its own shards at once under higher epochs",
          "[shards]") {
  Replicas replicas;
  replicas.Start("a");
  replicas.executor.Advance(seconds(5));
  replicas.Kill("a");
  replicas.Start("a");
  replicas.executor.Advance(milliseconds(100));
  CHECK(replicas.Held("a") == kShards);
  CHECK(replicas.EpochOf(0) == 2);
}

TEST_CASE(
    "a replica that cannot renew its Lease gives up everything before the others take it, and "
    "takes it again once it can",
    "[shards]") {
  Replicas replicas;
  replicas.Start("a");
  replicas.executor.Advance(seconds(5));
  replicas.api.FailNext("patch", "leases", Unavailable("the API is away"), 8);
  replicas.executor.Advance(seconds(7));
  CHECK(replicas.Held("a") == kShards);
  replicas.executor.Advance(seconds(2));
  CHECK(replicas.Held("a") == 0);
  replicas.executor.Advance(seconds(10));
  CHECK(replicas.Held("a") == kShards);
  CHECK(replicas.EpochOf(0) == 2);
}

TEST_CASE("a replica that hung is not ended when it renewed in the last moment", "[shards]") {
  Replicas replicas;
  replicas.Start("a");
  replicas.Start("b");
  replicas.executor.Advance(seconds(5));
  // What b's watch was not told of: a renewed just before b ends it.
  replicas.api.FailNext("patch", "leases", Unavailable("away"), 100);
  replicas.api.BeforeNext("get", "leases", [&] {
    Json lease = replicas.api.Peek(kLeases, kHubNamespace, Membership::LeaseName("a"));
    lease["spec"]["renewTime"] = "2026-01-02T00:00:00.000000Z";
    replicas.api.Put(kLeases, lease);
  });
  replicas.executor.Advance(seconds(11));
  CHECK_FALSE(replicas.api.Peek(kLeases, kHubNamespace, Membership::LeaseName("a"))
                  .at("spec")
                  .at("holderIdentity")
                  .get<std::string>()
                  .empty());
}

TEST_CASE("of two hubs with one hub_id the older one stops, until the other is gone", "[shards]") {
  Replicas replicas;
  replicas.Start("a");
  replicas.executor.Advance(seconds(5));
  Replicas::One newer;
  newer.keeper = std::make_unique<ShardKeeper>(
      "a", replicas.api, replicas.executor, replicas.random, MemberTimes{},
      ShardKeeper::Callbacks{
          [&newer](Shard shard, std::uint64_t epoch) { newer.epochs[shard] = epoch; },
          [&newer](Shard shard) { newer.epochs.erase(shard); }});
  newer.keeper->Start();
  replicas.executor.Advance(seconds(30));
  CHECK(newer.epochs.size() == kShards);
  CHECK(replicas.Held("a") == 0);
}

TEST_CASE(
    "a node that has seen a higher epoch makes its shard go above it, not more often than "
    "every 10 s",
    "[shards]") {
  Replicas replicas;
  replicas.Start("a");
  replicas.executor.Advance(seconds(1));
  ShardKeeper& keeper = *replicas.all.at("a").keeper;
  keeper.RaiseAbove(4, 41);
  replicas.executor.Advance(seconds(12));
  CHECK(keeper.EpochOf(4) == 42);
  CHECK(keeper.EpochOf(5) == 1);
  keeper.RaiseAbove(4, 42);
  keeper.RaiseAbove(4, 43);
  replicas.executor.Advance(seconds(1));
  CHECK(keeper.EpochOf(4) == 42);
  replicas.executor.Advance(seconds(10));
  CHECK(keeper.EpochOf(4) == 44);
  keeper.RaiseAbove(4, 2'000'000'000);
  replicas.executor.Advance(seconds(11));
  CHECK(keeper.EpochOf(4) == 44);
}

TEST_CASE("Leases that cannot be written are tried again and told of once", "[shards]") {
  const fakes::LogCapture log;
  Replicas replicas;
  replicas.api.FailNext("create", "leases", Unavailable("the disk is full"), 20);
  replicas.Start("a");
  replicas.executor.Advance(seconds(40));
  CHECK(replicas.Held("a") == kShards);
  CHECK(log.LinesWith("the hub's own Lease is not taken, trying again") == 1);
}

TEST_CASE("a raise that fails is tried again", "[shards]") {
  Replicas replicas;
  replicas.Start("a");
  replicas.executor.Advance(seconds(12));
  replicas.api.FailNext("update", "leases", Unavailable("away"), 2);
  replicas.all.at("a").keeper->RaiseAbove(4, 41);
  replicas.executor.Advance(seconds(30));
  CHECK(replicas.all.at("a").epochs.at(4) == 42);
}

TEST_CASE("a shard that could not be given up is given up later", "[shards]") {
  Replicas replicas;
  replicas.Start("a");
  replicas.executor.Advance(seconds(5));
  replicas.api.FailNext("update", "leases", Unavailable("away"), 5);
  replicas.Start("b");
  replicas.executor.Advance(seconds(10));
  CHECK(replicas.Held("a") == 8);
  CHECK(replicas.Held("b") == 8);
}

TEST_CASE("a shard's Lease that somebody deletes is made again, above what it was", "[shards]") {
  Replicas replicas;
  replicas.Start("a");
  replicas.executor.Advance(seconds(1));
  replicas.api.Erase(kLeases, kHubNamespace, ShardKeeper::LeaseName(2));
  replicas.executor.Advance(seconds(2));
  CHECK(replicas.all.at("a").epochs.at(2) == 2);
}

}  // namespace edge::cloudhub
