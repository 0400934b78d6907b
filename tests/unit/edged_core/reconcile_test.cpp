#include <catch2/catch.hpp>

#include "edged/core/pod/labels.h"
#include "tests/unit/edged_core/pod_driver.h"

namespace edge::edged {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

void ExitAndLook(PodDriver& driver, const std::string& name, int code) {
  driver.runtime.Exit(driver.RunningId(name), code);
  driver.observed.needs_look = true;
}

Json WithPolicy(const char* policy) { return PodJson({{"restartPolicy", policy}}); }

Json Deleted(Json pod, int grace) {
  pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  pod["metadata"]["deletionGracePeriodSeconds"] = grace;
  return pod;
}

}  // namespace

TEST_CASE("the first thing done for a pod is to look", "[edged]") {
  PodDriver driver(PodJson(Json::object()));
  CHECK(Names(driver.Step()) == Strings{"Look"});
  CHECK(Names(driver.Step()) == Strings{});
}

TEST_CASE("sandbox and image are fetched side by side and then the container is made", "[edged]") {
  PodDriver driver(PodJson(Json::object()));
  driver.Step();
  driver.Perform();
  CHECK(Names(driver.Step()) == Strings{"CheckImage app", "RunSandbox"});
  driver.Perform();
  CHECK(Names(driver.Step()) == Strings{"PullImage app"});
  REQUIRE(driver.Settle());
  CHECK(driver.runtime.calls == Strings{"ListSandboxes", "ListContainers",
                                        "ImageStatus docker.io/library/img:1", "RunSandbox 0",
                                        "PullImage docker.io/library/img:1",
                                        "CreateContainer app 0", "StartContainer app"});
}

TEST_CASE("volumes are prepared before the container is created", "[edged]") {
  PodDriver driver(
      PodJson({{"volumes", Json::array({{{"name", "v"}, {"emptyDir", Json::object()}}})}}));
  driver.Step();
  driver.Perform();
  CHECK(Names(driver.Step()) == Strings{"PrepareVolumes", "CheckImage app", "RunSandbox"});
  while (driver.in_flight.size() > 1) driver.Perform(1);
  driver.Step();
  while (driver.in_flight.size() > 1) driver.Perform(1);
  CHECK(Names(driver.Step()) == Strings{});
  REQUIRE(driver.Settle());
  CHECK_FALSE(driver.RunningId("app").empty());
}

TEST_CASE("init containers run one after another and sidecars do not hold up the next", "[edged]") {
  Json side = ContainerJson("side");
  side["restartPolicy"] = "Always";
  PodDriver driver(
      PodJson({{"initContainers", {ContainerJson("one"), side, ContainerJson("two")}}}));
  REQUIRE(driver.Settle());
  CHECK(driver.Count("StartContainer") == 1);
  CHECK_FALSE(driver.RunningId("one").empty());
  ExitAndLook(driver, "one", 0);
  REQUIRE(driver.Settle());
  CHECK_FALSE(driver.RunningId("side").empty());
  CHECK_FALSE(driver.RunningId("two").empty());
  CHECK(driver.RunningId("app").empty());
  ExitAndLook(driver, "two", 0);
  REQUIRE(driver.Settle());
  CHECK_FALSE(driver.RunningId("app").empty());
}

TEST_CASE("a container that keeps failing waits 0 then 10 then 20 seconds and up to 5 minutes",
          "[edged]") {
  PodDriver driver(PodJson(Json::object()));
  REQUIRE(driver.Settle());
  for (const int delay : {0, 10, 20, 40, 80, 160, 300, 300}) {
    CAPTURE(delay);
    ExitAndLook(driver, "app", 1);
    REQUIRE(driver.Settle());
    if (delay > 0) {
      CHECK(driver.plan.waiting.at("app").reason == "CrashLoopBackOff");
      driver.clock.Advance(seconds(delay) - std::chrono::milliseconds(1));
      REQUIRE(driver.Settle());
      CHECK(driver.RunningId("app").empty());
      driver.clock.Advance(std::chrono::milliseconds(1));
      REQUIRE(driver.Settle());
    }
    CHECK_FALSE(driver.RunningId("app").empty());
  }
}

