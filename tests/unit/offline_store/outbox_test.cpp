#include "offline-store/outbox.h"

#include <catch2/catch.hpp>

namespace edge::offline_store {
namespace {

OutboxDelta::StatusGone Gone(std::uint64_t sequence) { return {sequence}; }

TEST_CASE("An outbox applies steps in their order", "[store]") {
  Outbox outbox;
  OutboxDelta delta;
  delta.steps = {StatusRow{1, {}, "a"}, Gone(1), StatusRow{2, {}, "b"}};
  delta.dropped_events = 4;
  outbox.Apply(delta);
  REQUIRE(outbox.Statuses(0, 10).size() == 1);
  CHECK(outbox.Statuses(0, 10)[0].bytes == "b");
  CHECK(outbox.dropped_events() == 4);
}

TEST_CASE("An outbox gives rows after a sequence up to a limit", "[store]") {
  Outbox outbox;
  OutboxDelta delta;
  for (std::uint64_t i = 1; i <= 5; ++i) {
    delta.steps.emplace_back(StatusRow{i, {}, ""});
    delta.steps.emplace_back(EventRow{i * 10, ""});
  }
  outbox.Apply(delta);
  CHECK(outbox.Statuses(2, 2).front().sequence == 3);
  CHECK(outbox.Statuses(2, 2).size() == 2);
  CHECK(outbox.Events(10, 2).front().sequence == 20);
  CHECK(outbox.Events(15, 10).size() == 4);
  CHECK(outbox.Events(50, 10).empty());
  CHECK(outbox.Statuses(0, 0).empty());
}

TEST_CASE("Acked events go up to the sequence and later ones stay", "[store]") {
  Outbox outbox;
  OutboxDelta delta;
  delta.steps = {EventRow{1, ""}, EventRow{2, ""}, EventRow{3, ""}, OutboxDelta::EventsGone{2}};
  outbox.Apply(delta);
  REQUIRE(outbox.Events(0, 10).size() == 1);
  CHECK(outbox.Events(0, 10)[0].sequence == 3);
}

}  // namespace
}  // namespace edge::offline_store
