#include <map>
#include <string>
#include <vector>

#include "tests/contract/store/harness.h"

namespace edge::offline_store::testing {
namespace {

#define STORE_TEST(name) TEMPLATE_TEST_CASE(name, "[store]", SqliteHarness, FakeHarness)

STORE_TEST("A new store is empty and good and has an id") {
  TestType harness;
  const Contents contents = harness.store().Load().value();
  CHECK(contents.objects.empty());
  CHECK(contents.tombstones.empty());
  CHECK(contents.statuses.empty());
  CHECK(contents.facts.empty());
  CHECK(contents.meta.empty());
  CHECK(harness.store().Events(0, 10).value().empty());
  CHECK(harness.store().CountWaiting().statuses == 0);
  CHECK(harness.store().CountWaiting().events == 0);
  CHECK(harness.store().DroppedEvents() == 0);
  CHECK_FALSE(harness.store().Id().empty());
  CHECK(harness.store().health() == Health::kGood);
  CHECK(harness.store().health_message().empty());
}

STORE_TEST("What was committed is there after a restart and the id is the same") {
  TestType harness;
  const std::string id = harness.store().Id();
  PutObject put = PutPod("till", 7, std::string("{\"a\":\"\0\"}", 9));
  put.object.order = {UINT64_MAX, 5};
  put.object.prune_rule = 3;
  put.object.retained = true;
  const Tombstone stone{PodEntry("old"), {4, 2}};
  REQUIRE(CommitAndWait(harness, {put, PutTombstone{stone}, PutFacts{{"uid-of-till", "facts"}},
                                  PutMeta{"epoch", "12"}, PutMeta{"empty", ""}})
              .ok());
  harness.Reopen();
  const Contents contents = harness.store().Load().value();
  REQUIRE(contents.objects.size() == 1);
  CHECK(contents.objects[0].entry == put.object.entry);
  CHECK(contents.objects[0].bytes == put.object.bytes);
  CHECK(contents.objects[0].order == put.object.order);
  CHECK(contents.objects[0].prune_rule == 3);
  CHECK(contents.objects[0].retained);
  REQUIRE(contents.tombstones.size() == 1);
  CHECK(contents.tombstones[0].entry == stone.entry);
  CHECK(contents.tombstones[0].order == stone.order);
  REQUIRE(contents.facts.size() == 1);
  CHECK(contents.facts[0].bytes == "facts");
  CHECK(contents.meta.size() == 2);
  CHECK(harness.store().Id() == id);
}

STORE_TEST(
    "A token of a pod is there after a restart and a newer one replaces it and all go with the "
    "pod") {
  TestType harness;
  const sync::TokenKey own{"uid-of-till", "", 3607}, vault{"uid-of-till", "vault", 600};
  const sync::TokenKey other{"uid-of-scale", "", 3607};
  REQUIRE(CommitAndWait(harness, {PutToken{{own, "one"}}, PutToken{{vault, std::string("v\0", 2)}},
                                  PutToken{{other, "other"}}})
              .ok());
  REQUIRE(CommitAndWait(harness, {PutToken{{own, "two"}}}).ok());
  harness.Reopen();
  std::map<sync::TokenKey, std::string> held;
  const Contents contents = harness.store().Load().value();
  for (const HeldToken& token : contents.tokens) held[token.key] = token.bytes;
  CHECK(held == std::map<sync::TokenKey, std::string>{
                    {own, "two"}, {vault, std::string("v\0", 2)}, {other, "other"}});
  REQUIRE(CommitAndWait(harness, {DeleteTokens{"uid-of-till"}}).ok());
  const Contents left = harness.store().Load().value();
  REQUIRE(left.tokens.size() == 1);
  CHECK(left.tokens[0].key == other);
}

STORE_TEST("A newer version replaces an object and another UID under its name stands beside it") {
  TestType harness;
  REQUIRE(CommitAndWait(harness, {PutPod("till", 1, "one")}).ok());
  REQUIRE(CommitAndWait(harness, {PutPod("till", 2, "two")}).ok());
  PutObject other = PutPod("till", 3, "three");
  other.object.entry.uid = "another";
  REQUIRE(CommitAndWait(harness, {other}).ok());
  CHECK(harness.store().Load().value().objects.size() == 2);
  REQUIRE(CommitAndWait(harness, {DeleteObject{other.object.entry.key, "another"}}).ok());
  const Contents contents = harness.store().Load().value();
  REQUIRE(contents.objects.size() == 1);
  CHECK(contents.objects[0].bytes == "two");
}

STORE_TEST("Deleting what is not held is success") {
  TestType harness;
  CHECK(CommitAndWait(harness, {DeleteObject{PodEntry("x").key, "x"}, DeleteFacts{"x"},
                                DeleteTokens{"x"}, AckStatus{"x", 1}, AckEvents{9}})
            .ok());
}

STORE_TEST("An empty batch and a missing callback are fine") {
  TestType harness;
  harness.store().Commit({PutPod("till")}, nullptr);
  CHECK(CommitAndWait(harness, {}).ok());
  CHECK(harness.store().Load().value().objects.size() == 1);
}

STORE_TEST("Batches finish in the order they were given") {
  TestType harness;
  std::vector<int> order;
  for (int i = 0; i < 20; ++i) {
    harness.store().Commit({PutPod("pod-" + std::to_string(i % 3), std::uint8_t(i))},
                           [&order, i](const Status&) { order.push_back(i); });
  }
  harness.Settle([&] { return order.size() == 20; });
  for (int i = 0; i < 20; ++i) CHECK(order[std::size_t(i)] == i);
}

STORE_TEST("A status is conflated under a new sequence and the last value wins") {
  TestType harness;
  REQUIRE(CommitAndWait(harness, {PutStatus{PodEntry("a", 1), "a1"}}).ok());
  REQUIRE(CommitAndWait(harness, {PutStatus{PodEntry("b", 1), "b1"}}).ok());
  REQUIRE(CommitAndWait(harness, {PutStatus{PodEntry("a", 2), "a2"}}).ok());
  const auto rows = harness.store().Statuses(0, 10).value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].bytes == "b1");
  CHECK(rows[1].bytes == "a2");
  CHECK(rows[0].sequence < rows[1].sequence);
  CHECK(harness.store().Statuses(rows[0].sequence, 10).value().size() == 1);
  CHECK(harness.store().Statuses(0, 1).value().size() == 1);
}

