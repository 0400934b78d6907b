#pragma once

#include "common/json.h"

namespace edge::edged {

/// In the status of a pod that is over nothing waits: containers that cannot have succeeded become
/// terminated with exit code 137 (ContainerStatusUnknown). As with kubelet, containers that the pod
/// never came to, because its init containers did not end, stay as they are.
void EndWaitingContainers(Json* status);

}  // namespace edge::edged
