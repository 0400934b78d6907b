#pragma once

#include <string>
#include <string_view>

// What an EdgeNode may not ask for its Node; empty text: it may.
namespace edge::kube {

/// The labels that the hub and the terminal set themselves.
std::string WhyReservedLabel(std::string_view key);
/// The taints by which Kubernetes says what state a node is in.
std::string WhyReservedTaint(std::string_view key);

}  // namespace edge::kube