STORE_TEST("A status that waits already keeps its sequence when it is put again") {
  TestType harness;
  REQUIRE(CommitAndWait(harness, {PutStatus{PodEntry("a", 1), "a1"}}).ok());
  const auto before = harness.store().Statuses(0, 10).value();
  REQUIRE(CommitAndWait(harness, {PutStatus{PodEntry("a", 1), "a1"}}).ok());
  const auto after = harness.store().Statuses(0, 10).value();
  REQUIRE(after.size() == 1);
  CHECK(after[0].sequence == before[0].sequence);
}

STORE_TEST("An ack of an older sequence does not delete the newer status") {
  TestType harness;
  REQUIRE(CommitAndWait(harness, {PutStatus{PodEntry("a", 1), "a1"}}).ok());
  const std::uint64_t old = harness.store().Statuses(0, 10).value()[0].sequence;
  REQUIRE(CommitAndWait(harness, {PutStatus{PodEntry("a", 2), "a2"}}).ok());
  REQUIRE(CommitAndWait(harness, {AckStatus{"uid-of-a", old}}).ok());
  const auto rows = harness.store().Statuses(0, 10).value();
  REQUIRE(rows.size() == 1);
  REQUIRE(CommitAndWait(harness, {AckStatus{"somebody-else", rows[0].sequence}}).ok());
  CHECK(harness.store().Statuses(0, 10).value().size() == 1);
  REQUIRE(CommitAndWait(harness, {AckStatus{"uid-of-a", rows[0].sequence}}).ok());
  CHECK(harness.store().Statuses(0, 10).value().empty());
}

STORE_TEST("Sequences go on rising after everything was acked and the store restarted") {
  TestType harness;
  REQUIRE(CommitAndWait(harness, {PutStatus{PodEntry("a"), "a"}, AppendEvent{"e"}}).ok());
  const std::uint64_t status = harness.store().Statuses(0, 10).value()[0].sequence;
  const std::uint64_t event = harness.store().Events(0, 10).value()[0].sequence;
  REQUIRE(CommitAndWait(harness, {AckStatus{"uid-of-a", status}, AckEvents{event}}).ok());
  harness.Reopen();
  CHECK(harness.store().Statuses(0, 10).value().empty());
  REQUIRE(CommitAndWait(harness, {PutStatus{PodEntry("a"), "a"}, AppendEvent{"e"}}).ok());
  CHECK(harness.store().Statuses(0, 10).value()[0].sequence > status);
  CHECK(harness.store().Events(0, 10).value()[0].sequence > event);
}

