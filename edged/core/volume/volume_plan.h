#pragma once

#include "edged/core/pod/reconcile.h"

namespace edge::edged {

/// What the pod's volumes hold now. Errors, each to be shown as FailedMount: kNotFound for a
/// missing ConfigMap or Secret (or key) that is not optional, kInvalidArgument for a path outside
/// the volume, kUnimplemented for a kind of volume that this node does not have,
/// kFailedPrecondition for a token that could not be had. Not to be shown is kUnavailable: a token
/// is on its way.
Result<VolumePlan> PlanVolumes(const Pod& pod, const HeldObjects& objects, const NodeContext& node);

/// Equal for equal plans; changes when a file's contents do.
std::string VolumePlanVersion(const VolumePlan& plan);

}  // namespace edge::edged
