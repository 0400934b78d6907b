#pragma once

#include <algorithm>

#include "common/clock.h"

namespace edge::edged {

// Kubernetes' back-offs.

inline constexpr Duration kMaxBackOff = std::chrono::minutes(5);
/// A container that ran for this long starts its back-off afresh.
inline constexpr Duration kStableAfter = std::chrono::minutes(10);
/// How long ErrImagePull is shown before it becomes ImagePullBackOff.
inline constexpr Duration kErrorShown = std::chrono::seconds(2);

/// first, 2 x first, 4 x first, ... up to `most`, for count 1, 2, 3, ...; zero before that.
inline Duration Doubling(Duration first, int count, Duration most) {
  if (count < 1) return Duration(0);
  Duration delay = first;
  for (int i = 1; i < count && delay < most; ++i) delay *= 2;
  return std::min(delay, most);
}

/// Before the restart that follows the nth exit in a row: the first is at once, then 10 s, 20 s,
/// ...
inline Duration CrashDelay(int crashes) {
  return Doubling(std::chrono::seconds(10), crashes - 1, kMaxBackOff);
}
inline Duration PullDelay(int failures) {
  return Doubling(std::chrono::seconds(10), failures, kMaxBackOff);
}
/// For what fails between us and the runtime or the disk.
inline Duration RetryDelay(int failures) {
  return Doubling(std::chrono::seconds(1), failures, std::chrono::minutes(1));
}

}  // namespace edge::edged
