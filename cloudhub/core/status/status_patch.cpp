#include "cloudhub/core/status/status_patch.h"

#include <array>
#include <span>
#include <string_view>

#include "kube/condition.h"

namespace edge::cloudhub {
namespace {

constexpr std::array<std::string_view, 14> kPodFields = {"phase",
                                                         "message",
                                                         "reason",
                                                         "hostIP",
                                                         "hostIPs",
                                                         "podIP",
                                                         "podIPs",
                                                         "startTime",
                                                         "qosClass",
                                                         "initContainerStatuses",
                                                         "containerStatuses",
                                                         "ephemeralContainerStatuses",
                                                         "observedGeneration",
                                                         "allocatedResources"};
constexpr std::array<std::string_view, 4> kPodConditions = {
    "PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready"};
constexpr std::array<std::string_view, 5> kNodeFields = {"addresses", "daemonEndpoints", "nodeInfo",
                                                         "images", "runtimeHandlers"};
constexpr std::array<std::string_view, 4> kNodeConditions = {"MemoryPressure", "DiskPressure",
                                                             "PIDPressure", "Ready"};

/// Members that the API merges into a condition that it holds already: what the node leaves out
/// must go, or a pod that became ready keeps the message of when it was not.
constexpr std::array<std::string_view, 2> kOptionalMembers = {"reason", "message"};

/// Lists that a strategic merge would merge by key, although the node knows the whole of them.
bool IsMergedList(std::string_view field) {
  return field == "hostIPs" || field == "podIPs" || field == "addresses";
}

Json OwnedField(const Json& reported, std::string_view field) {
  const Json* value = Find(reported, {field});
  if (value == nullptr) return nullptr;
  Json owned = *value;
  if (IsMergedList(field) && owned.is_array()) owned.push_back({{"$patch", "replace"}});
  return owned;
}

Json WholeCondition(const Json& condition) {
  Json whole = condition;
  for (const std::string_view member : kOptionalMembers) {
    whole.emplace(std::string(member), nullptr);
  }
  return whole;
}

Json OwnedConditions(const Json& reported, std::span<const std::string_view> types) {
  Json conditions = Json::array();
  for (const std::string_view type : types) {
    const Json* found = kube::FindCondition(reported, type);
    conditions.push_back(found != nullptr ? WholeCondition(*found)
                                          : Json{{"type", type}, {"$patch", "delete"}});
  }
  return conditions;
}

/// The scheduler's condition, which as with kubelet the node repeats with the generation that it
/// saw. Since when it holds is the scheduler's to say: the node's clock may be wrong.
void AddPodScheduled(const Json& reported, Json& conditions) {
  const Json* given = kube::FindCondition(reported, "PodScheduled");
  if (given == nullptr) return;
  Json condition = Json::object();
  for (const char* member : {"type", "status", "observedGeneration"}) {
    if (const Json* value = Find(*given, {member})) condition[member] = *value;
  }
  conditions.push_back(std::move(condition));
}

/// What a node says of its resources is merged by name, so that extended resources which device
/// plugins or administrators added stay.
void AddResources(const Json& reported, Json& status) {
  for (const std::string_view field : {"capacity", "allocatable"}) {
    if (const Json* value = Find(reported, {field})) status[std::string(field)] = *value;
  }
}

}  // namespace

Json BuildStatusPatch(sync::Kind kind, const std::string& uid, const Json& reported) {
  const bool node = kind == sync::Kind::kNode;
  const std::span<const std::string_view> fields =
      node ? std::span<const std::string_view>(kNodeFields) : kPodFields;
  const std::span<const std::string_view> types =
      node ? std::span<const std::string_view>(kNodeConditions) : kPodConditions;
  Json status = Json::object();
  for (const std::string_view field : fields) {
    status[std::string(field)] = OwnedField(reported, field);
  }
  if (node) AddResources(reported, status);
  status["conditions"] = OwnedConditions(reported, types);
  if (!node) AddPodScheduled(reported, status["conditions"]);
  return {{"metadata", {{"uid", uid}}}, {"status", std::move(status)}};
}

}  // namespace edge::cloudhub
