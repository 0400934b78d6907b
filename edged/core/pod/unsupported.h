#pragma once

#include <string>
#include <vector>

#include "common/json.h"

namespace edge::edged {

/// The fields of a pod that are set and that this node does not honour, as paths
/// ("spec.containers{app}.livenessProbe"), sorted: for an Event, so that nothing is ignored
/// quietly.
std::vector<std::string> UnsupportedFields(const Json& pod);

}  // namespace edge::edged
