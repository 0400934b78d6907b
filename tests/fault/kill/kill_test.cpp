#include <catch2/catch.hpp>
#include <cstdio>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/log.h"
#include "tests/fault/kill/kill_world.h"
#include "tests/fault/kill/port_methods.h"

// The agent dies at every point of a pod's life and of a sync at which it touches the world, and
// the next process finds what it left. Each row of the table is one scenario with one death.

namespace edge::kill {
namespace {

/// What one scenario came to.
struct Course {
  std::string wrong;  ///< empty: all agreed at the end of every stage
  bool crashed = false;
  std::vector<std::pair<CrashPoints::Place, int>> visited;  ///< and how often
  /// Of sandboxes and containers: by stage, then by call.
  std::map<std::string, std::map<std::string, int>> starts;
};

/// Starts of sandboxes and containers: each one more than needed is a needless restart.
std::map<std::string, int> StartsOf(const std::map<std::string, int>& calls) {
  std::map<std::string, int> starts;
  for (const auto& [call, count] : calls) {
    if (call.starts_with("RunSandbox") || call.starts_with("StartContainer")) starts[call] = count;
  }
  return starts;
}

class Scenario {
 public:
  Scenario() = default;
  Scenario(const CrashPoints::Place& place, int visit) { world_.points.Arm(place, visit); }

  /// All stages; after a death in a later visit of `hurry_after` only the pod's deletion.
  Course Run(const std::string& hurry_after = "") {
    Stage(
        "start", [&] { world_.StartAgent(); }, [&] { return world_.NodeDisagreement(); });
    Stage(
        "create", [&] { world_.CreatePod(); }, [&] { return world_.PodDisagreement(0); });
    app_ = world_.RunningId("app");
    helper_ = world_.RunningId("helper");
    using Step = std::pair<std::function<void()>, std::function<std::string()>>;
    const std::vector<std::pair<std::string, Step>> changes = {
        {"config", {[&] { world_.ChangePrice("1.20"); }, [&] { return Kept(0); }}},
        {"exit", {[&] { world_.Exit("app", 3); }, [&] { return HelperKept(1); }}},
        {"image", {[&] { world_.ChangeImage("app:2"); }, [&] { return HelperKept(2); }}}};
    bool skip = hurry_after == "start" || hurry_after == "create";
    for (const auto& [name, step] : changes) {
      if (!skip) Stage(name, step.first, step.second);
      skip = skip || name == hurry_after;
    }
    Stage(
        "delete", [&] { world_.DeletePod(); }, [&] { return world_.Leftovers(); });
    course_.crashed = world_.points.crashed();
    course_.visited = world_.points.Visited();
    return course_;
  }

 private:
  template <typename Act, typename Check>
  void Stage(const std::string& name, Act act, Check check) {
    if (!course_.wrong.empty()) return;
    world_.points.EnterStage(name);
    act();
    const std::string wrong = world_.Await(check);
    if (!wrong.empty()) course_.wrong = "stage " + name + ": " + wrong;
    course_.starts[name] = StartsOf(world_.TakeCalls());
  }
  std::string HelperKept(int restarts) {
    if (world_.RunningId("helper") != helper_) return "helper was restarted";
    return world_.PodDisagreement(restarts);
  }
  std::string Kept(int restarts) {
    return world_.RunningId("app") != app_ ? "app was restarted" : HelperKept(restarts);
  }

