#include "sync/heartbeat_filter.h"

#include <utility>

namespace edge::sync {

HeartbeatFilter::Kind HeartbeatFilter::Take(const Heartbeat& heartbeat) {
  const auto seen = [&heartbeat](const Session& session) {
    return !session.id.empty() && session.id == heartbeat.session_id;
  };
  Kind kind = Kind::kNewSession;
  if (seen(current_)) {
    if (heartbeat.sequence <= current_.sequence) return Kind::kOld;
    kind = Kind::kNext;
  } else if (seen(previous_)) {
    if (heartbeat.sequence <= previous_.sequence) return Kind::kOld;
    previous_.sequence = heartbeat.sequence;
    // One can be a straggler from before the restart; two are another machine.
    if (++after_end_ < 2) return Kind::kOld;
    kind = Kind::kTwin;
  }
  if (kind != Kind::kNext) after_end_ = 0;
  if (kind != Kind::kNext) previous_ = std::exchange(current_, Session());
  current_ = {heartbeat.session_id, heartbeat.sequence};
  return kind;
}

}  // namespace edge::sync
