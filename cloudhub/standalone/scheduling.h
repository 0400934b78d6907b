#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/json.h"

namespace edge::cloudhub::standalone {

/// On a node that `kubectl cordon` closed to new pods.
inline constexpr const char* kUnschedulableTaint = "node.kubernetes.io/unschedulable";

/// Which node a pod goes to. Pure.
struct Placement {
  std::string node;  ///< empty: none fits
  std::string
      message;  ///< why none fits, as the scheduler words it: "0/3 nodes are available: ..."
};

/// Chooses, of the nodes that fit, the one with the fewest pods, then the first by name.
/// `pods_by_node` are the pods that count against each node's room.
Placement ChooseNode(const Json& pod, const std::map<std::string, Json>& nodes,
                     const std::map<std::string, std::vector<const Json*>>& pods_by_node);

/// Why the pod does not fit the node; nullopt when it does.
std::optional<std::string> WhyNot(const Json& pod, const Json& node,
                                  const std::vector<const Json*>& held);

}  // namespace edge::cloudhub::standalone
