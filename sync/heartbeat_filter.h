#pragma once

#include <cstdint>
#include <string>

namespace edge::sync {

/// Tells new heartbeats from doubled, late and replayed ones, and one machine from two.
/// Thread rule: a value.
class HeartbeatFilter {
 public:
  enum class Kind {
    kNext,        ///< the running session goes on
    kNewSession,  ///< the agent was started anew
    kOld,         ///< doubled, late or replayed: not to be looked at
    kTwin,        ///< a session goes on that another had replaced: two machines, one certificate
  };
  /// Of a whole heartbeat or a short one: they share one sequence.
  Kind Take(const std::string& session_id, std::uint64_t sequence);

 private:
  struct Session {
    std::string id;
    std::uint64_t sequence = 0;
  };
  Session current_, previous_;
  int after_end_ = 0;  // new heartbeats of previous_ since current_ took over
};

}  // namespace edge::sync
