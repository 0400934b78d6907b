#pragma once

#include <deque>
#include <optional>
#include <string>

#include "common/clock.h"

namespace edge::cloudhub {

/// Notices one certificate on two machines, from the session ids in one node's heartbeats: each
/// start of an agent draws a new id, so a restart reads A, B, B, and two machines read A, B, A.
/// A value; one per node. Thread rule: one thread.
class DuplicateDetector {
 public:
  /// How long after the last interleaving the report stands: several heartbeats, since two machines
  /// that evict each other from the broker come back with growing pauses.
  static constexpr Duration kStands = std::chrono::minutes(10);

  /// A heartbeat with this session id came. Returns true when it shows a second machine.
  bool OnHeartbeat(const std::string& session_id, BootTime now);

  /// True while the last sign of a second machine is younger than kStands.
  bool Duplicated(BootTime now) const;

 private:
  static constexpr std::size_t kRemembered = 8;

  std::deque<std::string> ended_;  ///< sessions that another one followed; the newest last
  std::string current_;
  std::optional<BootTime> last_sign_;
};

}  // namespace edge::cloudhub
