#include "cloudhub/core/fleet/object_cache.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/unit/cloudhub_core/objects.h"

namespace edge::cloudhub {
namespace {

/// Of a hub that serves the cluster "retail", with two terminals.
struct Terminals : ObjectCache {
  Terminals() : ObjectCache("retail") {
    Admit("n1");
    Admit("n2");
  }
};

bool Holds(const std::vector<sync::Entry>& entries, const std::string& uid) {
  return std::any_of(entries.begin(), entries.end(), [&](const auto& e) { return e.uid == uid; });
}

TEST_CASE("a node's desired set is its pods and what they refer to", "[cache]") {
  Terminals cache;
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
  Terminals cache;
  cache.Apply(sync::Kind::kPod, MakePod("till", "n1", "prices"));
  cache.Apply(sync::Kind::kPod, MakePod("kiosk", "n2", "prices"));
  cache.Apply(sync::Kind::kConfigMap, MakeConfigMap("prices", "1"));

  const CacheChanges first = cache.Delete(sync::Kind::kPod, MakePod("till", "n1", "prices"));
  REQUIRE(first.follows.size() == 1);
  CHECK(first.follows[0].follow);
  REQUIRE(first.nodes.size() == 2);
  CHECK(first.nodes[0].what == NodeChange::What::kDeleted);
  CHECK(first.nodes[1].what == NodeChange::What::kUnreferenced);
  CHECK_FALSE(cache.Referenced("n1", kPriceKey));

  const CacheChanges last = cache.Delete(sync::Kind::kPod, MakePod("kiosk", "n2", "prices"));
  REQUIRE(last.follows.size() == 1);
  CHECK_FALSE(last.follows[0].follow);
}

TEST_CASE("a config is read as a node that still refers to it", "[cache]") {
  Terminals cache;
  cache.Apply(sync::Kind::kPod, MakePod("till", "n1", "prices"));
  cache.Apply(sync::Kind::kPod, MakePod("kiosk", "n2", "prices"));
  cache.Apply(sync::Kind::kConfigMap, MakeConfigMap("prices", "1"));
  cache.SetConfigSynced(kPriceKey, true);
  CHECK(cache.ReaderOf(kPriceKey) == "n1");
  SECTION("the pod of its reader goes") {
    const CacheChanges changes = cache.Delete(sync::Kind::kPod, MakePod("till", "n1", "prices"));
    REQUIRE(changes.follows.size() == 1);
    CHECK(changes.follows[0].follow);
    CHECK(changes.follows[0].node == "n2");
  }
  SECTION("its reader is dropped") { CHECK(cache.Drop("n1").follows.size() == 1); }
  SECTION("its reader is refused") { CHECK(cache.PassOn(kPriceKey).follows.size() == 1); }
  CHECK(cache.ReaderOf(kPriceKey) == "n2");
  CHECK_FALSE(cache.Synced("n2", sync::Kind::kConfigMap));
  CHECK(Holds(cache.Desired("n2"), "uid-of-prices"));
  // It may have gone between the two watches: the new list says nothing of it, so it is looked at.
  const auto unlisted = cache.SetConfigSynced(kPriceKey, true);
  REQUIRE(unlisted);
  CHECK(unlisted->uid == "uid-of-prices");
  CHECK_FALSE(cache.SetConfigSynced(kPriceKey, true));
}

TEST_CASE("readers who are refused take turns and a lone one stays", "[cache]") {
  Terminals cache;
  cache.Apply(sync::Kind::kPod, MakePod("till", "n1", "prices"));
  CHECK(cache.PassOn(kPriceKey).follows.empty());
  cache.Apply(sync::Kind::kPod, MakePod("kiosk", "n2", "prices"));
  CHECK(cache.PassOn(kPriceKey).follows[0].node == "n2");
  CHECK(cache.PassOn(kPriceKey).follows[0].node == "n1");
}

TEST_CASE("configs count as synced only when each that the node uses was listed", "[cache]") {
  Terminals cache;
  CHECK(cache.Synced("n1", sync::Kind::kConfigMap));
  cache.Apply(sync::Kind::kPod, MakePod("till", "n1", "prices"));
  CHECK_FALSE(cache.Synced("n1", sync::Kind::kConfigMap));
  cache.SetConfigSynced(kPriceKey, true);
  CHECK(cache.Synced("n1", sync::Kind::kConfigMap));
  CHECK_FALSE(cache.Synced("n1", sync::Kind::kPod));
  cache.SetSynced(sync::Kind::kPod, true);
  CHECK(cache.Synced("n1", sync::Kind::kPod));
}

TEST_CASE("only Nodes with our providerID and pods of admitted nodes are kept", "[cache]") {
  Terminals cache;
  for (const char* provider : {"", "aws://n1", "edge://other/n1", "edge://retail/n2"}) {
    CHECK(cache.Apply(sync::Kind::kNode, MakeNode("n9", provider)).nodes.empty());
  }
  CHECK(cache.Apply(sync::Kind::kPod, MakePod("till", "")).nodes.empty());
  const CacheChanges foreign =
      cache.Apply(sync::Kind::kPod, MakePod("etcd", "control-1", "prices"));
  CHECK(foreign.nodes.empty());
  CHECK(foreign.follows.empty());
  CHECK(cache.Desired("control-1").empty());
  CHECK_FALSE(cache.NodeOfPod("uid-of-etcd"));
  CHECK(cache.Apply(sync::Kind::kNode, MakeNode("n1", "edge://retail/n1")).nodes.size() == 1);
  CHECK_FALSE(cache.NodeUid("n1").empty());
}

TEST_CASE("a node that is admitted behind its pods is not synced until they are listed",
          "[cache]") {
  Terminals cache;
  CHECK_FALSE(cache.Synced("n3", sync::Kind::kPod));
  cache.Apply(sync::Kind::kPod, MakePod("till", "n3"));
  cache.SetSynced(sync::Kind::kPod, true);
  CHECK(cache.Admit("n3"));
  CHECK_FALSE(cache.Admit("n3"));
  CHECK_FALSE(cache.Synced("n3", sync::Kind::kPod));
  CHECK(cache.Synced("n1", sync::Kind::kPod));
  cache.Apply(sync::Kind::kPod, MakePod("till", "n3"));
  cache.SetListed("n3");
  CHECK(cache.Synced("n3", sync::Kind::kPod));
  CHECK_FALSE(cache.Admit("n4"));
  CHECK(cache.Synced("n4", sync::Kind::kPod));
}

TEST_CASE("a dropped node takes what only it needed along and nobody hears of a removal",
          "[cache]") {
  Terminals cache;
  cache.Apply(sync::Kind::kPod, MakePod("till", "n1", "prices"));
  cache.Apply(sync::Kind::kPod, MakePod("scale", "n1", "weights"));
  cache.Apply(sync::Kind::kPod, MakePod("kiosk", "n2", "prices"));
  cache.Apply(sync::Kind::kConfigMap, MakeConfigMap("prices", "1"));
  const CacheChanges dropped = cache.Drop("n1");
  CHECK(dropped.nodes.empty());
  const auto gone = std::find_if(dropped.follows.begin(), dropped.follows.end(),
                                 [](const FollowChange& change) { return !change.follow; });
  REQUIRE(gone != dropped.follows.end());
  CHECK(gone->key.name == "weights");
  CHECK(cache.Desired("n1").empty());
  CHECK_FALSE(cache.Synced("n1", sync::Kind::kPod));
  CHECK_FALSE(cache.Synced("n1", sync::Kind::kConfigMap));
  CHECK(Holds(cache.Desired("n2"), "uid-of-prices"));
  CHECK(cache.Admit("n1"));  // its pods are to be listed again
}

TEST_CASE("another provider's Node under an admitted name drops that node", "[cache]") {
  Terminals cache;
  cache.Apply(sync::Kind::kNode, MakeNode("n1", "edge://retail/n1"));
  cache.Apply(sync::Kind::kPod, MakePod("till", "n1", "prices"));
  const CacheChanges taken = cache.Apply(sync::Kind::kNode, MakeNode("n1", "aws://n1"));
  CHECK(taken.nodes.empty());
  REQUIRE(taken.follows.size() == 1);
  CHECK_FALSE(taken.follows[0].follow);
  CHECK_FALSE(cache.Admitted("n1"));
  CHECK(cache.NodeUid("n1").empty());
}

TEST_CASE("after a relist what was not listed is to be looked at and not forgotten", "[cache]") {
  Terminals cache;
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
