#pragma once

#include "cloudhub/ports/kube_api.h"
#include "common/clock.h"

namespace edge::cloudhub {

/// Writes an Event (Warning, ExpiredRenewalRefused) on an EdgeNode whose terminal asks in vain for
/// the renewal of its expired certificate. The same refusal again raises the count of the Event
/// that is there. An Event that cannot be written is let go: the log has it too.
///
/// `api` must outlive the call. Thread rule: the loop thread.
void WriteRefusalEvent(KubeApi& api, const Json& edge_node, const Status& why, WallTime now);

}  // namespace edge::cloudhub
