#include "cloudhub/core/fleet/object_cache.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/unit/cloudhub_core/objects.h"

namespace edge::cloudhub {
namespace {

bool Holds(const std::vector<sync::Entry>& entries, const std::string& uid) {
  return std::any_of(entries.begin(), entries.end(), [&](const auto& e) { return e.uid == uid; });
}

TEST_CASE("a node's desired set is its pods and what they refer to", "[cache]") {
  ObjectCache cache;
  const CacheChanges bound = cache.Apply(sync::Kind::kPod, MakePod("till", "n1", "prices"));
  REQUIRE(bound.follows.size() == 1);
  CHECK(bound.follows[0].key == kPriceKey);
  CHECK(bound.follows[0].follow);
  const CacheChanges config = cache.Apply(sync::Kind::kConfigMap, MakeConfigMap("prices", "1"));
  REQUIRE(config.nodes.size() == 1);
  CHECK(config.nodes[0].node == "n1");
  CHECK(Holds(cache.Desired("n1"), "uid-of-till"));
  CHECK(Holds(cache.Desired("n1"), "uid-of-prices"));
  CHECK(cache.Desired("n2").empty());
  CHECK(cache.Find("n1", sync::Kind::kConfigMap, "uid-of-prices"));
  CHECK_FALSE(cache.Find("n2", sync::Kind::kConfigMap, "uid-of-prices"));
}

TEST_CASE("a config that the last pod gave up is unreferenced and followed no longer", "[cache]") {
  ObjectCache cache;
  cache.Apply(sync::Kind::kPod, MakePod("till", "n1", "prices"));
  cache.Apply(sync::Kind::kPod, MakePod("kiosk", "n2", "prices"));
  cache.Apply(sync::Kind::kConfigMap, MakeConfigMap("prices", "1"));

  const CacheChanges first = cache.Delete(sync::Kind::kPod, MakePod("till", "n1", "prices"));
  CHECK(first.follows.empty());
  REQUIRE(first.nodes.size() == 2);
  CHECK(first.nodes[0].what == NodeChange::What::kDeleted);
  CHECK(first.nodes[1].what == NodeChange::What::kUnreferenced);
  CHECK_FALSE(cache.Referenced("n1", kPriceKey));

  const CacheChanges last = cache.Delete(sync::Kind::kPod, MakePod("kiosk", "n2", "prices"));
  REQUIRE(last.follows.size() == 1);
  CHECK_FALSE(last.follows[0].follow);
}

TEST_CASE("configs count as synced only when each that the node uses was listed", "[cache]") {
  ObjectCache cache;
  CHECK(cache.Synced("n1", sync::Kind::kConfigMap));
  cache.Apply(sync::Kind::kPod, MakePod("till", "n1", "prices"));
  CHECK_FALSE(cache.Synced("n1", sync::Kind::kConfigMap));
  cache.SetConfigSynced(kPriceKey, true);
  CHECK(cache.Synced("n1", sync::Kind::kConfigMap));
  CHECK_FALSE(cache.Synced("n1", sync::Kind::kPod));
  cache.SetSynced(sync::Kind::kPod, true);
  CHECK(cache.Synced("n1", sync::Kind::kPod));
}

TEST_CASE("a Node without our providerID and a pod without a node are not kept", "[cache]") {
  ObjectCache cache;
  Json node = {{"metadata", {{"name", "n1"}, {"uid", "node-1"}}}, {"spec", Json::object()}};
  CHECK(cache.Apply(sync::Kind::kNode, node).nodes.empty());
  CHECK(cache.Apply(sync::Kind::kPod, MakePod("till", "")).nodes.empty());
  node["spec"]["providerID"] = "edge://retail/n1";
  CHECK(cache.Apply(sync::Kind::kNode, node).nodes.size() == 1);
  CHECK(cache.NodeUid("n1") == "node-1");
}

TEST_CASE("after a relist what was not listed is to be looked at and not forgotten", "[cache]") {
  ObjectCache cache;
  cache.Apply(sync::Kind::kPod, MakePod("till", "n1"));
  cache.Apply(sync::Kind::kPod, MakePod("kiosk", "n1"));
  cache.SetSynced(sync::Kind::kPod, false);
  cache.Apply(sync::Kind::kPod, MakePod("kiosk", "n1"));
  const std::vector<sync::Entry> unlisted = cache.SetSynced(sync::Kind::kPod, true);
  REQUIRE(unlisted.size() == 1);
  CHECK(unlisted[0].uid == "uid-of-till");
  CHECK(Holds(cache.Desired("n1"), "uid-of-till"));
}

}  // namespace
}  // namespace edge::cloudhub
