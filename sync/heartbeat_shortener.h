#pragma once

#include <cstdint>
#include <optional>

#include "sync/messages.h"

namespace edge::sync {

/// Decides which of a node's heartbeats go whole, and which as "unchanged since that one". One is
/// paid for 5,760 times a day, and on an idle node they are all alike.
///
/// Thread rule: a value.
class HeartbeatShortener {
 public:
  /// What to send for it. Sequences rise by one within a session.
  UpMessage Shorten(Heartbeat heartbeat, bool hub_reads_unchanged);
  /// The next one goes whole.
  void Reset() { whole_.reset(); }
  /// The hub asks for a whole one: true when it shall go now, false when one has gone since.
  bool Wants(const HeartbeatRequest& request);

  /// A hub that missed the whole one and whose requests are lost has it again after this many.
  static constexpr std::uint64_t kWholeEvery = 20;

 private:
  std::optional<Heartbeat> whole_;  // the last one that went whole
};

}  // namespace edge::sync
