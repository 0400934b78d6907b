#pragma once

#include <functional>

#include "cloudhub/ports/kube_api.h"

namespace edge::cloudhub {

/// Creates a ConfigMap of the namespace edge-system, or sets the data of the one that is there.
/// `done` gets the API's error: try again later. `api` must outlive the call. Thread rule: the loop
/// thread.
void PutConfigMap(KubeApi& api, const Json& config_map, std::function<void(Status)> done);

}  // namespace edge::cloudhub
