#pragma once

#include "edged/core/pod/reconcile.h"

namespace edge::edged {

/// The pod's status as kubelet would write it. `previous` is the status that this node computed
/// last (or null): conditions that did not change keep their lastTransitionTime. Deterministic:
/// equal inputs give equal bytes, and `now` shows only in what changed. Conditions of others are
/// not in it: the hub merges by type. `desired.pod` must not be null.
Json ComputePodStatus(const DesiredPod& desired, const ObservedPod& observed, const Plan& plan,
                      const NodeContext& node, const Json& previous, Now now);

}  // namespace edge::edged