TEST_CASE("ten minutes of running end a back-off", "[edged]") {
  PodDriver driver(PodJson(Json::object()));
  REQUIRE(driver.Settle());
  for (int i = 0; i < 4; ++i) {
    ExitAndLook(driver, "app", 1);
    REQUIRE(driver.SettleFor(minutes(1)));
  }
  driver.clock.Advance(minutes(10));
  ExitAndLook(driver, "app", 1);
  REQUIRE(driver.Settle());
  CHECK_FALSE(driver.RunningId("app").empty());
}

TEST_CASE("restart policies decide what runs again", "[edged]") {
  struct Row {
    const char* policy;
    int code;
    bool again;
    const char* phase;
  };
  for (const Row& row : {Row{"Always", 0, true, ""}, Row{"Always", 1, true, ""},
                         Row{"OnFailure", 0, false, "Succeeded"}, Row{"OnFailure", 1, true, ""},
                         Row{"Never", 0, false, "Succeeded"}, Row{"Never", 1, false, "Failed"}}) {
    CAPTURE(row.policy, row.code);
    PodDriver driver(WithPolicy(row.policy));
    REQUIRE(driver.Settle());
    ExitAndLook(driver, "app", row.code);
    REQUIRE(driver.SettleFor(minutes(6)));
    CHECK(driver.RunningId("app").empty() != row.again);
    CHECK(driver.facts.terminal_phase == row.phase);
    CHECK(driver.Did("StopSandbox sandbox-1") != row.again);
  }
}

TEST_CASE("a pod that never restarts fails with its init container", "[edged]") {
  Json pod = WithPolicy("Never");
  pod["spec"]["initContainers"] = Json::array({ContainerJson("init")});
  PodDriver driver(pod);
  REQUIRE(driver.Settle());
  ExitAndLook(driver, "init", 3);
  REQUIRE(driver.SettleFor(minutes(6)));
  CHECK(driver.facts.terminal_phase == "Failed");
  CHECK(driver.Count("CreateContainer app") == 0);
}

TEST_CASE("after a power cut everything starts at once in a new sandbox and is counted",
          "[edged]") {
  PodDriver driver(PodJson({{"initContainers", {ContainerJson("init")}}}));
  REQUIRE(driver.Settle());
  ExitAndLook(driver, "init", 0);
  REQUIRE(driver.Settle());
  driver.CutPower();
  REQUIRE(driver.Settle());
  CHECK(driver.Did("RunSandbox 1"));
  CHECK(driver.Did("StopSandbox sandbox-1"));
  CHECK(driver.Did("CreateContainer init 1"));
  ExitAndLook(driver, "init", 0);
  REQUIRE(driver.Settle());
  CHECK(driver.Did("CreateContainer app 1"));
  CHECK_FALSE(driver.RunningId("app").empty());
  CHECK(driver.runtime.sandboxes().size() == 1);
  const Json status = driver.Report();
  CHECK(status["containerStatuses"][0]["restartCount"] == 1);
  CHECK(status["containerStatuses"][0]["lastState"]["terminated"]["exitCode"] == 255);
}

TEST_CASE("dead sandboxes are taken down when the pod runs", "[edged]") {
  PodDriver driver(PodJson(Json::object()));
  REQUIRE(driver.Settle());
  driver.CutPower();
  while (!driver.Did("StartContainer app") || driver.RunningId("app").empty()) {
    CHECK_FALSE(driver.Did("StopSandbox sandbox-1"));
    driver.Step();
    REQUIRE_FALSE(driver.in_flight.empty());
    driver.Perform();
  }
  REQUIRE(driver.Settle());
  CHECK(driver.Did("StopSandbox sandbox-1"));
  CHECK_FALSE(driver.plan.making);
}

