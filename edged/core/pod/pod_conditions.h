#pragma once

#include "edged/core/pod/reconcile.h"

namespace edge::edged {

/// The five conditions that a node owns, in kubelet's order. `status` already has phase and
/// container statuses; `previous` and the pod's own JSON give the times of what did not change.
Json PodConditions(const Pod& pod, const Json& status, bool sandbox_ready, const Json& previous,
                   WallTime now);

}  // namespace edge::edged
