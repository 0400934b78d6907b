#include <algorithm>
#include <array>
#include <utility>

#include "kube/validators.h"

namespace edge::kube {
namespace {

constexpr std::string_view kPodRule =
    "pod updates may not change fields other than "
    "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    "`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// What of a pod's spec must stay: everything but images, deadline, tolerations and a negative
/// grace period that becomes 1.
Json FixedPart(const Json& pod) {
  const Json* found = Find(pod, {"spec"});
  Json spec = found == nullptr ? Json::object() : *found;
  if (!spec.is_object()) return spec;
  for (const char* list : {"containers", "initContainers"}) {
    const auto containers = spec.find(list);
    if (containers == spec.end() || !containers->is_array()) continue;
    for (Json& container : *containers) {
      if (container.is_object()) container.erase("image");
    }
  }
  spec.erase("activeDeadlineSeconds");
  spec.erase("tolerations");
  return spec;
}

std::size_t Count(const Json& pod, const char* list) {
  const Json* found = Find(pod, {"spec", list});
  return found == nullptr ? 0 : found->size();
}

Json WithoutSeconds(Json toleration) {
  if (toleration.is_object()) toleration.erase("tolerationSeconds");
  return toleration;
}

/// Each old toleration must still be there, apart from its seconds.
void CheckTolerations(const Json& updated, const Json& old, FieldErrors& errors) {
  const Json* now = Find(updated, {"spec", "tolerations"});
  const Json* before = Find(old, {"spec", "tolerations"});
  if (before == nullptr || !before->is_array()) return;
  for (const Json& toleration : *before) {
    const Json wanted = WithoutSeconds(toleration);
    const bool kept = now != nullptr && std::any_of(now->begin(), now->end(), [&](const Json& one) {
                        return WithoutSeconds(one) == wanted;
                      });
    if (kept) continue;
    errors.push_back(
        Forbidden("spec.tolerations",
                  "existing toleration can not be modified except its tolerationSeconds"));
    return;
  }
}

void CheckDeadline(const Json& updated, const Json& old, FieldErrors& errors) {
  const Json* before = Find(old, {"spec", "activeDeadlineSeconds"});
  if (before == nullptr) return;
  const Json* now = Find(updated, {"spec", "activeDeadlineSeconds"});
  if (now == nullptr) {
    errors.push_back(Invalid("spec.activeDeadlineSeconds", nullptr,
                             "must not update from a positive integer to nil value"));
  } else if (*now > *before) {
    errors.push_back(Invalid("spec.activeDeadlineSeconds", *now,
                             "must be less than or equal to previous value"));
  }
}

void CheckImmutableData(const Json& updated, const Json& old, FieldErrors& errors) {
  if (!FindBool(old, {"immutable"})) return;
  constexpr std::string_view kDetail = "field is immutable when `immutable` is set";
  if (!FindBool(updated, {"immutable"})) {
    errors.push_back(Forbidden("immutable", std::string(kDetail)));
  }
  for (const char* field : {"data", "binaryData"}) {
    if (updated.value(field, Json()) != old.value(field, Json())) {
      errors.push_back(Forbidden(field, std::string(kDetail)));
    }
  }
}

void ValidateServiceUpdate(const Json& updated, const Json& old, FieldErrors& errors) {
  // A change to or from ExternalName releases or allocates the address.
  if (FindString(updated, {"spec", "type"}) == "ExternalName" ||
      FindString(old, {"spec", "type"}) == "ExternalName") {
    return;
  }
  const std::string before = FindString(old, {"spec", "clusterIP"});
  const std::string now = FindString(updated, {"spec", "clusterIP"});
  if (before.empty() || before == now) return;
  if (now.empty()) {
    errors.push_back(Invalid("spec.clusterIPs[0]", nullptr, "primary clusterIP can not be unset"));
    return;
  }
  errors.push_back(Invalid("spec.clusterIPs[0]", Json::array({now}), "may not change once set"));
}

constexpr std::array<std::pair<std::string_view, KindUpdateValidator>, 4> kUpdateKinds{{
    {"core.v1.ConfigMap", CheckImmutableData},
    {"core.v1.Pod", ValidatePodUpdate},
    {"core.v1.Secret", CheckImmutableData},
    {"core.v1.Service", ValidateServiceUpdate},
}};

}  // namespace

void ValidatePodUpdate(const Json& updated, const Json& old, FieldErrors& errors) {
  for (const char* list : {"containers", "initContainers"}) {
    if (Count(updated, list) == Count(old, list)) continue;
    errors.push_back(
        Forbidden(std::string("spec.") + list, "pod updates may not add or remove containers"));
    return;
  }
  CheckDeadline(updated, old, errors);
  CheckTolerations(updated, old, errors);
  Json now = FixedPart(updated);
  const Json before = FixedPart(old);
  if (FindInt(before, {"terminationGracePeriodSeconds"}) < 0 &&
      FindInt(now, {"terminationGracePeriodSeconds"}) == 1) {
    now["terminationGracePeriodSeconds"] = before["terminationGracePeriodSeconds"];
  }
  if (now != before) errors.push_back(Forbidden("spec", std::string(kPodRule)));
}

KindUpdateValidator FindKindUpdateValidator(std::string_view type_name) {
  const auto found = std::find_if(kUpdateKinds.begin(), kUpdateKinds.end(),
                                  [&](const auto& kind) { return kind.first == type_name; });
  return found == kUpdateKinds.end() ? nullptr : found->second;
}

}  // namespace edge::kube
