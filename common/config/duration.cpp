#include <charconv>

#include "common/config/config.h"

namespace edge::config {
namespace {

constexpr std::int64_t kLongest = std::int64_t{100} * 365 * 24 * 3600;  // seconds; fits in Duration

struct Unit {
  std::string_view name;
  edge::Duration size;
};
constexpr Unit kUnits[] = {{"ms", std::chrono::milliseconds(1)},
                           {"h", std::chrono::hours(1)},
                           {"m", std::chrono::minutes(1)},
                           {"s", std::chrono::seconds(1)}};

Status NoDuration(std::string_view text) {
  return InvalidArgument("\"" + std::string(text.substr(0, 40)) + "\" is no duration",
                         "write one like 250ms, 15s, 1m30s or 24h");
}

/// Takes "15s" from the front of `rest`.
Result<edge::Duration> TakePart(std::string_view& rest, std::string_view whole) {
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (error != std::errc() || number < 0) return NoDuration(whole);
  rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()));
  for (const Unit& unit : kUnits) {
    if (rest.substr(0, unit.name.size()) != unit.name) continue;
    if (number > kLongest * std::chrono::seconds(1) / unit.size) return NoDuration(whole);
    rest.remove_prefix(unit.name.size());
    return number * unit.size;
  }
  return NoDuration(whole);
}

}  // namespace

Result<edge::Duration> ParseDuration(std::string_view text) {
  if (text == "0") return edge::Duration::zero();
  if (text.empty() || text.size() > 40) return NoDuration(text);
  edge::Duration total{};
  for (std::string_view rest = text; !rest.empty();) {
    EDGE_ASSIGN_OR_RETURN(const edge::Duration part, TakePart(rest, text));
    if (part > kLongest * std::chrono::seconds(1) - total) return NoDuration(text);
    total += part;
  }
  return total;
}

}  // namespace edge::config
