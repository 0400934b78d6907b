#pragma once

#include "edged/core/event/event.h"
#include "edged/core/pod/reconcile.h"

namespace edge::edged {

/// Pulling, Killing: what is said when an action begins.
std::vector<EventDraft> EventsAtBegin(const DesiredPod& desired, const Action& action);

/// Pulled, Created, Started, Failed, FailedMount, FailedCreatePodSandBox: what came of it.
/// `took` is how long the call lasted.
std::vector<EventDraft> EventsAtFinish(const DesiredPod& desired, const Action& action,
                                       const Outcome& outcome, Duration took);

/// BackOff, Failed, ErrImageNeverPull, FailedMount, SandboxChanged: what a new plan says that the
/// one before it did not.
std::vector<EventDraft> EventsOfPlan(const DesiredPod& desired, const Plan& before,
                                     const Plan& after);

/// MissingClusterDNS: the pod asks for the cluster's DNS and gets the node's resolver; none when it
/// does not, or there is one.
std::vector<EventDraft> DnsEvent(const DesiredPod& desired, const NodeContext& node);

/// The Event that names the fields that are not honoured; none when all are.
std::vector<EventDraft> UnsupportedEvent(const DesiredPod& desired);

}  // namespace edge::edged
