#include <catch2/catch.hpp>

#include "tests/unit/edged_core/pod_driver.h"

namespace edge::edged {
namespace {

// The members of a container's status that a test is about.
Json State(const Json& status, const char* list = "containerStatuses", std::size_t i = 0) {
  return status[list][i]["state"];
}

std::string ConditionText(const Json& status, const std::string& type) {
  for (const Json& condition : status["conditions"]) {
    if (condition["type"] == type) {
      return condition["status"].get<std::string>() + " " + FindString(condition, {"reason"});
    }
  }
  return "absent";
}

}  // namespace

TEST_CASE("the status of a running pod is as kubelet writes it", "[edged]") {
  Json container = ContainerJson("app");
  container["resources"] = Json::parse(R"({"requests":{"memory":"8Mi"}})");
  container["volumeMounts"] = Json::parse(R"([{"name":"v","mountPath":"/v","readOnly":true}])");
  PodDriver driver(PodJson(
      {{"containers", {container}}, {"volumes", Json::parse(R"([{"name":"v","emptyDir":{}}])")}}));
  REQUIRE(driver.Settle());
  const Json expected = Json::parse(R"({
    "phase": "Running", "qosClass": "Burstable", "observedGeneration": 1,
    "startTime": "2026-01-01T00:00:00Z",
    "hostIP": "192.168.1.5", "hostIPs": [{"ip": "192.168.1.5"}],
    "podIP": "10.88.0.3", "podIPs": [{"ip": "10.88.0.3"}],
    "conditions": [
      {"type": "PodReadyToStartContainers", "status": "True", "lastProbeTime": null,
       "lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": 1},
      {"type": "Initialized", "status": "True", "lastProbeTime": null,
       "lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": 1},
      {"type": "Ready", "status": "True", "lastProbeTime": null,
       "lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": 1},
      {"type": "ContainersReady", "status": "True", "lastProbeTime": null,
       "lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": 1},
      {"type": "PodScheduled", "status": "True", "lastProbeTime": null,
       "lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": 1}],
    "containerStatuses": [{
      "name": "app", "ready": true, "started": true, "restartCount": 0,
      "image": "docker.io/library/img:1", "imageID": "docker.io/library/img:1",
      "containerID": "containerd://container-2", "lastState": {},
      "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}},
      "allocatedResources": {"memory": "8Mi"}, "resources": {"requests": {"memory": "8Mi"}},
      "volumeMounts": [{"name": "v", "mountPath": "/v", "readOnly": true,
                        "recursiveReadOnly": "Disabled"}]}]})");
  Json status = driver.Report();
  // Which address the fake gives out is not the point.
  status["podIP"] = expected["podIP"];
  status["podIPs"] = expected["podIPs"];
  CHECK(status.dump(1) == expected.dump(1));
}

TEST_CASE("a status is the same bytes until something changes", "[edged]") {
  PodDriver driver(PodJson(Json::object()));
  REQUIRE(driver.Settle());
  const Json first = driver.Report();
  driver.clock.Advance(std::chrono::hours(2));
  driver.clock.SetWall(WallTime(std::chrono::hours(24)));
  REQUIRE(driver.Settle());
  CHECK(DumpJson(driver.Report()) == DumpJson(first));
}

TEST_CASE("a pod before its containers is Pending and says why", "[edged]") {
  PodDriver driver(PodJson({{"initContainers", {ContainerJson("init")}}}));
  REQUIRE(driver.Settle());
  Json status = driver.Report();
  CHECK(status["phase"] == "Pending");
  CHECK(State(status) == Json::parse(R"({"waiting":{"reason":"PodInitializing"}})"));
  CHECK(State(status, "initContainerStatuses").contains("running"));
  CHECK(ConditionText(status, "Initialized") == "False ContainersNotInitialized");
  CHECK(ConditionText(status, "Ready") == "False ContainersNotReady");
  driver.runtime.Exit(driver.RunningId("init"), 0);
  driver.observed.needs_look = true;
  REQUIRE(driver.Settle());
  driver.clock.Advance(std::chrono::seconds(5));
  status = driver.Report();
  CHECK(status["phase"] == "Running");
  CHECK(status["initContainerStatuses"][0]["ready"] == true);
  CHECK(ConditionText(status, "Initialized") == "True ");
  CHECK(status["conditions"][1]["lastTransitionTime"] == "2026-01-01T00:00:05Z");
  CHECK(status["conditions"][0]["lastTransitionTime"] == "2026-01-01T00:00:00Z");
}

