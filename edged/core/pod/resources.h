#pragma once

#include "edged/core/pod/inputs.h"
#include "edged/core/pod/pod_spec.h"

namespace edge::edged {

/// CPU shares and quota, memory limit and oom_score_adj as kubelet derives them.
/// Error: kInvalidArgument for a quantity that is none.
Result<LinuxResources> BuildResources(const Pod& pod, const Container& container,
                                      const NodeContext& node);

}  // namespace edge::edged
