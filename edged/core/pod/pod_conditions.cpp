#include "edged/core/pod/pod_conditions.h"

#include <algorithm>

namespace edge::edged {
namespace {

struct Condition {
  bool status = true;
  std::string reason, message;
};

const Json* ConditionIn(const Json& status, const std::string& type) {
  const Json* list = Find(status, {"conditions"});
  if (list == nullptr || !list->is_array()) return nullptr;
  for (const Json& condition : *list) {
    if (FindString(condition, {"type"}) == type) return &condition;
  }
  return nullptr;
}

// As Go prints a list: [a b].
std::string List(const std::vector<std::string>& names) {
  std::string text = "[";
  for (const std::string& name : names) text += (text.size() == 1 ? "" : " ") + name;
  return text + "]";
}

const Json* StatusOf(const Json& status, const Container& container) {
  const Json* list = Find(status, {container.init ? "initContainerStatuses" : "containerStatuses"});
  if (list == nullptr) return nullptr;
  for (const Json& candidate : *list) {
    if (FindString(candidate, {"name"}) == container.name) return &candidate;
  }
  return nullptr;
}

Condition ContainersReady(const Pod& pod, const Json& status) {
  const std::string phase = FindString(status, {"phase"});
  if (phase == "Succeeded") return {false, "PodCompleted", {}};
  if (phase == "Failed") return {false, "PodFailed", {}};
  std::vector<std::string> unready;
  for (const auto* list : {&pod.init_containers, &pod.containers}) {
    for (const Container& container : *list) {
      if (container.init && !container.sidecar) continue;
      const Json* own = StatusOf(status, container);
      if (own == nullptr || !FindBool(*own, {"ready"})) unready.push_back(container.name);
    }
  }
  if (unready.empty()) return {};
  return {false, "ContainersNotReady", "containers with unready status: " + List(unready)};
}

Condition Ready(const Pod& pod, const Json& status, const Condition& containers) {
  if (!containers.status) return containers;
  std::string missing;
  for (const std::string& gate : pod.readiness_gates) {
    const Json* own = ConditionIn(
        Find(pod.json, {"status"}) == nullptr ? status : *Find(pod.json, {"status"}), gate);
    std::string text;
    if (own == nullptr) {
      text = "corresponding condition of pod readiness gate \"" + gate + "\" does not exist.";
    } else if (const std::string value = FindString(*own, {"status"}); value != "True") {
      text = "the status of pod readiness gate \"" + gate + "\" is not \"True\", but " + value;
    }
    if (!text.empty()) missing += (missing.empty() ? "" : ", ") + text;
  }
  if (missing.empty()) return {};
  return {false, "ReadinessGatesNotReady", missing};
}

bool AnyStarted(const Pod& pod, const Json& status) {
  return std::any_of(pod.containers.begin(), pod.containers.end(), [&](const Container& c) {
    const Json* own = StatusOf(status, c);
    return own != nullptr && (Find(*own, {"state", "running"}) != nullptr ||
                              Find(*own, {"state", "terminated"}) != nullptr);
  });
}

Condition Initialized(const Pod& pod, const Json& status) {
  if (FindString(status, {"phase"}) == "Succeeded") return {true, "PodCompleted", {}};
  std::vector<std::string> incomplete;
  for (const Container& container : pod.init_containers) {
    const Json* own = StatusOf(status, container);
    const char* flag = container.sidecar ? "started" : "ready";
    if (own == nullptr || !FindBool(*own, {flag})) incomplete.push_back(container.name);
  }
  if (incomplete.empty() || AnyStarted(pod, status)) return {};
  return {false, "ContainersNotInitialized",
          "containers with incomplete status: " + List(incomplete)};
}

}  // namespace

Json PodConditions(const Pod& pod, const Json& status, bool sandbox_ready, const Json& previous,
                   WallTime now) {
  const Condition containers = ContainersReady(pod, status);
  const std::vector<std::pair<std::string, Condition>> all = {
      {"PodReadyToStartContainers", {sandbox_ready, {}, {}}},
      {"Initialized", Initialized(pod, status)},
      {"Ready", Ready(pod, status, containers)},
      {"ContainersReady", containers},
      {"PodScheduled", {}}};
  const Json* api_status = Find(pod.json, {"status"});
  Json result = Json::array();
  for (const auto& [type, condition] : all) {
    Json json = {{"type", type},
                 {"status", condition.status ? "True" : "False"},
                 {"lastProbeTime", nullptr}};
    if (pod.generation > 0) json["observedGeneration"] = pod.generation;
    if (!condition.reason.empty()) json["reason"] = condition.reason;
    if (!condition.message.empty()) json["message"] = condition.message;
    const Json* before = ConditionIn(previous, type);
    if (before == nullptr && api_status != nullptr) before = ConditionIn(*api_status, type);
    const bool same = before != nullptr && (*before)["status"] == json["status"] &&
                      before->contains("lastTransitionTime");
    json["lastTransitionTime"] = same ? (*before)["lastTransitionTime"] : Json(FormatTime(now));
    result.push_back(std::move(json));
  }
  return result;
}

}  // namespace edge::edged
