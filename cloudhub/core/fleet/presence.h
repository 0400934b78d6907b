#pragma once

#include <string>

#include "common/clock.h"
#include "sync/messages.h"

namespace edge::cloudhub {

/// Whether one terminal is there, judged by its heartbeats alone. Pure.
class Presence {
 public:
  /// True when the heartbeat is news: another session, or a higher sequence. A doubled or replayed
  /// one must not prove that the terminal is alive.
  bool OnHeartbeat(const sync::Heartbeat& heartbeat, BootTime now, WallTime wall);

  /// Heard from within the last 2.5 of its own intervals.
  bool ConnectedAt(BootTime now) const;
  /// When ConnectedAt turns false unless another heartbeat comes.
  BootTime Deadline() const;

  bool seen() const { return seen_; }
  WallTime last_seen() const { return last_seen_; }
  const sync::Heartbeat& last() const { return last_; }

 private:
  bool seen_ = false;
  sync::Heartbeat last_;
  BootTime received_{};
  WallTime last_seen_{};
};

}  // namespace edge::cloudhub
