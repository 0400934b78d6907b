#pragma once

#include <map>
#include <string>

#include "tests/bench/kube_client.h"

namespace edge::bench {

/// Requests that an API server has answered, by verb and resource: "PATCH_pods/status".
using ApiRequests = std::map<std::string, double>;

/// From its metrics (apiserver_request_total): of all its clients together.
Result<ApiRequests> ReadApiRequests(KubeClient& client);

/// What came in between, without what did not change.
ApiRequests Difference(const ApiRequests& before, const ApiRequests& after);

}  // namespace edge::bench
