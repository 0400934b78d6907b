#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "cloudhub/core/fleet/lease_keeper.h"
#include "cloudhub/core/resources.h"
#include "cloudhub/core/status/event_writer.h"
#include "cloudhub/core/status/status_writer.h"
#include "tests/fakes/fake_kube_api.h"
#include "tests/fakes/log_capture.h"
#include "tests/fakes/manual_executor.h"
#include "tests/unit/cloudhub_core/objects.h"

namespace edge::cloudhub {
namespace {

struct World {
  fakes::ManualExecutor executor;
  SeededRandom random{7};
  fakes::FakeKubeApi api{executor};
};

sync::StatusReport::Row Row(std::uint64_t sequence, const std::string& uid, const Json& report) {
  return {sequence, {{sync::Kind::kPod, "shop", "till"}, uid, {}}, DumpJson(report)};
}

struct Statuses : World {
  std::vector<sync::StatusAck::Row> settled;
  std::optional<std::string> refusal;
  StatusWriter writer{"n1",
                      api,
                      executor,
                      random,
                      {[this](const sync::Entry&) { return refusal; },
                       [this](sync::StatusAck::Row row) { settled.push_back(std::move(row)); }}};
  std::string uid = api.Put(kPods, MakePod("till", "n1"))["metadata"]["uid"];
};

TEST_CASE_METHOD(Statuses, "a status is written as the node and then settled", "[writer]") {
  writer.Report({{Row(1, uid, {{"status", {{"phase", "Running"}}}})}});
  CHECK(settled.empty());
  executor.RunReady();
  REQUIRE(settled.size() == 1);
  CHECK(settled[0].sequence == 1);
  CHECK(settled[0].refused.empty());
  CHECK(api.Peek(kPods, "shop", "till")["status"]["phase"] == "Running");
  CHECK(api.calls().back().actor == "n1");
}

TEST_CASE_METHOD(Statuses, "a newer row that came during a write is written after it", "[writer]") {
  writer.Report({{Row(1, uid, {{"status", {{"phase", "Pending"}}}})}});
  writer.Report({{Row(2, uid, {{"status", {{"phase", "Running"}}}})}});
  executor.RunReady();
  REQUIRE(settled.size() == 1);
  CHECK(settled[0].sequence == 2);
  CHECK(api.Peek(kPods, "shop", "till")["status"]["phase"] == "Running");
}

TEST_CASE_METHOD(Statuses, "a passing failure is tried again and an old row does not overtake",
                 "[writer]") {
  api.FailNext("patch", "pods", Unavailable("down"), 3);
  writer.Report({{Row(5, uid, {{"status", {{"phase", "Running"}}}})}});
  writer.Report({{Row(4, uid, {{"status", {{"phase", "Pending"}}}})}});
  executor.RunReady();
  CHECK(settled.empty());
  executor.Advance(std::chrono::minutes(5));
  REQUIRE(settled.size() == 1);
  CHECK(settled[0].sequence == 5);
  CHECK(writer.pending() == 0);
}

TEST_CASE_METHOD(Statuses, "a refusal for good is settled with its reason", "[writer]") {
  writer.Report({{Row(1, "another-uid", {{"status", {{"phase", "Running"}}}})}});
  executor.RunReady();
  REQUIRE(settled.size() == 1);
  CHECK_FALSE(settled[0].refused.empty());
  refusal = "not bound";
  writer.Report({{Row(2, uid, {{"status", {{"phase", "Running"}}}})}});
  REQUIRE(settled.size() == 2);
  CHECK(settled[1].refused == "not bound");
}

TEST_CASE_METHOD(Statuses, "a finished pod is deleted behind its last status", "[writer]") {
  writer.Report({{Row(1, uid, {{"status", {{"phase", "Succeeded"}}}, {"finished", true}})}});
  executor.RunReady();
  CHECK(api.Peek(kPods, "shop", "till").is_null());
  REQUIRE(settled.size() == 1);
  CHECK(settled[0].refused.empty());
}

TEST_CASE_METHOD(Statuses, "a report that cannot be read is refused and not kept", "[writer]") {
  writer.Report({{{1, {{sync::Kind::kPod, "shop", "till"}, uid, {}}, "{"}}});
  executor.RunReady();
  REQUIRE(settled.size() == 1);
  CHECK(settled[0].refused.find("cannot be read") != std::string::npos);
}

struct Events : World {
  std::vector<std::uint64_t> settled;
  EventWriter writer{"n1",
                     api,
                     executor,
                     random,
                     {[](const Json&, const auto& done) { done(Status::Ok()); },
                      [this](std::uint64_t sequence) { settled.push_back(sequence); }}};

