#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>

#include "cloudhub/core/report/hub_reporter.h"
#include "kube/condition.h"
#include "tests/fakes/fake_kube_api.h"
#include "tests/fakes/manual_executor.h"

namespace edge::cloudhub {
namespace {

const Resource kHubs{"edge.kubeedge.io", "v1", "edgehubs"};
const Resource kCrds{"apiextensions.k8s.io", "v1", "customresourcedefinitions"};

HubFacts GoodFacts() {
  HubFacts facts;
  facts.version = "0.1.0";
  facts.acting = ActingAsNodes::kConstrained;
  facts.leads = facts.broker_connected = true;
  facts.buckets = 256;
  facts.nodes = 3;
  facts.kinds_revision = kKindsRevision;
  return facts;
}

std::string ReasonOf(const HubFacts& facts, const char* type) {
  const Json status = ComputeHubStatus(facts, {}, WallTime{});
  const Json* condition = kube::FindCondition(status, type);
  REQUIRE(condition != nullptr);
  return FindString(*condition, {"status"}) + " " + FindString(*condition, {"reason"});
}

struct Reporting {
  fakes::ManualExecutor executor;
  fakes::FakeKubeApi api{executor};
  HubFacts facts = GoodFacts();
  HubReporter reporter{"hub-0", api, executor, [this] { return facts; }};

  Json Status() { return api.Peek(kHubs, "", "hub-0")["status"]; }
  std::size_t Writes() {
    return static_cast<std::size_t>(
        std::count_if(api.calls().begin(), api.calls().end(),
                      [](const auto& call) { return call.verb == "patch"; }));
  }
};

TEST_CASE("an EdgeHub says how the replica acts as nodes and what that means", "[hub_status]") {
  HubFacts facts = GoodFacts();
  CHECK(ReasonOf(facts, "Ready") == "True Serving");
  CHECK(ReasonOf(facts, "ActsAsNodes") == "True Constrained");
  facts.acting = ActingAsNodes::kLegacy;
  CHECK(ReasonOf(facts, "ActsAsNodes") == "True Legacy");
  CHECK(ReasonOf(facts, "Ready") == "True Serving");
  facts.acting = ActingAsNodes::kNone;
  CHECK(ReasonOf(facts, "ActsAsNodes") == "False NotAllowed");
  CHECK(ReasonOf(facts, "Ready") == "False NotAllowed");
}

TEST_CASE("an EdgeHub is not ready without its Lease or its broker", "[hub_status]") {
  HubFacts facts = GoodFacts();
  facts.broker_connected = false;
  CHECK(ReasonOf(facts, "Ready") == "False BrokerNotConnected");
  facts.leads = false;
  CHECK(ReasonOf(facts, "Ready") == "False LeaseNotHeld");
}

TEST_CASE("kinds that are older or newer than the hub are a condition", "[hub_status]") {
  HubFacts facts = GoodFacts();
  CHECK(ReasonOf(facts, "KindsCurrent") == "True SameRevision");
  facts.kinds_revision = kKindsRevision - 1;
  CHECK(ReasonOf(facts, "KindsCurrent") == "False OlderKinds");
  facts.kinds_revision = kKindsRevision + 1;
  CHECK(ReasonOf(facts, "KindsCurrent") == "False NewerKinds");
  facts.kinds_revision.reset();
  CHECK(ReasonOf(facts, "KindsCurrent") == "Unknown NotReadYet");
}

TEST_CASE_METHOD(Reporting, "the EdgeHub is made, and written on change and once a minute",
                 "[hub_reporter]") {
  api.Put(kCrds, {{"metadata",
                   {{"name", "edgenodes.edge.kubeedge.io"},
                    {"annotations", {{kKindsRevisionAnnotation, "1"}}}}}});
  reporter.Start();
  executor.Advance(std::chrono::seconds(10));
  CHECK(Status()["nodes"] == 3);
  CHECK(Status()["impersonation"] == "Constrained");
  CHECK(FindString(*kube::FindCondition(Status(), "KindsCurrent"), {"status"}) == "True");
  const std::size_t before = Writes();
  executor.Advance(std::chrono::seconds(40));
  CHECK(Writes() == before);
  facts.nodes = 4;
  executor.Advance(std::chrono::seconds(6));
  CHECK(Writes() == before + 1);
  CHECK(Status()["nodes"] == 4);
  executor.Advance(std::chrono::seconds(66));
  CHECK(Writes() == before + 2);
}

TEST_CASE_METHOD(Reporting, "an EdgeHub that cannot be written is tried again", "[hub_reporter]") {
  api.FailNext("patch", "edgehubs", Unavailable("the API is away"), 3);
  reporter.Start();
  executor.Advance(std::chrono::seconds(30));
  CHECK(Status()["nodes"] == 3);
}

}  // namespace
}  // namespace edge::cloudhub
