#include <algorithm>
#include <catch2/catch.hpp>

#include "cloudhub/core/fleet/node_pulse.h"
#include "cloudhub/core/resources.h"
#include "tests/fakes/fake_kube_api.h"
#include "tests/fakes/manual_executor.h"

namespace edge::cloudhub {
namespace {

struct Pulsing {
  fakes::ManualExecutor executor;
  fakes::FakeKubeApi api{executor};
  SeededRandom random{1};
  NodePulse pulse{"n1", api, executor, random, std::chrono::minutes(5)};

  Pulsing() { api.Put(kNodes, {{"metadata", {{"name", "n1"}}}}); }
  /// Heartbeats for that long; how many writes came of them.
  std::size_t Beat(std::chrono::seconds time, const std::string& ready) {
    const std::size_t before = api.calls().size();
    for (int i = 0; i < time / std::chrono::seconds(15); ++i) {
      pulse.Beat(executor.clock().Wall(), ready);
      executor.Advance(std::chrono::seconds(15));
    }
    return api.calls().size() - before;
  }
};

TEST_CASE_METHOD(Pulsing,
                 "while nothing changes a Node's heartbeat times are written every 5 minutes",
                 "[node_pulse]") {
  CHECK(Beat(std::chrono::minutes(30), "True") == 6);
  CHECK(api.calls().back().actor == "n1");
  const Json node = api.Peek(kNodes, "", "n1");
  CHECK(node["status"]["conditions"].size() == 4);
  CHECK(node["status"]["conditions"][3]["type"] == "Ready");
  CHECK_FALSE(node["status"]["conditions"][3].contains("status"));
}

TEST_CASE_METHOD(Pulsing, "a Node whose own report is yet to come gets no heartbeat times",
                 "[node_pulse]") {
  CHECK(Beat(std::chrono::minutes(30), "Unknown") == 0);
}

TEST_CASE_METHOD(Pulsing, "where the interval is zero nothing is written", "[node_pulse]") {
  NodePulse never("n1", api, executor, random, {});
  executor.Advance(std::chrono::hours(1));
  never.Beat(executor.clock().Wall(), "True");
  CHECK(api.calls().empty());
}

}  // namespace
}  // namespace edge::cloudhub
