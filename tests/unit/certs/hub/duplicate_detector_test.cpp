#include "cloudhub/core/enrolment/duplicate_detector.h"

#include <catch2/catch.hpp>

namespace edge::cloudhub {

namespace {
constexpr BootTime kStart{std::chrono::hours(1)};
}

TEST_CASE("One machine and its restarts are no duplicate", "[enrolment]") {
  DuplicateDetector detector;
  for (const char* session : {"a", "a", "b", "b", "c", "d"}) {
    CHECK_FALSE(detector.OnHeartbeat(session, kStart));
  }
  CHECK_FALSE(detector.Duplicated(kStart));
}

TEST_CASE("A session that comes back after another one is a second machine", "[enrolment]") {
  DuplicateDetector detector;
  CHECK_FALSE(detector.OnHeartbeat("a", kStart));
  CHECK_FALSE(detector.OnHeartbeat("b", kStart));
  CHECK(detector.OnHeartbeat("a", kStart));
  CHECK(detector.Duplicated(kStart));
  CHECK(detector.OnHeartbeat("b", kStart));
}

TEST_CASE("The report ends ten minutes after the last sign", "[enrolment]") {
  DuplicateDetector detector;
  for (const char* session : {"a", "b", "a"}) detector.OnHeartbeat(session, kStart);
  CHECK(detector.Duplicated(kStart + std::chrono::minutes(9)));
  CHECK_FALSE(detector.OnHeartbeat("a", kStart + std::chrono::minutes(10)));
  CHECK_FALSE(detector.Duplicated(kStart + std::chrono::minutes(10)));
}

TEST_CASE("Many restarts use little memory and still show a second machine", "[enrolment]") {
  DuplicateDetector detector;
  for (int i = 0; i < 1000; ++i) {
    CHECK_FALSE(detector.OnHeartbeat(std::to_string(i), kStart));
  }
  CHECK(detector.OnHeartbeat("998", kStart));
}

}  // namespace edge::cloudhub