  static sync::EventReport::Row Event(std::uint64_t sequence, const std::string& name, int count) {
    return {sequence, DumpJson({{"metadata", {{"name", name}, {"namespace", "shop"}}},
                                {"involvedObject", {{"kind", "Pod"}}},
                                {"count", count}})};
  }
};

TEST_CASE_METHOD(Events, "events are written in order and settled together", "[writer]") {
  writer.Report({{Event(1, "a", 1), Event(2, "b", 1)}, 0});
  executor.RunReady();
  CHECK(settled == std::vector<std::uint64_t>{2});
  CHECK(api.Peek(kEvents, "shop", "a")["count"] == 1);
}

TEST_CASE_METHOD(Events, "a repeat brings the count of the known event up to date", "[writer]") {
  writer.Report({{Event(1, "a", 1), Event(2, "a", 2)}, 0});
  executor.RunReady();
  CHECK(api.Peek(kEvents, "shop", "a")["count"] == 2);
}

TEST_CASE_METHOD(Events, "a doubled report is settled again and not written twice", "[writer]") {
  writer.Report({{Event(1, "a", 1)}, 0});
  executor.RunReady();
  const std::size_t calls = api.calls().size();
  writer.Report({{Event(1, "a", 1)}, 0});
  executor.RunReady();
  CHECK(api.calls().size() == calls);
  CHECK(settled == std::vector<std::uint64_t>{1, 1});
}

TEST_CASE_METHOD(Events, "an API that is away holds the queue and loses nothing", "[writer]") {
  api.FailNext("create", "events", Unavailable("down"), 2);
  writer.Report({{Event(1, "a", 1), Event(2, "b", 1)}, 0});
  executor.RunReady();
  CHECK(settled.empty());
  executor.Advance(std::chrono::minutes(1));
  CHECK(settled == std::vector<std::uint64_t>{2});
}

TEST_CASE_METHOD(World, "a lease is made once with the Node as its owner and then renewed",
                 "[writer]") {
  LeaseKeeper lease("n1", api);
  const WallTime first{std::chrono::seconds(1767225600)};
  lease.Renew(first, "node-uid");
  executor.RunReady();
  const Json made = api.Peek(kLeases, "kube-node-lease", "n1");
  REQUIRE(made["metadata"]["ownerReferences"].size() == 1);
  CHECK(made["metadata"]["ownerReferences"][0]["uid"] == "node-uid");
  CHECK(made["spec"]["leaseDurationSeconds"] == 40);
  lease.Renew(first + std::chrono::seconds(15), "node-uid");
  executor.RunReady();
  CHECK(api.Peek(kLeases, "kube-node-lease", "n1")["spec"]["renewTime"] ==
        "2026-01-01T00:00:15.000000Z");
}

TEST_CASE_METHOD(Events, "an event of somebody else under the same name is left alone",
                 "[writer]") {
  api.Put(kEvents, {{"metadata", {{"name", "a"}, {"namespace", "shop"}}},
                    {"involvedObject", {{"kind", "Pod"}, {"uid", "other"}}},
                    {"count", 7}});
  writer.Report({{Event(1, "a", 99)}, 0});
  executor.RunReady();
  CHECK(api.Peek(kEvents, "shop", "a")["count"] == 7);
  CHECK(settled == std::vector<std::uint64_t>{1});
}

}  // namespace
}  // namespace edge::cloudhub
