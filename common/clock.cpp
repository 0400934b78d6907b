#include "common/clock.h"

#include <ctime>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace edge {
namespace {

Duration Read(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

std::string FormatSeconds(std::time_t seconds) {
  std::tm fields{};
  gmtime_r(&seconds, &fields);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &fields);
  return {text.data(), size};
}

/// The offset behind the seconds ("Z", "+02:00"), in seconds; nullptr-like -1 day when malformed.
constexpr int kBadOffset = -86400;

int ParseOffset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return kBadOffset;
  for (const std::size_t i : {1U, 2U, 4U, 5U}) {
    if (text[i] < '0' || text[i] > '9') return kBadOffset;
  }
  const int hours = (text[1] - '0') * 10 + (text[2] - '0');
  const int minutes = (text[4] - '0') * 10 + (text[5] - '0');
  if (hours > 23 || minutes > 59) return kBadOffset;
  return (text[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/// A day that is in the calendar, in the years that a WallTime of nanoseconds can hold.
bool IsDate(const std::tm& fields) {
  if (fields.tm_year < 1678 - 1900 || fields.tm_year > 2261 - 1900) return false;
  std::tm copy = fields;
  copy.tm_hour = copy.tm_min = copy.tm_sec = 0;  // a leap second is no other day
  timegm(&copy);                                 // moves 31 February to March
  return copy.tm_mday == fields.tm_mday;
}

}  // namespace

BootTime SystemClock::Boot() const { return BootTime(Read(CLOCK_BOOTTIME)); }
WallTime SystemClock::Wall() const { return WallTime(Read(CLOCK_REALTIME)); }

std::string FormatTime(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return FormatSeconds(seconds.time_since_epoch().count()) + "Z";
}

std::string FormatMicroTime(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(time - seconds).count();
  std::array<char, 32> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%06lldZ", static_cast<long long>(micros));
  return FormatSeconds(seconds.time_since_epoch().count()) + fraction.data();
}

Result<WallTime> ParseTime(std::string_view text) {
  const std::string copy(text);
  std::tm fields{};
  const char* rest = strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &fields);
  const auto bad = [&] {
    return InvalidArgument("'" + copy + "' is not an RFC 3339 time",
                           "Write it like 2026-11-23T06:19:00Z");
  };
  if (rest == nullptr || !IsDate(fields)) return bad();
  Duration fraction{0};
  if (*rest == '.') {
    Duration::rep scale = 100'000'000;
    if (*++rest < '0' || *rest > '9') return bad();
    for (; *rest >= '0' && *rest <= '9'; ++rest, scale /= 10) {
      fraction += Duration((*rest - '0') * scale);
    }
  }
  const int offset = ParseOffset(rest);
  if (offset == kBadOffset) return bad();
  return WallTime(std::chrono::seconds(timegm(&fields) - offset) + fraction);
}

}  // namespace edge
