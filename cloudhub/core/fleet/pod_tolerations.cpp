#include "cloudhub/core/fleet/pod_tolerations.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "kube/node_selector.h"

namespace edge::cloudhub {
namespace {

constexpr std::int64_t kPluginSeconds = 300;
constexpr std::array<const char*, 2> kAwayTaints = {"not-ready", "unreachable"};

Json AwayToleration(const char* taint, const Json& seconds) {
  Json toleration = {{"key", std::string("node.kubernetes.io/") + taint},
                     {"operator", "Exists"},
                     {"effect", "NoExecute"}};
  if (!seconds.is_null()) toleration["tolerationSeconds"] = seconds;
  return toleration;
}

Json SecondsOf(const Json& toleration) {
  const Json* seconds = Find(toleration, {"tolerationSeconds"});
  return seconds == nullptr ? Json(nullptr) : *seconds;
}

Json RememberedOf(const Json& pod) {
  const Result<Json> rows =
      ParseJson(FindString(pod, {"metadata", "annotations", kTolerationAnnotation}));
  return rows.ok() && rows->is_object() ? *rows : Json::object();
}

/// Sets the toleration of one taint; `remembered` is what was set before, and then what is.
bool SetSeconds(const char* taint, const Json& seconds, Json& tolerations, Json& remembered) {
  const bool known = remembered.contains(taint);
  const Json before = known ? remembered[taint] : Json();
  remembered.erase(taint);
  const Json away = {{"key", std::string("node.kubernetes.io/") + taint}, {"effect", "NoExecute"}};
  const auto first = std::find_if(tolerations.begin(), tolerations.end(),
                                  [&](const Json& one) { return kube::Tolerates(one, away); });
  bool changed = true;
  if (first == tolerations.end()) {
    tolerations.push_back(AwayToleration(taint, seconds));
  } else {
    const Json had = SecondsOf(*first);
    const bool ours = *first == AwayToleration(taint, had) &&
                      (had == Json(kPluginSeconds) || (known && had == before));
    if (!ours) return false;
    changed = had != seconds;
    *first = AwayToleration(taint, seconds);
  }
  if (seconds != Json(kPluginSeconds)) remembered[taint] = seconds;
  return changed;
}

}  // namespace

Json TolerationPatch(const Json& pod, std::optional<std::int64_t> seconds) {
  const Json* found = Find(pod, {"spec", "tolerations"});
  Json tolerations = found != nullptr && found->is_array() ? *found : Json::array();
  Json remembered = RememberedOf(pod);
  const Json wanted = seconds ? Json(*seconds) : Json(nullptr);
  bool changed = false;
  for (const char* taint : kAwayTaints) {
    changed = SetSeconds(taint, wanted, tolerations, remembered) || changed;
  }
  if (!changed) return nullptr;
  const Json annotation = remembered.empty() ? Json(nullptr) : Json(DumpJson(remembered));
  return {{"metadata",
           {{"uid", FindString(pod, {"metadata", "uid"})},
            {"annotations", {{std::string(kTolerationAnnotation), annotation}}}}},
          {"spec", {{"tolerations", std::move(tolerations)}}}};
}

}  // namespace edge::cloudhub