TEST_CASE("dead sandboxes are taken down first where the new one may need what they hold",
          "[edged]") {
  SECTION("a port of the node") {
    Json app = ContainerJson("app");
    app["ports"] = Json::array({{{"containerPort", 80}, {"hostPort", 80}}});
    PodDriver driver(PodJson({{"containers", {app}}}));
    REQUIRE(driver.Settle());
    driver.CutPower();
    while (!driver.Did("RunSandbox 1")) {
      driver.Step();
      driver.Perform();
    }
    CHECK(driver.Did("StopSandbox sandbox-1"));
  }
  SECTION("the last free address") {
    PodDriver driver(PodJson(Json::object()));
    REQUIRE(driver.Settle());
    driver.CutPower();
    driver.runtime.fault = [&driver](const std::string& call) {
      const bool full = call == "RunSandbox 1" && !driver.Did("StopSandbox sandbox-1");
      return full ? fakes::RuntimeFault::kRefuse : fakes::RuntimeFault::kNone;
    };
    REQUIRE(driver.Settle());
    CHECK(driver.Did("StopSandbox sandbox-1"));
    CHECK(driver.RunningId("app").empty());
    REQUIRE(driver.SettleFor(seconds(5)));
    CHECK_FALSE(driver.RunningId("app").empty());
  }
}

TEST_CASE("a crash loop starts at once after a power cut but keeps its count", "[edged]") {
  PodDriver driver(PodJson(Json::object()));
  REQUIRE(driver.Settle());
  for (int i = 0; i < 5; ++i) {
    ExitAndLook(driver, "app", 1);
    REQUIRE(driver.SettleFor(minutes(2)));
  }
  ExitAndLook(driver, "app", 1);
  REQUIRE(driver.Settle());
  REQUIRE(driver.RunningId("app").empty());
  driver.CutPower();
  REQUIRE(driver.Settle());
  CHECK_FALSE(driver.RunningId("app").empty());
  ExitAndLook(driver, "app", 1);
  REQUIRE(driver.Settle());
  CHECK(driver.plan.waiting.at("app").reason == "CrashLoopBackOff");
}

TEST_CASE("a job that was cut off by the power runs again unless it must not", "[edged]") {
  for (const char* policy : {"OnFailure", "Never"}) {
    CAPTURE(policy);
    PodDriver driver(WithPolicy(policy));
    REQUIRE(driver.Settle());
    driver.CutPower();
    REQUIRE(driver.SettleFor(minutes(1)));
    CHECK(driver.RunningId("app").empty() == (std::string(policy) == "Never"));
  }
}

TEST_CASE("a container that was created before a crash is started and not made again", "[edged]") {
  PodDriver driver(PodJson(Json::object()));
  while (!driver.Did("CreateContainer app 0")) {
    driver.Step();
    driver.Perform();
  }
  driver.CrashAgent();
  REQUIRE(driver.Settle());
  CHECK(driver.Count("CreateContainer") == 1);
  CHECK(driver.Count("RunSandbox") == 1);
  CHECK_FALSE(driver.RunningId("app").empty());
}

TEST_CASE("of two ready sandboxes the one with the running container stays", "[edged]") {
  PodDriver driver(PodJson(Json::object()));
  REQUIRE(driver.Settle());
  SandboxInfo second = driver.runtime.sandboxes().at("sandbox-1");
  second.id = "sandbox-x";
  second.attempt = 1;
  driver.runtime.Put(second);
  const std::string running = driver.RunningId("app");
  driver.CrashAgent();
  REQUIRE(driver.Settle());
  CHECK(driver.RunningId("app") == running);
  REQUIRE(driver.runtime.sandboxes().size() == 1);
  CHECK(driver.runtime.sandboxes().count("sandbox-1") == 1);
}

TEST_CASE("a running container in a dead sandbox is stopped before the pod starts anew",
          "[edged]") {
  PodDriver driver(PodJson(Json::object()));
  REQUIRE(driver.Settle());
  SandboxInfo dead = driver.runtime.sandboxes().at("sandbox-1");
  dead.state = SandboxState::kNotReady;
  driver.runtime.Put(dead);
  driver.observed.needs_look = true;
  REQUIRE(driver.Settle());
  CHECK(driver.Did("StopContainer container-2"));
  CHECK(driver.Did("RunSandbox 1"));
  CHECK(driver.runtime.violations.empty());
}

