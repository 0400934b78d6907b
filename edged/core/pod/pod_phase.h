#pragma once

#include <string>

#include "edged/core/pod/pod_spec.h"

namespace edge::edged {

/// Pending, Running, Succeeded or Failed by kubelet's rules, from the container statuses as they
/// are reported. A phase that is terminal for another reason (deadline, deletion) is its caller's.
std::string PodPhase(const Pod& pod, const Json& init_statuses, const Json& statuses);

}  // namespace edge::edged
