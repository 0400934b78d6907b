#pragma once

#include <string>
#include <string_view>

#include "common/json.h"
#include "kube/field_error.h"

// The parts of Validate and ValidateUpdate (validation.h). Objects passed CheckTypes and Default.
namespace edge::kube {

/// The rules of one kind beyond the table; nullptr where there are none.
using KindValidator = void (*)(const Json& object, FieldErrors& errors);
KindValidator FindKindValidator(std::string_view type_name);
using KindUpdateValidator = void (*)(const Json& updated, const Json& old, FieldErrors& errors);
KindUpdateValidator FindKindUpdateValidator(std::string_view type_name);

void ValidateMetadata(const Json& object, std::string_view type_name, bool namespaced,
                      FieldErrors& errors);
void ValidatePod(const Json& pod, FieldErrors& errors);
void ValidatePodUpdate(const Json& updated, const Json& old, FieldErrors& errors);
/// `volumes` is the pod's list of volumes, or null.
void ValidateContainer(const Json& container, const std::string& path, const Json& volumes,
                       FieldErrors& errors);
void ValidateProbes(const Json& container, const std::string& path, FieldErrors& errors);
void ValidateResources(const Json& resources, const std::string& path, FieldErrors& errors);
void ValidateEnv(const Json& container, const std::string& path, FieldErrors& errors);
void ValidateVolumes(const Json& spec, FieldErrors& errors);
/// nodeSelector, affinity's node part and tolerations of a pod's spec.
void ValidatePlacement(const Json& spec, FieldErrors& errors);
void ValidateEdgeNode(const Json& node, FieldErrors& errors);
/// The taints of a Node's or an EdgeNode's spec.
void ValidateTaints(const Json& spec, FieldErrors& errors);
void ValidateLabels(const Json& labels, const std::string& path, FieldErrors& errors);

/// Calls `visit(element, "<path>.<name>[i]")` for each element of a list that may be missing.
template <typename Visit>
void ForEachAt(const Json& holder, std::string_view name, const std::string& path, Visit visit) {
  const Json* list = Find(holder, {name});
  if (list == nullptr || !list->is_array()) return;
  for (std::size_t i = 0; i < list->size(); ++i) {
    visit((*list)[i], path + "." + std::string(name) + "[" + std::to_string(i) + "]");
  }
}

/// Adds an Invalid error where `fault` says something.
inline void AddIfBad(const std::string& path, const Json& value, const std::string& fault,
                     FieldErrors& errors) {
  if (!fault.empty()) errors.push_back(Invalid(path, value, fault));
}

/// Adds an error where an integer that is present is outside [low, high].
void CheckRange(const Json& holder, std::string_view name, const std::string& path,
                std::int64_t low, std::int64_t high, FieldErrors& errors);

/// Adds an error where an integer that is present is negative.
void CheckNotNegative(const Json& holder, std::string_view name, const std::string& path,
                      FieldErrors& errors);

}  // namespace edge::kube
