#pragma once

#include <string>

#include "cloudhub/ports/kube_api.h"
#include "common/clock.h"

namespace edge::cloudhub {

/// Writes an Event (Warning, `reason`) on an EdgeNode that is refused something. The same refusal
/// again raises the count of the Event that is there. An Event that cannot be written is let go:
/// a condition or the log has it too.
///
/// `api` must outlive the call. Thread rule: the loop thread.
void WriteRefusalEvent(KubeApi& api, const Json& edge_node, const std::string& reason,
                       const Status& why, WallTime now);

}  // namespace edge::cloudhub