  KillWorld world_;
  Course course_;
  std::string app_, helper_;
};

/// Points of calls that the scenario has no need for, and why.
const std::set<std::string> kNeverCalled = {
    "ImageRuntime.RemoveImage",  // nothing collects images yet
    "Store.health_message",      // asked for when the store is not well
};

TEST_CASE("a scenario without a death agrees at the end of every stage", "[kill]") {
  SetLogLevel(LogLevel::kError);
  const Course course = Scenario().Run();
  CHECK(course.wrong == "");
  CHECK_FALSE(course.crashed);
}

TEST_CASE("every port method has a crash point before and after it", "[kill]") {
  SetLogLevel(LogLevel::kError);
  std::set<std::string> visited;
  for (const auto& [place, visits] : Scenario().Run().visited) visited.insert(place.second);
  const auto methods = PortMethods();
  CHECK(methods.size() > 30);
  for (const std::string& method : methods) {
    if (kNeverCalled.contains(method)) continue;
    INFO(method << " has no crash point in tests/fault/kill/crashing_ports.cpp, or the scenario of "
                << "kill_test.cpp never comes by it");
    CHECK(visited.contains(method + ":before"));
    CHECK(visited.contains(method + ":after"));
  }
}

/// The first and the last visit of each place in one stage, or in all: a death at each.
class Deaths {
 public:
  Deaths() : whole_(Scenario().Run()) {}

  const Course& whole() const { return whole_; }
  const std::set<std::string>& points() const { return points_; }
  int wrong() const { return wrong_; }
  /// Looks that are taken every so often whatever the stage; the first stages have them for
  /// certain.
  static bool IsRegular(const CrashPoints::Place& place) {
    return place.first != "start" && (place.second.starts_with("RuntimeInfo.") ||
                                      place.second.starts_with("NodeFactsSource.") ||
                                      place.second.find(".List") != std::string::npos);
  }

  void DieIn(const std::string& stage) {
    for (const auto& [place, visits] : whole_.visited) {
      if (place.first != stage) continue;
      Die(place, 1);
      if (visits > 1) Die(place, visits);
    }
  }

 private:
  void Die(const CrashPoints::Place& place, int visit) {
    Course course = Scenario(place, visit).Run(visit > 1 ? place.first : "");
    // Time jumps under the lanes: a last visit may be one too many.
    while (!course.crashed && visit > 1) course = Scenario(place, --visit).Run(place.first);
    std::string result = course.wrong;
    for (const auto& [stage, starts] : course.starts) {
      if (result.empty() && starts != whole_.starts.at(stage)) {
        result = "started in stage " + stage + ": " + Text(starts);
      }
    }
    if (!result.empty()) ++wrong_;
    if (course.crashed) points_.insert(place.second);
    if (result.empty()) result = course.crashed ? "agrees" : "not reached";
    std::printf("%-7s %-38s %4d  %s\n", place.first.c_str(), place.second.c_str(), visit,
                result.c_str());
  }
  static std::string Text(const std::map<std::string, int>& starts) {
    std::string text;
    for (const auto& [call, count] : starts) text += call + " x" + std::to_string(count) + "; ";
    return text;
  }

  const Course whole_;
  std::set<std::string> points_;
  int wrong_ = 0;
};

void CheckStage(const std::string& stage) {
  SetLogLevel(LogLevel::kError);
  Deaths deaths;
  REQUIRE(deaths.whole().wrong == "");
  deaths.DieIn(stage);
  CHECK(deaths.wrong() == 0);
  for (const auto& [place, visits] : deaths.whole().visited) {
    if (place.first != stage || Deaths::IsRegular(place)) continue;
    INFO(stage << ": nothing died at " << place.second);
    CHECK(deaths.points().contains(place.second));
  }
}

TEST_CASE("a death while the agent starts and registers loses nothing", "[kill]") {
  CheckStage("start");
}
TEST_CASE("a death while a pod is created duplicates nothing", "[kill]") { CheckStage("create"); }
TEST_CASE("a death while a ConfigMap changes restarts nothing", "[kill]") { CheckStage("config"); }
TEST_CASE("a death while a container is restarted restarts it once", "[kill]") {
  CheckStage("exit");
}
TEST_CASE("a death while an image changes replaces one container once", "[kill]") {
  CheckStage("image");
}
TEST_CASE("a death while a pod is deleted leaves nothing of it", "[kill]") { CheckStage("delete"); }

}  // namespace
}  // namespace edge::kill
