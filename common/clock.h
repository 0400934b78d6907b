#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/status.h"

namespace edge {

using Duration = std::chrono::nanoseconds;

/// Names the time base of BootTime: CLOCK_BOOTTIME, which counts through suspend and which nobody
/// can set. It has no now(): ask an injected Clock.
struct BootTimeBase {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<BootTimeBase>;
  static constexpr bool is_steady = true;
};

/// For durations, deadlines and back-off.
using BootTime = BootTimeBase::time_point;
/// For stamps that people and the API read. Never subtract two of them to decide anything: a
/// terminal's clock may jump by decades when the network comes up.
using WallTime = std::chrono::sys_time<Duration>;

/// Where time comes from. Thread rule: implementations are callable from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual BootTime Boot() const = 0;
  virtual WallTime Wall() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  BootTime Boot() const override;
  WallTime Wall() const override;
};

/// "2026-11-23T06:19:00Z" (metav1.Time: whole seconds, rounded down).
std::string FormatTime(WallTime time);
/// "2026-11-23T06:19:00.123456Z" (metav1.MicroTime).
std::string FormatMicroTime(WallTime time);
/// Reads RFC 3339 with any number of fraction digits and any offset. Errors: kInvalidArgument, also
/// for years outside 1678 to 2261, which a WallTime cannot hold.
Result<WallTime> ParseTime(std::string_view text);

}  // namespace edge