TEST_CASE("a new image stops the container and starts it with the next attempt", "[edged]") {
  PodDriver driver(PodJson(Json::object()));
  REQUIRE(driver.Settle());
  driver.SetPod(PodJson({{"containers", {ContainerJson("app", "img:2")}}}));
  REQUIRE(driver.Settle());
  CHECK(driver.Did("CreateContainer app 1"));
  const std::string id = driver.RunningId("app");
  REQUIRE_FALSE(id.empty());
  CHECK(driver.runtime.containers().at(id).image == "docker.io/library/img:2");
}

TEST_CASE("an image that is not there is waited for with kubelet's reasons and back-off",
          "[edged]") {
  PodDriver driver(PodJson({{"containers", {ContainerJson("app", "none:1")}}}));
  REQUIRE(driver.Settle());
  CHECK(driver.plan.waiting.at("app").reason == "ErrImagePull");
  REQUIRE(driver.SettleFor(seconds(5)));
  CHECK(driver.plan.waiting.at("app").reason == "ImagePullBackOff");
  CHECK(driver.Count("PullImage") == 1);
  REQUIRE(driver.SettleFor(seconds(6)));
  CHECK(driver.Count("PullImage") == 2);
  driver.runtime.images.insert("docker.io/library/none:1");
  REQUIRE(driver.SettleFor(seconds(21)));
  CHECK(driver.Count("PullImage") == 2);
  CHECK_FALSE(driver.RunningId("app").empty());
}

TEST_CASE("an image with policy Never is looked for and not pulled", "[edged]") {
  Json container = ContainerJson("app");
  container["imagePullPolicy"] = "Never";
  PodDriver driver(PodJson({{"containers", {container}}}));
  REQUIRE(driver.Settle());
  CHECK(driver.plan.waiting.at("app").reason == "ErrImageNeverPull");
  driver.runtime.images.insert("docker.io/library/img:1");
  REQUIRE(driver.SettleFor(seconds(31)));
  CHECK(driver.Count("PullImage") == 0);
  CHECK_FALSE(driver.RunningId("app").empty());
}

TEST_CASE("policy Always needs no registry to bring back what ran here", "[edged]") {
  Json container = ContainerJson("app");
  container["imagePullPolicy"] = "Always";
  PodDriver driver(PodJson({{"containers", {container}}}));
  REQUIRE(driver.Settle());
  CHECK(driver.Count("PullImage") == 1);
  driver.runtime.registry.clear();
  driver.CutPower();
  REQUIRE(driver.Settle());
  CHECK(driver.Count("PullImage") == 1);
  CHECK_FALSE(driver.RunningId("app").empty());
  ExitAndLook(driver, "app", 1);
  REQUIRE(driver.Settle());
  CHECK(driver.Count("PullImage") == 2);
  CHECK_FALSE(driver.RunningId("app").empty());
}

TEST_CASE("deletion stops containers then the sandbox then the volumes and reports the end",
          "[edged]") {
  PodDriver driver(PodJson(Json::object()));
  REQUIRE(driver.Settle());
  driver.SetPod(Deleted(PodJson(Json::object()), 7));
  driver.Step();
  REQUIRE(Names(driver.plan) == Strings{"StopContainer app"});
  CHECK(driver.plan.actions[0].grace == seconds(7));
  driver.Perform();
  CHECK(Names(driver.Step()) == Strings{"StopSandbox"});
  driver.Perform();
  CHECK_FALSE(driver.facts.finished);
  REQUIRE(driver.Settle());
  CHECK(driver.facts.finished);
  CHECK(driver.facts.terminal_phase == "Failed");
  CHECK(driver.Report()["phase"] == "Failed");
  driver.desired.present = false;
  REQUIRE(driver.Settle());
  CHECK(driver.plan.gone);
  CHECK(driver.runtime.containers().empty());
}

