#include "kube/condition.h"

namespace edge::kube {

const Json* FindCondition(const Json& status, std::string_view type) {
  const Json* conditions = Find(status, {"conditions"});
  if (conditions == nullptr || !conditions->is_array()) return nullptr;
  for (const Json& condition : *conditions) {
    if (FindString(condition, {"type"}) == type) return &condition;
  }
  return nullptr;
}

Json RenderCondition(const Condition& condition, const Json& previous, WallTime now) {
  std::string since = FormatTime(now);
  if (const Json* before = FindCondition(previous, condition.type)) {
    if (FindString(*before, {"status"}) == condition.status) {
      since = FindString(*before, {"lastTransitionTime"}, since);
    }
  }
  return {{"type", condition.type},      {"status", condition.status},
          {"reason", condition.reason},  {"message", condition.message},
          {"lastTransitionTime", since}, {"observedGeneration", condition.generation}};
}

}  // namespace edge::kube
