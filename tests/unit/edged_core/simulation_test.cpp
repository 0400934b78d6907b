// Random pods, random faults, random crashes: whatever happens, once it stops happening the pod
// ends where it should, and on the way nothing ran twice.
#include <catch2/catch.hpp>

#include "common/random.h"
#include "tests/unit/edged_core/pod_driver.h"

namespace edge::edged {
namespace {

constexpr int kSeeds = 1200;

Json RandomPod(SeededRandom& random) {
  Json spec = {{"containers", Json::array()}};
  for (std::uint64_t i = 0, n = 1 + random.Below(3); i < n; ++i) {
    Json container = ContainerJson("c" + std::to_string(i));
    if (random.Below(4) == 0) container["imagePullPolicy"] = "Always";
    spec["containers"].push_back(container);
  }
  for (std::uint64_t i = 0, n = random.Below(3); i < n; ++i) {
    Json init = ContainerJson("i" + std::to_string(i));
    if (random.Below(3) == 0) init["restartPolicy"] = "Always";
    spec["initContainers"].push_back(init);
  }
  if (random.Below(2) == 0) {
    spec["volumes"] = Json::array({{{"name", "v"}, {"emptyDir", Json::object()}}});
  }
  if (random.Below(4) == 0) {
    spec["containers"][0]["ports"] = Json::array({{{"containerPort", 80}, {"hostPort", 8080}}});
  }
  return PodJson(std::move(spec));
}

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : random_(seed), pod_(RandomPod(random_)), driver_(pod_) {
    driver_.runtime.fault = [this](const std::string&) {
      const std::uint64_t dice = quiet_ ? 100 : random_.Below(100);
      return dice < 8    ? fakes::RuntimeFault::kRefuse
             : dice < 16 ? fakes::RuntimeFault::kLoseAnswer
                         : fakes::RuntimeFault::kNone;
    };
  }

  void Disturb() {
    for (int i = 0; i < 60; ++i) {
      driver_.Step();
      Event(random_.Below(40));
      if (!driver_.in_flight.empty() && random_.Below(10) < 8) {
        driver_.Perform(random_.Below(driver_.in_flight.size()));
      }
      driver_.clock.Advance(std::chrono::milliseconds(random_.Below(4000)));
    }
  }

  void Calm() {
    quiet_ = true;
    for (int i = 0; i < 200 && (i == 0 || !IsUp()); ++i) {
      ExitFinishedInit();
      REQUIRE(driver_.SettleFor(std::chrono::seconds(30)));
    }
  }

  bool IsUp() const {
    for (const Container& container : driver_.desired.pod->containers) {
      if (driver_.RunningId(container.name).empty()) return false;
    }
    return driver_.in_flight.empty();
  }

  PodDriver& driver() { return driver_; }
  const Json& pod() const { return pod_; }

 private:
  // An init container does its work and ends.
  void ExitFinishedInit() {
    for (const Container& container : driver_.desired.pod->init_containers) {
      const std::string id = driver_.RunningId(container.name);
      if (id.empty() || container.sidecar) continue;
      driver_.runtime.Exit(id, 0);
      driver_.observed.needs_look = true;
    }
  }

  void Event(std::uint64_t dice) {
    const auto running = driver_.runtime.Running();
    if (dice == 0) driver_.CrashAgent();
    if (dice == 1) driver_.CutPower();
    if (dice < 6 && dice > 1 && !running.empty()) {
      driver_.runtime.Exit(running[random_.Below(running.size())]->id,
                           static_cast<std::int32_t>(random_.Below(2)));
      driver_.observed.needs_look = true;
    }
    if (dice == 6 && !driver_.runtime.sandboxes().empty()) {
      driver_.runtime.KillSandbox(driver_.runtime.sandboxes().begin()->first);
      driver_.observed.needs_look = true;
    }
    if (dice == 7) {
      // What was in flight is done by the runtime although nobody waits any more.
      while (!driver_.in_flight.empty()) driver_.Perform();
      driver_.CrashAgent();
    }
  }

  SeededRandom random_;
  const Json pod_;
  PodDriver driver_;
  bool quiet_ = false;
};

}  // namespace

TEST_CASE("a pod comes up after any sequence of faults and never runs twice", "[edged]") {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    CAPTURE(seed);
    Simulation simulation(seed);
    simulation.Disturb();
    simulation.Calm();
    PodDriver& driver = simulation.driver();
    REQUIRE(driver.runtime.violations == std::vector<std::string>{});
    REQUIRE(simulation.IsUp());
    const Json report = driver.Report();
    CAPTURE(report.dump(1));
    REQUIRE(report["phase"] == "Running");
    REQUIRE(driver.runtime.sandboxes().size() <= 2);
  }
}

TEST_CASE("an agent that crashes and comes back restarts nothing", "[edged]") {
  for (std::uint64_t seed = 1; seed <= kSeeds / 3; ++seed) {
    CAPTURE(seed);
    Simulation simulation(seed);
    simulation.Calm();
    REQUIRE(simulation.IsUp());
    PodDriver& driver = simulation.driver();
    const std::size_t started = driver.Count("StartContainer");
    const std::size_t stopped = driver.Count("Stop");
    const Json before = driver.Report();
    driver.CrashAgent();
    REQUIRE(driver.SettleFor(std::chrono::minutes(20)));
    REQUIRE(driver.Count("StartContainer") == started);
    REQUIRE(driver.Count("Stop") == stopped);
    REQUIRE(driver.Report() == before);
  }
}

TEST_CASE("a removed pod leaves nothing behind whatever happened before", "[edged]") {
  for (std::uint64_t seed = 1; seed <= kSeeds / 3; ++seed) {
    CAPTURE(seed);
    Simulation simulation(seed);
    simulation.Disturb();
    PodDriver& driver = simulation.driver();
    driver.desired.present = false;
    if (seed % 2 == 0) driver.CrashAgent();
    driver.runtime.fault = nullptr;
    while (!driver.in_flight.empty()) driver.Perform();
    for (int i = 0; i < 20 && !driver.plan.gone; ++i) {
      REQUIRE(driver.SettleFor(std::chrono::minutes(2)));
    }
    REQUIRE(driver.plan.gone);
    REQUIRE(driver.runtime.containers().empty());
    REQUIRE(driver.runtime.sandboxes().empty());
    REQUIRE_FALSE(driver.volumes_made);
  }
}

}  // namespace edge::edged
