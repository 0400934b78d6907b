#pragma once

#include <string>

#include "common/json.h"

namespace edge::kube {

/// Whether the pod's spec.nodeSelector and required node affinity fit the node (both whole
/// objects). A malformed term matches nothing.
bool NodeSelectorFits(const Json& pod, const Json& node);

/// One NodeSelectorTerm (matchExpressions and matchFields) against a node. An empty term matches
/// nothing.
bool NodeSelectorTermMatches(const Json& term, const Json& node);

/// Whether a toleration tolerates a taint.
bool Tolerates(const Json& toleration, const Json& taint);

/// The node's first taint with one of the effects NoSchedule and NoExecute that the pod does not
/// tolerate, or nullptr.
const Json* FirstUntoleratedTaint(const Json& pod, const Json& node);

}  // namespace edge::kube