STORE_TEST("Rows that wait are counted as they come and go and after a restart") {
  TestType harness;
  REQUIRE(CommitAndWait(harness, {PutStatus{PodEntry("a"), "1"}, PutStatus{PodEntry("b"), "1"},
                                  PutStatus{PodEntry("a"), "2"}, AppendEvent{"1"}, AppendEvent{"2"},
                                  AppendEvent{"3"}})
              .ok());
  CHECK(harness.store().CountWaiting().statuses == 2);
  CHECK(harness.store().CountWaiting().events == 3);
  const StatusRow status = harness.store().Statuses(0, 1).value()[0];
  const std::uint64_t event = harness.store().Events(0, 2).value()[1].sequence;
  REQUIRE(CommitAndWait(harness, {AckStatus{status.entry.uid, status.sequence}, AckEvents{event}})
              .ok());
  harness.Reopen();
  CHECK(harness.store().CountWaiting().statuses == 1);
  CHECK(harness.store().CountWaiting().events == 1);
}

STORE_TEST("Events keep their order and are deleted up to the acked sequence") {
  TestType harness;
  REQUIRE(CommitAndWait(harness, {AppendEvent{"1"}, AppendEvent{"2"}, AppendEvent{"3"}}).ok());
  harness.Reopen();
  auto rows = harness.store().Events(0, 2).value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].bytes == "1");
  CHECK(rows[1].bytes == "2");
  CHECK(harness.store().Events(rows[1].sequence, 10).value().size() == 1);
  REQUIRE(CommitAndWait(harness, {AckEvents{rows[1].sequence}}).ok());
  rows = harness.store().Events(0, 10).value();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].bytes == "3");
  CHECK(harness.store().DroppedEvents() == 0);
}

STORE_TEST("A full event queue drops the oldest and the counter survives a restart") {
  TestType harness;
  Batch batch;
  for (int i = 0; i < 1005; ++i) batch.emplace_back(AppendEvent{std::to_string(i)});
  REQUIRE(CommitAndWait(harness, batch).ok());
  CHECK(harness.store().DroppedEvents() == 5);
  harness.Reopen();
  CHECK(harness.store().DroppedEvents() == 5);
  const auto rows = harness.store().Events(0, 2000).value();
  REQUIRE(rows.size() == 1000);
  CHECK(rows.front().bytes == "5");
  CHECK(rows.back().bytes == "1004");
}

STORE_TEST("A tombstone is kept as it was first written") {
  TestType harness;
  REQUIRE(CommitAndWait(harness, {PutTombstone{{PodEntry("a", 1), {1, 1}}}}).ok());
  REQUIRE(CommitAndWait(harness, {PutTombstone{{PodEntry("a", 1), {2, 9}}}}).ok());
  const Contents contents = harness.store().Load().value();
  REQUIRE(contents.tombstones.size() == 1);
  CHECK(contents.tombstones[0].order == sync::Order{1, 1});
}

STORE_TEST("Facts and meta values are replaced and deleted by name") {
  TestType harness;
  REQUIRE(CommitAndWait(harness, {PutFacts{{"a", "1"}}, PutMeta{"m", "1"}}).ok());
  REQUIRE(CommitAndWait(harness, {PutFacts{{"a", "2"}}, PutMeta{"m", "2"}}).ok());
  Contents contents = harness.store().Load().value();
  REQUIRE(contents.facts.size() == 1);
  CHECK(contents.facts[0].bytes == "2");
  CHECK(contents.meta[0].second == "2");
  REQUIRE(CommitAndWait(harness, {DeleteFacts{"a"}}).ok());
  CHECK(harness.store().Load().value().facts.empty());
}

STORE_TEST("A callback may commit again") {
  TestType harness;
  bool second = false;
  harness.store().Commit({PutPod("a")}, [&](const Status&) {
    harness.store().Commit({PutPod("b")}, [&](const Status&) { second = true; });
  });
  harness.Settle([&] { return second; });
  CHECK(harness.store().Load().value().objects.size() == 2);
}

}  // namespace
}  // namespace edge::offline_store::testing
