#pragma once

#include "edged/core/pod/reconcile.h"

namespace edge::edged {

/// The containerStatuses (sorted by name) or, with `init`, initContainerStatuses (in order).
Json ContainerStatuses(const DesiredPod& desired, const ObservedPod& observed, const Plan& plan,
                       bool init);

}  // namespace edge::edged
