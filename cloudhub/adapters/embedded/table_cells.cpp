#include <array>

#include "cloudhub/adapters/embedded/tables.h"

namespace edge::cloudhub::embedded {
namespace {

using std::chrono::seconds;

/// "5h" or "5h12m": the smaller unit is left out where it is zero.
std::string Two(std::int64_t big, char big_unit, std::int64_t small, char small_unit) {
  std::string text = std::to_string(big) + big_unit;
  if (small != 0) text += std::to_string(small) + small_unit;
  return text;
}

}  // namespace

std::string HumanDuration(Duration age) {
  const std::int64_t s = std::chrono::floor<seconds>(age).count();
  const std::int64_t minutes = s / 60;
  const std::int64_t hours = s / 3600;
  const std::int64_t days = hours / 24;
  // The steps are those of k8s.io/apimachinery/pkg/util/duration.
  if (s < -1) return "<invalid>";
  if (s < 0) return "0s";
  if (s < 120) return std::to_string(s) + "s";
  if (minutes < 10) return Two(minutes, 'm', s % 60, 's');
  if (minutes < 180) return std::to_string(minutes) + "m";
  if (hours < 8) return Two(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return std::to_string(hours) + "h";
  if (days < 8) return Two(days, 'd', hours % 24, 'h');
  if (days < 365 * 2) return std::to_string(days) + "d";
  if (days < 365 * 8) return Two(days / 365, 'y', days % 365, 'd');
  return std::to_string(days / 365) + "y";
}

std::string AgeOf(const std::string& text, WallTime now) {
  const auto time = ParseTime(text);
  return time.ok() ? HumanDuration(now - *time) : "<unknown>";
}

std::string AgeOfObject(const Json& object, WallTime now) {
  return AgeOf(FindString(object, {"metadata", "creationTimestamp"}), now);
}

std::string ConditionStatus(const Json& object, std::string_view type) {
  const Json* conditions = Find(object, {"status", "conditions"});
  if (conditions == nullptr || !conditions->is_array()) return {};
  for (const Json& condition : *conditions) {
    if (FindString(condition, {"type"}) == type) return FindString(condition, {"status"});
  }
  return {};
}

std::string OrNone(std::string text) { return text.empty() ? "<none>" : text; }

}  // namespace edge::cloudhub::embedded
