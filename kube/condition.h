#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/clock.h"
#include "common/json.h"

namespace edge::kube {

/// A condition of an object's status (apis.meta.v1.Condition).
struct Condition {
  std::string type;
  std::string status;  ///< "True", "False" or "Unknown"
  std::string reason;
  std::string message;
  std::int64_t generation = 0;  ///< observedGeneration
};

/// The condition of that type in an object's status; null where there is none.
const Json* FindCondition(const Json& status, std::string_view type);

/// As JSON; lastTransitionTime is that of the `previous` status where the condition's own status is
/// the same, else `now`.
Json RenderCondition(const Condition& condition, const Json& previous, WallTime now);

}  // namespace edge::kube
