#include "cloudhub/core/session/edge_node_reporter.h"

#include <catch2/catch.hpp>

#include "cloudhub/core/resources.h"
#include "tests/fakes/fake_kube_api.h"
#include "tests/fakes/manual_executor.h"
#include "tests/unit/cloudhub_core/objects.h"

namespace edge::cloudhub {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Reported {
  Reported() {
    facts.generation = facts.registered_generation = 1;
    facts.connected = facts.ever_seen = true;
    facts.node_ready = "True";
    api.Put(kEdgeNodes, MakeEdgeNode("n1"));
  }
  /// A hub finds the EdgeNode as it is.
  void Begin() {
    reporter.emplace("n1", api, executor, random, api.Peek(kEdgeNodes, "", "n1"),
                     [this](const Json&) { return known ? std::optional(facts) : std::nullopt; });
  }
  std::size_t WritesWithin(Duration time) {
    const std::size_t before = api.calls().size();
    reporter->WriteSoon();
    executor.Advance(time);
    return api.calls().size() - before;
  }
  Json Connected() const {
    return api.Peek(kEdgeNodes, "", "n1").value("/status/conditions/1"_json_pointer, Json());
  }

  fakes::ManualExecutor executor;
  fakes::FakeKubeApi api{executor};
  SeededRandom random{1};
  EdgeNodeFacts facts;
  bool known = true;
  std::optional<EdgeNodeReporter> reporter;
};

TEST_CASE("a condition whose words alone changed is written, with its time kept", "[edgenode]") {
  Reported r;
  r.Begin();
  CHECK(r.WritesWithin(seconds(1)) == 1);
  const Json before = r.Connected();
  CHECK(before["reason"] == "HeartbeatReceived");
  r.executor.Advance(seconds(60));
  r.facts.duplicate = "two machines";
  CHECK(r.WritesWithin(seconds(1)) == 1);
  CHECK(r.Connected()["message"] == "two machines");
  CHECK(r.Connected()["lastTransitionTime"] == before["lastTransitionTime"]);
}

TEST_CASE("a hub that starts writes nothing where all is as it was written", "[edgenode]") {
  Reported r;
  r.Begin();
  CHECK(r.WritesWithin(seconds(1)) == 1);
  r.Begin();
  CHECK(r.WritesWithin(seconds(1)) == 0);
  r.facts.generation = 2;
  CHECK(r.WritesWithin(seconds(1)) == 1);
}

TEST_CASE("nothing is written before there is something to say", "[edgenode]") {
  Reported r;
  r.known = false;
  r.Begin();
  CHECK(r.WritesWithin(seconds(1)) == 0);
  r.known = true;
  CHECK(r.WritesWithin(seconds(1)) == 1);
}

TEST_CASE("a status that could not be written is written later", "[edgenode]") {
  Reported r;
  r.Begin();
  r.api.FailNext("patch", "edgenodes", Unavailable("away"));
  CHECK(r.WritesWithin(milliseconds(900)) == 1);
  r.executor.Advance(seconds(2));
  CHECK(r.Connected()["status"] == "True");
}

}  // namespace
}  // namespace edge::cloudhub
