#include <algorithm>
#include <array>

#include "kube/name_rules.h"
#include "kube/quantity.h"
#include "kube/validation.h"
#include "kube/validators.h"

namespace edge::kube {
namespace {

constexpr std::array<std::string_view, 9> kEnvFields{"metadata.name",
                                                     "metadata.namespace",
                                                     "metadata.uid",
                                                     "spec.nodeName",
                                                     "spec.serviceAccountName",
                                                     "status.hostIP",
                                                     "status.hostIPs",
                                                     "status.podIP",
                                                     "status.podIPs"};

bool IsSubscript(std::string_view path) {
  for (const std::string_view prefix : {"metadata.labels['", "metadata.annotations['"}) {
    if (path.substr(0, prefix.size()) == prefix && path.size() > prefix.size() + 2 &&
        path.substr(path.size() - 2) == "']") {
      return true;
    }
  }
  return false;
}

void ValidateFieldRef(const Json& ref, const std::string& path, FieldErrors& errors) {
  const std::string field = FindString(ref, {"fieldPath"});
  if (field.empty() || IsSubscript(field)) return;
  if (std::find(kEnvFields.begin(), kEnvFields.end(), field) != kEnvFields.end()) return;
  errors.push_back(
      NotSupported(path + ".fieldPath", field, {kEnvFields.begin(), kEnvFields.end()}));
}

void ValidateValueFrom(const Json& variable, const std::string& path, FieldErrors& errors) {
  const Json* source = Find(variable, {"valueFrom"});
  if (source == nullptr) return;
  const std::string here = path + ".valueFrom";
  if (source->empty()) {
    errors.push_back(Invalid(here, "",
                             "must specify one of: `fieldRef`, `resourceFieldRef`, "
                             "`configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"));
  } else if (!FindString(variable, {"value"}).empty()) {
    errors.push_back(Invalid(here, "", "may not be specified when `value` is not empty"));
  } else if (source->size() > 1) {
    errors.push_back(Invalid(here, "", "may not have more than one field specified at a time"));
  }
  for (const char* kind : {"configMapKeyRef", "secretKeyRef"}) {
    const Json* ref = Find(*source, {kind});
    if (ref != nullptr && FindString(*ref, {"name"}).empty()) {
      errors.push_back(Required(here + "." + kind + ".name"));
    }
  }
  if (const Json* ref = Find(*source, {"fieldRef"})) {
    ValidateFieldRef(*ref, here + ".fieldRef", errors);
  }
}

bool IsStandardResource(std::string_view name) {
  return name == "cpu" || name == "memory" || name == "ephemeral-storage" ||
         name.substr(0, 10) == "hugepages-";
}

bool MayOvercommit(std::string_view name) {
  return name == "cpu" || name == "memory" || name == "ephemeral-storage";
}

void ValidateResourceName(const std::string& name, const std::string& path, FieldErrors& errors) {
  const std::string here = path + "[" + name + "]";
  AddIfBad(here, name, CheckQualifiedName(name), errors);
  if (name.find('/') == std::string::npos && !IsStandardResource(name)) {
    errors.push_back(Invalid(here, name, "must be a standard resource type or fully qualified"));
    errors.push_back(Invalid(here, name, "must be a standard resource for containers"));
  }
}

void ValidateAmounts(const Json* amounts, const std::string& path, FieldErrors& errors) {
  if (amounts == nullptr || !amounts->is_object()) return;
  for (const auto& [name, amount] : amounts->items()) {
    ValidateResourceName(name, path, errors);
    const auto quantity = Quantity::FromJson(amount);
    if (quantity.ok() && quantity->IsNegative()) {
      errors.push_back(
          Invalid(path + "[" + name + "]", amount, "must be greater than or equal to 0"));
    }
  }
}

}  // namespace

void ValidateEnv(const Json& container, const std::string& path, FieldErrors& errors) {
  ForEachAt(container, "env", path, [&](const Json& variable, const std::string& here) {
    const std::string name = FindString(variable, {"name"});
    AddIfBad(here + ".name", name, CheckEnvName(name), errors);
    ValidateValueFrom(variable, here, errors);
  });
  ForEachAt(container, "envFrom", path, [&](const Json& source, const std::string& here) {
    const bool map = source.contains("configMapRef"), secret = source.contains("secretRef");
    if (!map && !secret) {
      errors.push_back(Invalid(here, "", "must specify one of: `configMapRef` or `secretRef`"));
    } else if (map && secret) {
      errors.push_back(Invalid(here, "", "may not have more than one field specified at a time"));
    }
    for (const char* kind : {"configMapRef", "secretRef"}) {
      const Json* ref = Find(source, {kind});
      if (ref != nullptr && FindString(*ref, {"name"}).empty()) {
        errors.push_back(Required(here + "." + kind + ".name"));
      }
    }
  });
}

void ValidateResources(const Json& resources, const std::string& path, FieldErrors& errors) {
  const Json* limits = Find(resources, {"limits"});
  const Json* requests = Find(resources, {"requests"});
  ValidateAmounts(limits, path + ".limits", errors);
  ValidateAmounts(requests, path + ".requests", errors);
  if (requests == nullptr || !requests->is_object()) return;
  for (const auto& [name, amount] : requests->items()) {
    const Json* bound = limits == nullptr ? nullptr : Find(*limits, {name});
    const auto request = Quantity::FromJson(amount);
    if (bound == nullptr) {
      if (!MayOvercommit(name)) {
        errors.push_back(
            Required(path + ".limits", "Limit must be set for non overcommitable resources"));
      }
      continue;
    }
    const auto limit = Quantity::FromJson(*bound);
    if (!request.ok() || !limit.ok()) continue;
    const std::string bound_text = name + " limit of " + limit->ToString();
    if (!MayOvercommit(name) && *request != *limit) {
      errors.push_back(
          Invalid(path + ".requests", request->ToString(), "must be equal to " + bound_text));
    } else if (*request > *limit) {
      errors.push_back(Invalid(path + ".requests", request->ToString(),
                               "must be less than or equal to " + bound_text));
    }
  }
}

}  // namespace edge::kube
