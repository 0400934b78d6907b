#include "sync/heartbeat_filter.h"

#include <utility>

namespace edge::sync {

HeartbeatFilter::Kind HeartbeatFilter::Take(const std::string& session_id, std::uint64_t sequence) {
  const auto seen = [&session_id](const Session& session) {
    return !session.id.empty() && session.id == session_id;
  };
  Kind kind = Kind::kNewSession;
  if (seen(current_)) {
    if (sequence <= current_.sequence) return Kind::kOld;
    kind = Kind::kNext;
  } else if (seen(previous_)) {
    if (sequence <= previous_.sequence) return Kind::kOld;
    previous_.sequence = sequence;
    // One can be a straggler from before the restart; two are another machine.
    if (++after_end_ < 2) return Kind::kOld;
    kind = Kind::kTwin;
  }
  if (kind != Kind::kNext) after_end_ = 0;
  if (kind != Kind::kNext) previous_ = std::exchange(current_, Session());
  current_ = {session_id, sequence};
  return kind;
}

}  // namespace edge::sync
