#pragma once

#include <optional>
#include <string>
#include <vector>

#include "edged/core/event/event.h"

namespace edge::edged {

/// The Node's Event that names some of the pods ("namespace/name") of another node agent on this
/// runtime, and what to do; none without such pods.
std::optional<EventDraft> ForeignPodsEvent(const std::string& node,
                                           const std::vector<std::string>& foreign);

}  // namespace edge::edged
