#include "cloudhub/core/status/worth_writing.h"

namespace edge::cloudhub {
namespace {

constexpr Duration kLastSeenStep = std::chrono::seconds(60);

}  // namespace

bool IsWorthWriting(const Json& written, const Json& next) {
  Json before = written;
  Json after = next;
  const Result<WallTime> seen_before = ParseTime(FindString(before, {"lastSeen"}));
  const Result<WallTime> seen_after = ParseTime(FindString(after, {"lastSeen"}));
  if (before.is_object()) before.erase("lastSeen");
  after.erase("lastSeen");
  if (before != after) return true;
  if (!seen_after.ok()) return false;
  return !seen_before.ok() || *seen_after - *seen_before >= kLastSeenStep;
}

}  // namespace edge::cloudhub
