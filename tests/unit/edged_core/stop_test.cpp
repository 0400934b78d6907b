#include <catch2/catch.hpp>

#include "tests/unit/edged_core/pod_driver.h"

namespace edge::edged {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

Json Deleted(Json pod) {
  pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  pod["metadata"]["deletionGracePeriodSeconds"] = 30;
  return pod;
}

Json WithVolume() {
  return PodJson({{"volumes", Json::parse(R"([{"name":"v","hostPath":{"path":"/no/such/dir",
      "type":"Directory"}}])")}});
}

Json WithSidecar() {
  Json side = ContainerJson("side");
  side["restartPolicy"] = "Always";
  return PodJson({{"initContainers", {side}}});
}

/// A pod whose volumes failed so often that the next try is a minute away.
PodDriver WaitingForVolumes() {
  PodDriver driver(WithVolume());
  driver.prepared = FailedPrecondition("/no/such/dir is no folder");
  REQUIRE(driver.SettleFor(minutes(5)));
  REQUIRE(driver.observed.failures.at("volumes").retry_at > driver.clock.Boot() + seconds(1));
  return driver;
}

}  // namespace

TEST_CASE("a pod whose volumes fail is deleted without waiting for their back-off", "[edged]") {
  PodDriver driver = WaitingForVolumes();
  driver.SetPod(Deleted(WithVolume()));
  REQUIRE(driver.Settle());
  CHECK(driver.facts.finished);
  CHECK_FALSE(driver.volumes_made);
}

TEST_CASE("a removed pod whose volumes fail goes without waiting for their back-off", "[edged]") {
  PodDriver driver = WaitingForVolumes();
  driver.desired.present = false;
  REQUIRE(driver.Settle());
  CHECK(driver.plan.gone);
}

TEST_CASE("a teardown that fails has a back-off of its own", "[edged]") {
  PodDriver driver = WaitingForVolumes();
  driver.torn_down = Unavailable("busy");
  driver.SetPod(Deleted(WithVolume()));
  REQUIRE(driver.Settle());
  CHECK_FALSE(driver.facts.finished);
  CHECK(driver.plan.wake_at == driver.clock.Boot() + seconds(1));
  driver.torn_down = {};
  REQUIRE(driver.SettleFor(seconds(1)));
  CHECK(driver.facts.finished);
}

TEST_CASE("the stop of a sidecar says what is stopped", "[edged]") {
  PodDriver driver(WithSidecar());
  REQUIRE(driver.Settle());
  driver.SetPod(Deleted(WithSidecar()));
  driver.Step();
  driver.Perform();
  driver.Step();
  REQUIRE(driver.plan.actions.size() == 1);
  CHECK(driver.plan.actions[0].container == "side");
  CHECK(driver.plan.actions[0].message == "Stopping container side");
}

}  // namespace edge::edged
