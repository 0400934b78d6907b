#pragma once

#include <string>

#include "common/json.h"

namespace edge::edgectl {

/// An object as "Name:   value" lines: members in their order of names, "clusterName" as
/// "Cluster name", nested ones indented.
std::string RenderStatus(const Json& status);

/// A list of pods as a table: NAMESPACE, NAME, READY, STATUS, RESTARTS, IP. Members that are
/// missing leave their cells empty; the list's own order is kept.
std::string RenderPods(const Json& pods);

}  // namespace edge::edgectl
