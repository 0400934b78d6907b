#include "cloudhub/core/fleet/presence.h"

#include <algorithm>

namespace edge::cloudhub {

bool Presence::OnHeartbeat(const sync::Heartbeat& heartbeat, BootTime now, WallTime wall) {
  const bool news =
      !seen_ || heartbeat.session_id != last_.session_id || heartbeat.sequence > last_.sequence;
  if (!news) return false;
  seen_ = true;
  last_ = heartbeat;
  received_ = now;
  last_seen_ = std::max(wall, last_seen_ + std::chrono::microseconds(1));
  return true;
}

BootTime Presence::Deadline() const {
  const std::uint32_t interval = std::clamp<std::uint32_t>(last_.interval_seconds, 1, 3600);
  return received_ + std::chrono::milliseconds(2500) * interval;
}

bool Presence::ConnectedAt(BootTime now) const { return seen_ && now < Deadline(); }

}  // namespace edge::cloudhub
