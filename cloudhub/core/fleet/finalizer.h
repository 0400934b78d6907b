#pragma once

#include <string_view>

#include "common/json.h"

// The finalizer by which an EdgeNode waits until its terminal is retired (design.md 20). Pure.
namespace edge::cloudhub {

inline constexpr std::string_view kTerminalFinalizer = "edge.kubeedge.io/terminal";

bool HasFinalizer(const Json& edge_node);
bool IsLeaving(const Json& edge_node);

/// The merge patch that puts it there, or takes it away, with uid and resourceVersion as
/// preconditions; null when there is nothing to do.
Json FinalizerPatch(const Json& edge_node, bool wanted);

}  // namespace edge::cloudhub
