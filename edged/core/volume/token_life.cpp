#include "edged/core/volume/token_life.h"

#include <algorithm>

#include "common/json.h"

namespace edge::edged {
namespace {

constexpr int kFormat = 1;
constexpr std::uint64_t kMaxSeconds = std::uint64_t{1} << 32;
constexpr Duration kDay = std::chrono::hours(24);

BootTime RefreshAt(BootTime received, Duration lifetime) {
  return received + std::min<Duration>(lifetime / 5 * 4, kDay);
}

}  // namespace

TokenLife NewTokenLife(std::string token, std::uint64_t lifetime_seconds, BootTime now,
                       WallTime wall) {
  TokenLife life;
  life.token = std::move(token);
  life.lifetime = std::chrono::seconds(std::min(lifetime_seconds, kMaxSeconds));
  life.expires_at = now + life.lifetime;
  life.refresh_at = RefreshAt(now, life.lifetime);
  life.received = wall;
  return life;
}

std::string DumpTokenLife(const TokenLife& life, const std::string& boot_id) {
  const BootTime came = life.expires_at - life.lifetime;
  return DumpJson({{"format", kFormat},
                   {"token", life.token},
                   {"lifetime", life.lifetime.count()},
                   {"boot", boot_id},
                   {"at", came.time_since_epoch().count()},
                   {"wall", life.received.time_since_epoch().count()}});
}

Result<TokenLife> ReadTokenLife(const std::string& bytes, const std::string& boot_id, BootTime now,
                                WallTime wall) {
  EDGE_ASSIGN_OR_RETURN(const Json json, ParseJson(bytes));
  TokenLife life;
  life.token = FindString(json, {"token"});
  life.lifetime = Duration(FindInt(json, {"lifetime"}));
  const bool whole = FindInt(json, {"format"}) == kFormat && !life.token.empty() &&
                     life.lifetime > Duration::zero() &&
                     life.lifetime <= std::chrono::seconds(kMaxSeconds);
  if (!whole) return InvalidArgument("a stored token is not of format 1", "another is asked for");
  life.received = WallTime(WallTime::duration(FindInt(json, {"wall"})));
  const BootTime came(Duration(FindInt(json, {"at"})));
  if (FindString(json, {"boot"}) == boot_id && came <= now) {
    life.expires_at = came + life.lifetime;
    life.refresh_at = RefreshAt(came, life.lifetime);
    return life;
  }
  const Duration off = std::clamp<Duration>(wall - life.received, Duration::zero(), life.lifetime);
  life.expires_at = now + (life.lifetime - off);
  life.refresh_at = now;
  return life;
}

}  // namespace edge::edged
