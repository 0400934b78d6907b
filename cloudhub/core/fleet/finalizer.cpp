#include "cloudhub/core/fleet/finalizer.h"

#include <utility>

namespace edge::cloudhub {
namespace {

Json FinalizersOf(const Json& edge_node) {
  const Json* finalizers = Find(edge_node, {"metadata", "finalizers"});
  return finalizers != nullptr && finalizers->is_array() ? *finalizers : Json::array();
}

}  // namespace

bool HasFinalizer(const Json& edge_node) {
  for (const Json& finalizer : FinalizersOf(edge_node)) {
    if (finalizer == kTerminalFinalizer) return true;
  }
  return false;
}

bool IsLeaving(const Json& edge_node) {
  return Find(edge_node, {"metadata", "deletionTimestamp"}) != nullptr;
}

Json FinalizerPatch(const Json& edge_node, bool wanted) {
  if (HasFinalizer(edge_node) == wanted) return nullptr;
  Json finalizers = Json::array();
  for (const Json& finalizer : FinalizersOf(edge_node)) {
    if (finalizer != kTerminalFinalizer) finalizers.push_back(finalizer);
  }
  if (wanted) finalizers.push_back(kTerminalFinalizer);
  return {{"metadata",
           {{"uid", FindString(edge_node, {"metadata", "uid"})},
            {"resourceVersion", FindString(edge_node, {"metadata", "resourceVersion"})},
            {"finalizers", std::move(finalizers)}}}};
}

}  // namespace edge::cloudhub
