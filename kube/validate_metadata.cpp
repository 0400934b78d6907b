#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "kube/name_rules.h"
#include "kube/validation.h"
#include "kube/validators.h"

namespace edge::kube {
namespace {

constexpr std::size_t kMaxAnnotations = 256 * 1024;
constexpr std::size_t kMaxEdgeNodeName = 52;  // the certificate's name is system:node:<name>

std::string CheckEdgeNodeName(std::string_view name) {
  if (name.size() > kMaxEdgeNodeName) {
    return "must be no more than " + std::to_string(kMaxEdgeNodeName) + " bytes";
  }
  return CheckDnsSubdomain(name);
}

std::string CheckName(std::string_view type_name, std::string_view name) {
  if (type_name == "core.v1.Namespace" || type_name == "core.v1.Service") {
    return CheckDnsLabel(name);
  }
  if (type_name == "edge.v1.EdgeNode") return CheckEdgeNodeName(name);
  return CheckDnsSubdomain(name);
}

void ValidateAnnotations(const Json& annotations, FieldErrors& errors) {
  std::size_t total = 0;
  for (const auto& [key, value] : annotations.items()) {
    // The server compares keys in lower case.
    std::string lower = key;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    AddIfBad("metadata.annotations", key, CheckQualifiedName(lower), errors);
    total += key.size() + (value.is_string() ? value.get_ref<const std::string&>().size() : 0);
  }
  if (total > kMaxAnnotations) errors.push_back(TooLong("metadata.annotations", kMaxAnnotations));
}

void ValidateOwners(const Json& metadata, FieldErrors& errors) {
  int controllers = 0;
  ForEachAt(metadata, "ownerReferences", "metadata", [&](const Json& owner, const std::string&) {
    for (const char* field : {"apiVersion", "kind", "name", "uid"}) {
      if (FindString(owner, {field}).empty()) {
        errors.push_back(Invalid(std::string("metadata.ownerReferences.") + field, "",
                                 field == std::string_view("apiVersion")
                                     ? "version must not be empty"
                                     : "must not be empty"));
      }
    }
    controllers += FindBool(owner, {"controller"}) ? 1 : 0;
  });
  if (controllers > 1) {
    errors.push_back(Invalid("metadata.ownerReferences", metadata.value("ownerReferences", Json()),
                             "Only one reference can have Controller set to true"));
  }
}

/// One without a domain must be one of Kubernetes' own, except on custom resources.
void ValidateFinalizers(const Json& metadata, bool custom, FieldErrors& errors) {
  constexpr std::array<std::string_view, 3> kStandard = {"kubernetes", "orphan",
                                                         "foregroundDeletion"};
  std::set<std::string> seen;
  ForEachAt(metadata, "finalizers", "metadata", [&](const Json& value, const std::string& path) {
    if (!value.is_string()) return;
    const std::string finalizer = *seen.insert(value.get<std::string>()).first;
    const std::string fault = CheckQualifiedName(finalizer);
    AddIfBad("metadata.finalizers", finalizer, fault, errors);
    const bool plain = finalizer.find('/') == std::string::npos;
    if (custom || !fault.empty() || !plain) return;
    if (std::find(kStandard.begin(), kStandard.end(), finalizer) == kStandard.end()) {
      errors.push_back(Invalid(
          path, finalizer, "name is neither a standard finalizer name nor is it fully qualified"));
    }
  });
  if (seen.contains("orphan") && seen.contains("foregroundDeletion")) {
    errors.push_back(Invalid("metadata.finalizers", metadata["finalizers"],
                             "finalizer orphan and foregroundDeletion cannot be both set"));
  }
}

void ValidateOwnNames(const Json& metadata, std::string_view type_name, FieldErrors& errors) {
  const std::string name = FindString(metadata, {"name"});
  const std::string prefix = FindString(metadata, {"generateName"});
  if (!prefix.empty()) {
    // The suffix will end it, so a trailing dash is no fault.
    std::string example = prefix;
    if (example.back() == '-') example += 'a';
    AddIfBad("metadata.generateName", prefix, CheckName(type_name, example), errors);
  }
  if (name.empty()) {
    if (prefix.empty()) {
      errors.push_back(Required("metadata.name", "name or generateName is required"));
    }
    return;
  }
  AddIfBad("metadata.name", name, CheckName(type_name, name), errors);
}

}  // namespace

void ValidateLabels(const Json& labels, const std::string& path, FieldErrors& errors) {
  if (!labels.is_object()) return;
  for (const auto& [key, value] : labels.items()) {
    AddIfBad(path, key, CheckQualifiedName(key), errors);
    if (value.is_string()) {
      AddIfBad(path, value, CheckLabelValue(value.get_ref<const std::string&>()), errors);
    }
  }
}

void ValidateMetadata(const Json& object, std::string_view type_name, bool namespaced,
                      FieldErrors& errors) {
  const Json* metadata = Find(object, {"metadata"});
  if (metadata == nullptr || !metadata->is_object()) {
    errors.push_back(Required("metadata.name", "name or generateName is required"));
    return;
  }
  ValidateOwnNames(*metadata, type_name, errors);
  const std::string ns = FindString(*metadata, {"namespace"});
  if (namespaced && ns.empty()) errors.push_back(Required("metadata.namespace"));
  if (namespaced && !ns.empty()) AddIfBad("metadata.namespace", ns, CheckDnsLabel(ns), errors);
  if (!namespaced && !ns.empty()) {
    errors.push_back(Forbidden("metadata.namespace", "not allowed on this type"));
  }
  if (const Json* labels = Find(*metadata, {"labels"})) {
    ValidateLabels(*labels, "metadata.labels", errors);
  }
  const Json* annotations = Find(*metadata, {"annotations"});
  if (annotations != nullptr && annotations->is_object()) {
    ValidateAnnotations(*annotations, errors);
  }
  ValidateOwners(*metadata, errors);
  ValidateFinalizers(*metadata, type_name == "edge.v1.EdgeNode", errors);
}

}  // namespace edge::kube