TEST_CASE("a crash does not start the grace anew and a shorter grace overtakes", "[edged]") {
  PodDriver driver(PodJson(Json::object()));
  REQUIRE(driver.Settle());
  driver.SetPod(Deleted(PodJson(Json::object()), 60));
  CHECK(driver.Step().actions.at(0).grace == seconds(60));
  driver.clock.Advance(seconds(20));
  driver.CrashAgent();
  driver.Step();
  driver.Perform();
  CHECK(driver.Step().actions.at(0).grace == seconds(40));
  CHECK(driver.Step().actions.empty());
  driver.SetPod(Deleted(PodJson(Json::object()), 25));
  CHECK(driver.Step().actions.at(0).grace == seconds(5));
}

TEST_CASE("sidecars are stopped after the containers that they serve", "[edged]") {
  Json side = ContainerJson("side");
  side["restartPolicy"] = "Always";
  Json pod = PodJson({{"initContainers", {side}}});
  PodDriver driver(pod);
  REQUIRE(driver.Settle());
  driver.SetPod(Deleted(pod, 30));
  CHECK(Names(driver.Step()) == Strings{"StopContainer app"});
  driver.Perform();
  CHECK(Names(driver.Step()) == Strings{"StopContainer side"});
}

TEST_CASE("a sandbox of which only the runtime knows is removed when it has a tombstone",
          "[edged]") {
  PodDriver driver(PodJson(Json::object()));
  REQUIRE(driver.Settle());
  driver.CrashAgent();
  driver.facts = PodFacts();
  driver.desired.present = false;
  driver.desired.pod = nullptr;
  driver.Step();
  driver.Perform();
  CHECK(driver.Step().actions.at(0).grace == seconds(30));
  REQUIRE(driver.Settle());
  CHECK(driver.plan.gone);
}

TEST_CASE("the active deadline fails the pod and counts through a power cut", "[edged]") {
  PodDriver driver(PodJson({{"activeDeadlineSeconds", 600}}));
  REQUIRE(driver.Settle());
  driver.clock.Advance(minutes(6));
  driver.CutPower();
  REQUIRE(driver.SettleFor(minutes(3)));
  CHECK_FALSE(driver.RunningId("app").empty());
  REQUIRE(driver.SettleFor(minutes(2)));
  CHECK(driver.RunningId("app").empty());
  CHECK(driver.Report()["reason"] == "DeadlineExceeded");
  CHECK(driver.Report()["phase"] == "Failed");
}

TEST_CASE("an event during a look causes another look", "[edged]") {
  PodDriver driver(PodJson(Json::object()));
  REQUIRE(driver.Settle());
  driver.observed.needs_look = true;
  CHECK(Names(driver.Step()) == Strings{"Look"});
  driver.observed.needs_look = true;
  driver.Perform();
  CHECK(Names(driver.Step()) == Strings{"Look"});
}

TEST_CASE("of dead instances only the last stays", "[edged]") {
  PodDriver driver(PodJson(Json::object()));
  REQUIRE(driver.Settle());
  for (int i = 0; i < 4; ++i) {
    ExitAndLook(driver, "app", 1);
    REQUIRE(driver.SettleFor(minutes(3)));
  }
  CHECK(driver.runtime.containers().size() == 2);
  CHECK(driver.Report()["containerStatuses"][0]["restartCount"] == 4);
}

TEST_CASE("containers carry what it takes to know them again", "[edged]") {
  PodDriver driver(PodJson(Json::object()));
  REQUIRE(driver.Settle());
  const ContainerInfo& made = driver.runtime.containers().at(driver.RunningId("app"));
  CHECK(made.labels.at(kLabelNode) == "n1");
  CHECK(made.labels.at(kLabelPodUid) == "u1");
  CHECK(made.annotations.at(kAnnotationHash) ==
        ContainerHash(driver.desired.pod->containers.front()));
  CHECK(made.annotations.at(kAnnotationGrace) == "30");
}

}  // namespace edge::edged
