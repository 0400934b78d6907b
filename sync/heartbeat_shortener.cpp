#include "sync/heartbeat_shortener.h"

#include <utility>

namespace edge::sync {

UpMessage HeartbeatShortener::Shorten(Heartbeat heartbeat, bool hub_reads_unchanged) {
  if (hub_reads_unchanged && whole_ && heartbeat.sequence - whole_->sequence < kWholeEvery) {
    Heartbeat as_then = heartbeat;
    as_then.sequence = whole_->sequence;
    if (as_then == *whole_) {
      return HeartbeatUnchanged{heartbeat.session_id, heartbeat.sequence, whole_->sequence};
    }
  }
  whole_ = heartbeat;
  return heartbeat;
}

bool HeartbeatShortener::Wants(const HeartbeatRequest& request) {
  const bool answered =
      whole_ && (request.session_id != whole_->session_id || request.sequence < whole_->sequence);
  if (answered) return false;
  Reset();
  return true;
}

}  // namespace edge::sync
