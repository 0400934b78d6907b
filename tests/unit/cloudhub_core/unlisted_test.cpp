#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "tests/unit/cloudhub_core/cloud.h"

namespace edge::cloudhub {
namespace {

/// Objects that go while no watch sees it, so that the next list lacks them.
struct Unlisted : Cloud {
  /// Its UID; the node holds it.
  std::string PodThatWentUnseen() {
    const std::string uid = api.Put(kPods, MakePod("till", "n1"))["metadata"]["uid"];
    Heartbeat();
    AckAllPuts();
    api.EraseUnseen(kPods, "shop", "till");
    return uid;
  }
};

TEST_CASE_METHOD(Unlisted, "an EdgeNode that went unseen is dropped once a read says so",
                 "[fleet]") {
  api.Put(kPods, MakePod("till", "n1", "prices"));
  executor.Advance(std::chrono::seconds(1));
  api.EraseUnseen(kEdgeNodes, "", "n1");
  api.FailNext("get", "edgenodes", Unavailable("down"));
  api.Relist(kEdgeNodes);
  executor.Advance(std::chrono::seconds(1));
  CHECK(FollowsConfig("prices", "n1"));
  executor.Advance(std::chrono::seconds(3));
  CHECK_FALSE(FollowsConfig("prices", "n1"));
}

TEST_CASE_METHOD(Unlisted, "a pod that went unseen is removed once a read says so", "[fleet]") {
  const std::string uid = PodThatWentUnseen();
  api.FailNext("get", "pods", Unavailable("down"), 2);
  api.Relist(kPods);
  executor.Advance(std::chrono::seconds(2));
  CHECK(transport.Of<sync::Remove>("n1").empty());
  executor.Advance(std::chrono::seconds(8));
  CHECK(RemovedUids() == std::set<std::string>{uid});
}

TEST_CASE_METHOD(Unlisted, "what is held no more is not looked for again", "[fleet]") {
  api.Put(kPods, MakePod("till", "n1"));
  executor.Advance(std::chrono::seconds(1));
  api.EraseUnseen(kPods, "shop", "till");
  api.FailNext("get", "pods", Unavailable("down"), 1000);
  api.Relist(kPods);
  executor.Advance(std::chrono::seconds(10));
  const auto looks = [this] {
    return std::count_if(api.calls().begin(), api.calls().end(), [](const auto& call) {
      return call.verb == "get" && call.what == "pods/shop/till";
    });
  };
  CHECK(looks() >= 2);
  api.Erase(kEdgeNodes, "", "n1");
  executor.Advance(std::chrono::seconds(1));
  const auto before = looks();
  executor.Advance(std::chrono::minutes(5));
  CHECK(looks() == before);
}

TEST_CASE_METHOD(Unlisted, "two pods that bore one name are each looked for", "[fleet]") {
  const std::string first = PodThatWentUnseen();
  const std::string second = PodThatWentUnseen();
  api.FailNext("get", "pods", Unavailable("down"), 2);
  api.Relist(kPods);
  executor.Advance(std::chrono::seconds(10));
  CHECK(RemovedUids() == std::set<std::string>{first, second});
}

TEST_CASE_METHOD(Unlisted, "a config that went between two readers is removed once a read says so",
                 "[fleet]") {
  api.Put(kEdgeNodes, MakeEdgeNode("n0"));
  api.Put(kConfigMaps, MakeConfigMap("prices", "1"));
  api.Put(kPods, MakePod("scale", "n0", "prices"));
  executor.Advance(std::chrono::seconds(1));
  api.Put(kPods, MakePod("till", "n1", "prices"));
  Heartbeat();
  AckAllPuts();
  REQUIRE(WasPut("prices"));
  REQUIRE(FollowsConfig("prices", "n0"));
  api.EraseUnseen(kConfigMaps, "shop", "prices");
  api.Erase(kEdgeNodes, "", "n0");
  executor.Advance(std::chrono::seconds(1));
  const auto removes = transport.Of<sync::Remove>("n1");
  REQUIRE(removes.size() == 1);
  CHECK(removes[0].entry.key == kPriceKey);
  CHECK(std::any_of(api.calls().begin(), api.calls().end(), [](const auto& call) {
    return call.verb == "get" && call.what == "configmaps/shop/prices" && call.actor == "n1";
  }));
}

}  // namespace
}  // namespace edge::cloudhub
