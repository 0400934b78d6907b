#include <chrono>
#include <string>

#include "tests/contract/store/harness.h"

namespace edge::offline_store::testing {
namespace {

TEST_CASE("The destructor commits what is queued and calls nobody back", "[store]") {
  SqliteHarness harness;
  bool called = false;
  harness.store().Commit({PutPod("till")}, [&](const Status&) { called = true; });
  harness.Reopen();
  CHECK(harness.store().Load().value().objects.size() == 1);
  bool passed = false;
  harness.runner().loop().Post([&] { passed = true; });
  harness.Settle([&] { return passed; });
  CHECK_FALSE(called);
}

TEST_CASE("A callback may destroy the store", "[store]") {
  SqliteHarness harness;
  bool closed = false;
  bool told_after = false;
  harness.store().Commit({PutPod("a")}, [&](const Status&) {
    harness.Close();
    closed = true;
  });
  harness.store().Commit({PutPod("b")}, [&](const Status&) { told_after = true; });
  harness.Settle([&] { return closed; });
  CHECK_FALSE(told_after);
  harness.Open();
  CHECK(harness.store().Load().value().objects.size() == 2);
}

TEST_CASE("A second agent is told that the store is in use", "[store]") {
  SqliteHarness harness;
  SystemRandom random;
  const auto second = SqliteStore::Open(harness.options(), harness.runner().loop(), random);
  REQUIRE_FALSE(second.ok());
  CHECK(second.status().code() == Code::kFailedPrecondition);
  CHECK(second.status().ToString().find("other process") != std::string::npos);
  CHECK(CommitAndWait(harness, {PutPod("till")}).ok());
}

TEST_CASE("An oversized row is refused and the rest of the queue is not", "[store]") {
  Options options;
  options.max_row_bytes = 1000;
  options.max_event_bytes = 500;
  SqliteHarness harness(options);
  Status refused;
  harness.store().Commit({PutPod("small"), PutPod("big", 1, std::string(1001, 'x'))},
                         [&](Status status) { refused = std::move(status); });
  CHECK(CommitAndWait(harness, {PutPod("other")}).ok());
  CHECK(refused.code() == Code::kInvalidArgument);
  CHECK(CommitAndWait(harness, {AppendEvent{std::string(501, 'x')}}).code() ==
        Code::kInvalidArgument);
  CHECK(harness.store().Load().value().objects.size() == 1);
  CHECK(harness.store().health() == Health::kGood);
}

TEST_CASE("The event queue is bounded in bytes too", "[store]") {
  Options options;
  options.max_event_bytes = 1000;
  SqliteHarness harness(options);
  for (int i = 0; i < 5; ++i) {
    REQUIRE(CommitAndWait(harness, {AppendEvent{std::string(300, char('a' + i))}}).ok());
  }
  const auto rows = harness.store().Events(0, 10).value();
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].bytes[0] == 'c');
  CHECK(harness.store().DroppedEvents() == 2);
}

TEST_CASE("The oldest tombstones go when there are too many", "[store]") {
  Options options;
  options.max_tombstones = 3;
  SqliteHarness harness(options);
  for (int i = 0; i < 5; ++i) {
    REQUIRE(CommitAndWait(harness, {PutTombstone{{PodEntry(std::to_string(i)), {1, 1}}}}).ok());
  }
  const Contents contents = harness.store().Load().value();
  REQUIRE(contents.tombstones.size() == 3);
  CHECK(contents.tombstones[0].entry.key.name == "2");
}

TEST_CASE("Rows that wait are not visible before they are committed", "[store]") {
  SqliteHarness harness;
  bool done = false;
  harness.store().Commit({PutStatus{PodEntry("till"), "s"}}, [&](const Status&) { done = true; });
  CHECK(harness.store().Statuses(0, 10).value().empty());
  harness.Settle([&] { return done; });
  CHECK(harness.store().Statuses(0, 10).value().size() == 1);
}

TEST_CASE("The folder of the store is made where it is missing", "[store]") {
  const fakes::TempFolder folder;
  LoopRunner runner;
  SystemRandom random;
  Options options;
  options.path = folder / "var/lib/edged/store.db";
  CHECK(SqliteStore::Open(options, runner.loop(), random).ok());
  CHECK(std::filesystem::exists(options.path));
}

TEST_CASE("A folder that cannot be made is an error that names it", "[store]") {
  LoopRunner runner;
  SystemRandom random;
  Options options;
  options.path = "/proc/nowhere/store.db";
  const auto opened = SqliteStore::Open(options, runner.loop(), random);
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.status().message().find("/proc/nowhere") != std::string::npos);
}

}  // namespace
}  // namespace edge::offline_store::testing
