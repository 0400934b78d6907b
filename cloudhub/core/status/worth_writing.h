#pragma once

#include "common/clock.h"
#include "common/json.h"

namespace edge::cloudhub {

/// Whether the status `next` must be written: it differs from `written` in more than lastSeen, or
/// lastSeen is a minute ahead (a write for each sign of life would say nothing that a Lease does
/// not).
bool IsWorthWriting(const Json& written, const Json& next);

}  // namespace edge::cloudhub
