#pragma once

#include <string>

#include "common/json.h"

namespace edge::edgectl {

inline constexpr const char* kDefaultSocket = "/run/edged/edged.sock";

/// Asks edged over its unix socket (edged/agent/local_api.h): one line of JSON there, one back.
/// Blocks for 10 s at most. Errors: edged's own; kUnavailable when nobody answers;
/// kPermissionDenied when this user may not ask; each with what to do.
Result<Json> Ask(const std::string& socket_path, const std::string& command);

}  // namespace edge::edgectl
