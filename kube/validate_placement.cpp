#include "kube/validation.h"
#include "kube/validators.h"

namespace edge::kube {
namespace {

void ValidateNodeRequirement(const Json& expression, const std::string& path, FieldErrors& errors) {
  const std::string op = FindString(expression, {"operator"});
  const Json* values = Find(expression, {"values"});
  const std::size_t count = values != nullptr && values->is_array() ? values->size() : 0;
  if ((op == "In" || op == "NotIn") && count == 0) {
    errors.push_back(
        Required(path + ".values", "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if ((op == "Exists" || op == "DoesNotExist") && count > 0) {
    errors.push_back(Forbidden(
        path + ".values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  } else if ((op == "Gt" || op == "Lt") && count != 1) {
    errors.push_back(Required(path + ".values",
                              "must be specified single value when `operator` is 'Lt' or 'Gt'"));
  }
  const std::string key = FindString(expression, {"key"});
  if (!key.empty()) AddIfBad(path + ".key", key, CheckQualifiedName(key), errors);
}

void ValidateNodeAffinity(const Json& spec, FieldErrors& errors) {
  const Json* required =
      Find(spec, {"affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"});
  if (required == nullptr) return;
  const std::string path =
      "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution";
  ForEachAt(*required, "nodeSelectorTerms", path,
            [&](const Json& term, const std::string& term_path) {
              ForEachAt(term, "matchExpressions", term_path,
                        [&](const Json& expression, const std::string& here) {
                          ValidateNodeRequirement(expression, here, errors);
                        });
            });
}

void ValidateToleration(const Json& toleration, const std::string& path, FieldErrors& errors) {
  const std::string key = FindString(toleration, {"key"});
  const std::string op = FindString(toleration, {"operator"});
  const std::string value = FindString(toleration, {"value"});
  if (!key.empty()) AddIfBad(path + ".key", key, CheckQualifiedName(key), errors);
  if (key.empty() && op != "Exists") {
    errors.push_back(Invalid(path + ".operator", op,
                             "operator must be Exists when `key` is empty, which means \"match "
                             "all values and all keys\""));
  }
  if (toleration.contains("tolerationSeconds") &&
      FindString(toleration, {"effect"}) != "NoExecute") {
    errors.push_back(Invalid(path + ".effect", FindString(toleration, {"effect"}),
                             "effect must be 'NoExecute' when `tolerationSeconds` is set"));
  }
  if (op == "Exists" && !value.empty()) {
    errors.push_back(
        Invalid(path + ".operator", value, "value must be empty when `operator` is 'Exists'"));
  } else if (op.empty() || op == "Equal") {
    AddIfBad(path + ".operator", value, CheckLabelValue(value), errors);
  }
}

}  // namespace

void ValidatePlacement(const Json& spec, FieldErrors& errors) {
  if (const Json* selector = Find(spec, {"nodeSelector"})) {
    ValidateLabels(*selector, "spec.nodeSelector", errors);
  }
  ValidateNodeAffinity(spec, errors);
  ForEachAt(spec, "tolerations", "spec", [&](const Json& toleration, const std::string& path) {
    ValidateToleration(toleration, path, errors);
  });
}

}  // namespace edge::kube
