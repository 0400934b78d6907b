#include "common/clock.h"

#include <catch2/catch.hpp>

namespace edge {
namespace {

constexpr WallTime kTime{std::chrono::seconds(1795415940) + std::chrono::nanoseconds(123456789)};

TEST_CASE("Times are written as the API writes them", "[common]") {
  CHECK(FormatTime(kTime) == "2026-11-23T06:39:00Z");
  CHECK(FormatMicroTime(kTime) == "2026-11-23T06:39:00.123456Z");
  CHECK(FormatMicroTime(WallTime(Duration(-1))) == "1969-12-31T23:59:59.999999Z");
  CHECK(FormatTime(WallTime()) == "1970-01-01T00:00:00Z");
}

TEST_CASE("Times are read with fractions and offsets", "[common]") {
  CHECK(ParseTime("2026-11-23T06:39:00.123456789Z").value() == kTime);
  CHECK(ParseTime("2026-11-23T08:39:00.123456789+02:00").value() == kTime);
  CHECK(ParseTime("2026-11-22T22:39:00.123456789-08:00").value() == kTime);
  CHECK(ParseTime("2026-11-23T06:39:00.1234567899999Z").value() == kTime);
  CHECK(ParseTime("2024-02-29T00:00:00Z").ok());
  CHECK(ParseTime("2016-12-31T23:59:60Z").ok());
}

TEST_CASE("What is no time is refused", "[common]") {
  for (const char* text : {"", "now", "2026-11-23", "2026-11-23T06:39:00", "2026-11-23T06:39:00Zx",
                           "2026-13-01T00:00:00Z", "2026-02-31T00:00:00Z", "2025-02-29T00:00:00Z",
                           "2026-11-23T25:00:00Z", "2026-11-23T06:39:00.Z", "2026-11-23T06:39:00+2",
                           "2026-11-23T06:39:00+99:00", "2026-11-23T06:39:00+01:60"}) {
    INFO(text);
    CHECK(ParseTime(text).status().code() == Code::kInvalidArgument);
  }
}

TEST_CASE("Years beyond what a time can hold are refused and do not overflow", "[common]") {
  CHECK_FALSE(ParseTime("9999-12-31T23:59:59Z").ok());
  CHECK_FALSE(ParseTime("0001-01-01T00:00:00Z").ok());
  CHECK(ParseTime("2261-12-31T23:59:59Z").ok());
  CHECK(FormatTime(ParseTime("1678-01-01T00:00:00Z").value()) == "1678-01-01T00:00:00Z");
}

TEST_CASE("The time since boot does not run backwards", "[common]") {
  const SystemClock clock;
  const BootTime first = clock.Boot();
  CHECK(clock.Boot() >= first);
  CHECK(first.time_since_epoch() > Duration::zero());
}

}  // namespace
}  // namespace edge
