#include "sync/heartbeat_filter.h"

#include <catch2/catch.hpp>

namespace edge::sync {
namespace {

using Beat = HeartbeatFilter::Kind;

Beat Take(HeartbeatFilter* filter, const char* session, std::uint64_t sequence) {
  return filter->Take(session, sequence);
}

}  // namespace

TEST_CASE("Doubled and late heartbeats are told from new ones", "[sync]") {
  HeartbeatFilter filter;
  CHECK(Take(&filter, "a", 1) == Beat::kNewSession);
  CHECK(Take(&filter, "a", 3) == Beat::kNext);
  CHECK(Take(&filter, "a", 3) == Beat::kOld);
  CHECK(Take(&filter, "a", 2) == Beat::kOld);
}

TEST_CASE("Sessions without an id are each a new one", "[sync]") {
  HeartbeatFilter filter;
  CHECK(Take(&filter, "", 1) == Beat::kNewSession);
  CHECK(Take(&filter, "", 1) == Beat::kNewSession);
}

TEST_CASE("A straggler from before a restart is no second machine", "[sync]") {
  HeartbeatFilter filter;
  Take(&filter, "a", 1);
  CHECK(Take(&filter, "b", 1) == Beat::kNewSession);
  CHECK(Take(&filter, "a", 1) == Beat::kOld);
  CHECK(Take(&filter, "a", 2) == Beat::kOld);
  CHECK(Take(&filter, "b", 2) == Beat::kNext);
}

TEST_CASE("Two sessions that both go on are two machines", "[sync]") {
  HeartbeatFilter filter;
  Take(&filter, "a", 1);
  Take(&filter, "b", 1);
  Take(&filter, "a", 2);
  Take(&filter, "b", 2);
  CHECK(Take(&filter, "a", 3) == Beat::kTwin);
}

}  // namespace edge::sync
