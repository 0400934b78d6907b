#pragma once

#include <map>
#include <string>

#include "common/json.h"

// The core/v1 Node that stands for an EdgeNode, as the hub keeps it: a providerID that no cloud
// controller knows, a label and an annotation that keep load balancers and autoscalers away, and
// what the EdgeNode asks for (design.md 20). All else on the Node is somebody else's and is never
// touched. Pure; any thread.
namespace edge::cloudhub {

/// What of ours is on a Node, so that it goes again when the EdgeNode does not want it any more.
inline constexpr std::string_view kManagedAnnotation = "edge.kubeedge.io/managed";

/// Of a Node whose EdgeNode is being deleted.
inline constexpr std::string_view kRetiringTaint = "edge.kubeedge.io/retiring";

std::string ProviderIdOf(const std::string& node, const std::string& cluster_name);
/// A Node with another providerID, or without one, belongs to somebody else.
bool IsNodeOf(const Json& node, const std::string& cluster_name);

/// What one EdgeNode asks for.
struct NodeWish {
  std::map<std::string, std::string> labels;
  Json taints = Json::array();
  std::string refused;  ///< what of it is not done, because it may not be asked for
};

/// `spec` is the EdgeNode's, or its members labels and taints alone.
NodeWish WishOf(const Json& spec, const Json& default_taints);

Json NodeManifest(const std::string& node, const std::string& cluster_name, const NodeWish& wish);

/// The merge patch that makes that Node what it should be, with its uid and resourceVersion as
/// preconditions; null when it is.
Json NodePatch(const Json& held, const NodeWish& wish);

}  // namespace edge::cloudhub