TEST_CASE("a crash loop shows why it waits and how the last run ended", "[edged]") {
  PodDriver driver(PodJson(Json::object()));
  REQUIRE(driver.Settle());
  for (int i = 0; i < 2; ++i) {
    driver.runtime.Exit(driver.RunningId("app"), 9);
    driver.observed.needs_look = true;
    REQUIRE(driver.Settle());
  }
  const Json status = driver.Report();
  CHECK(status["phase"] == "Running");
  CHECK(State(status)["waiting"]["reason"] == "CrashLoopBackOff");
  CHECK(State(status)["waiting"]["message"] ==
        "back-off 10s restarting failed container=app pod=app_default(u1)");
  const Json& last = status["containerStatuses"][0]["lastState"]["terminated"];
  CHECK(last["exitCode"] == 9);
  CHECK(last["reason"] == "Error");
  CHECK(last["finishedAt"] == "2026-01-01T00:00:00Z");
  CHECK(ConditionText(status, "ContainersReady") == "False ContainersNotReady");
}

TEST_CASE("terminal pods report how they ended", "[edged]") {
  for (const int code : {0, 4}) {
    CAPTURE(code);
    PodDriver driver(PodJson({{"restartPolicy", "Never"}}));
    REQUIRE(driver.Settle());
    driver.runtime.Exit(driver.RunningId("app"), code);
    driver.observed.needs_look = true;
    REQUIRE(driver.Settle());
    const Json status = driver.Report();
    CHECK(status["phase"] == (code == 0 ? "Succeeded" : "Failed"));
    CHECK(ConditionText(status, "Ready") == (code == 0 ? "False PodCompleted" : "False PodFailed"));
    CHECK(State(status)["terminated"]["exitCode"] == code);
    CHECK(State(status)["terminated"]["reason"] == (code == 0 ? "Completed" : "Error"));
    CHECK(ConditionText(status, "PodReadyToStartContainers") == "False ");
  }
}

TEST_CASE("a pod whose runtime lost everything still tells its end", "[edged]") {
  PodDriver driver(PodJson({{"restartPolicy", "OnFailure"}}));
  REQUIRE(driver.Settle());
  driver.runtime.Exit(driver.RunningId("app"), 0);
  driver.observed.needs_look = true;
  REQUIRE(driver.Settle());
  driver.runtime = fakes::FakeRuntime();
  driver.CutPower();
  REQUIRE(driver.Settle());
  const Json status = driver.Report();
  CHECK(driver.Count("RunSandbox") == 0);
  CHECK(status["phase"] == "Succeeded");
  CHECK(State(status)["terminated"]["exitCode"] == 0);
}

TEST_CASE("a pod deleted before it ran ends as unknown and not as waiting", "[edged]") {
  Json pod = PodJson(Json::object());
  pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  PodDriver driver(pod);
  REQUIRE(driver.Settle());
  CHECK(driver.facts.finished);
  CHECK(driver.Report()["phase"] == "Failed");
  CHECK(State(driver.Report())["terminated"]["reason"] == "ContainerStatusUnknown");
  CHECK(driver.Count("RunSandbox") == 0);
}

TEST_CASE("a pod that failed before its container ran does not show it as waiting", "[edged]") {
  Json container = ContainerJson("app", "none:1");
  SECTION("without init containers") {
    PodDriver driver(PodJson({{"activeDeadlineSeconds", 20}, {"containers", {container}}}));
    REQUIRE(driver.SettleFor(std::chrono::seconds(21)));
    const Json status = driver.Report();
    CHECK(status["phase"] == "Failed");
    CHECK(State(status)["terminated"]["reason"] == "ContainerStatusUnknown");
    CHECK(State(status)["terminated"]["exitCode"] == 137);
    CHECK(status["containerStatuses"][0]["ready"] == false);
  }
  SECTION("in an init container, after which nothing was to start yet") {
    PodDriver driver(
        PodJson({{"activeDeadlineSeconds", 20},
                 {"initContainers", {ContainerJson("one", "none:1"), ContainerJson("two")}}}));
    REQUIRE(driver.SettleFor(std::chrono::seconds(21)));
    const Json status = driver.Report();
    CHECK(status["phase"] == "Failed");
    CHECK(State(status, "initContainerStatuses")["terminated"]["exitCode"] == 137);
    CHECK(State(status, "initContainerStatuses", 1).contains("waiting"));
    CHECK(State(status).contains("waiting"));
  }
}

TEST_CASE("a readiness gate keeps a pod from being ready until somebody opens it", "[edged]") {
  Json pod = PodJson({{"readinessGates", {{{"conditionType", "shop/open"}}}}});
  PodDriver driver(pod);
  REQUIRE(driver.Settle());
  CHECK(ConditionText(driver.Report(), "Ready") == "False ReadinessGatesNotReady");
  CHECK(ConditionText(driver.Report(), "ContainersReady") == "True ");
  pod["status"]["conditions"] = Json::parse(R"([{"type":"shop/open","status":"True"}])");
  driver.SetPod(pod);
  REQUIRE(driver.Settle());
  CHECK(ConditionText(driver.Report(), "Ready") == "True ");
}

}  // namespace edge::edged
