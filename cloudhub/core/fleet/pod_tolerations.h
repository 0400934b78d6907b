#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/json.h"

namespace edge::cloudhub {

/// On a pod: the seconds that the hub has set, by taint ("not-ready", "unreachable"); null: for
/// ever. Else the author's own value could not be told from an earlier one of ours.
inline constexpr std::string_view kTolerationAnnotation = "edge.kubeedge.io/toleration-seconds";

/// The merge patch after which a pod stays bound for `seconds` (nullopt: for ever) to a node that
/// is not ready or unreachable; null when there is nothing to do.
///
/// Of the tolerations of each of the two taints the first that fits counts (kube-controller-manager
/// goes by that one), and it is changed only where it is what the admission plug-in
/// DefaultTolerationSeconds adds, with its 300 s or what the hub has set: all else is the author's
/// word. A pod to which the plug-in added none, because it is switched off, gets them: without them
/// it would go the moment that its node is away. Pure; any thread.
Json TolerationPatch(const Json& pod, std::optional<std::int64_t> seconds);

}  // namespace edge::cloudhub
