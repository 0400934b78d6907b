#include "sync/prune.h"

#include <algorithm>
#include <set>

#include "common/bytes.h"

namespace edge::sync {
namespace {

const char* KindName(Kind kind) {
  switch (kind) {
    case Kind::kPod: return "Pod";
    case Kind::kConfigMap: return "ConfigMap";
    case Kind::kSecret: return "Secret";
    case Kind::kService: return "Service";
    case Kind::kNode: return "Node";
    case Kind::kUnspecified: break;
  }
  return "";
}

void PruneMetadata(Kind kind, Json* metadata) {
  for (const char* name : {"resourceVersion", "managedFields", "selfLink"}) metadata->erase(name);
  if (kind != Kind::kPod) metadata->erase("generation");
  for (auto it = metadata->begin(); it != metadata->end();) {
    it = it->is_null() ? metadata->erase(it) : std::next(it);
  }
  const auto annotations = metadata->find("annotations");
  if (annotations == metadata->end() || !annotations->is_object()) return;
  annotations->erase("kubectl.kubernetes.io/last-applied-configuration");
  if (annotations->empty()) metadata->erase(annotations);
}

/// The conditions that the pod's readinessGates name: {type, status} of each, by type.
Json GateConditions(const Json& pod) {
  std::set<std::string> gates;
  if (const Json* list = Find(pod, {"spec", "readinessGates"}); list && list->is_array()) {
    for (const Json& gate : *list) gates.insert(FindString(gate, {"conditionType"}));
  }
  std::map<std::string, Json> found;
  const Json* conditions = gates.empty() ? nullptr : Find(pod, {"status", "conditions"});
  if (conditions != nullptr && conditions->is_array()) {
    for (const Json& condition : *conditions) {
      const std::string type = FindString(condition, {"type"});
      if (gates.count(type) == 0) continue;
      found[type] = Json{{"type", type}, {"status", FindString(condition, {"status"})}};
    }
  }
  Json result = Json::array();
  for (auto& [type, condition] : found) result.push_back(std::move(condition));
  return result;
}

const std::set<std::string>& PodStatusFields() {
  static const std::set<std::string> kFields = {"phase",
                                                "message",
                                                "reason",
                                                "hostIP",
                                                "hostIPs",
                                                "podIP",
                                                "podIPs",
                                                "startTime",
                                                "qosClass",
                                                "observedGeneration",
                                                "initContainerStatuses",
                                                "containerStatuses",
                                                "ephemeralContainerStatuses"};
  return kFields;
}

bool NodeWrites(Kind kind, const std::string& condition) {
  static const std::set<std::string> kPod = {"Initialized",      "Ready",
                                             "ContainersReady",  "PodReadyToStartContainers",
                                             "PodResizePending", "PodResizeInProgress"};
  static const std::set<std::string> kNode = {"Ready", "MemoryPressure", "DiskPressure",
                                              "PIDPressure"};
  return (kind == Kind::kPod ? kPod : kNode).count(condition) > 0;
}

Json OwnConditions(Kind kind, const Json& status) {
  Json own = Json::array();
  const Json* conditions = Find(status, {"conditions"});
  if (conditions == nullptr || !conditions->is_array()) return own;
  for (const Json& condition : *conditions) {
    if (!NodeWrites(kind, FindString(condition, {"type"}))) continue;
    Json kept = condition;
    kept.erase("lastHeartbeatTime");
    kept.erase("lastProbeTime");
    own.push_back(std::move(kept));
  }
  return own;
}

/// Extended resources ("vendor/thing") are written by others.
Json OwnResources(const Json& resources) {
  Json own = Json::object();
  if (!resources.is_object()) return own;
  for (const auto& [name, quantity] : resources.items()) {
    if (name.find('/') == std::string::npos) own[name] = quantity;
  }
  return own;
}

bool IsEmpty(const Json& value) {
  return value.is_null() || ((value.is_object() || value.is_array()) && value.empty()) ||
         (value.is_string() && value.get_ref<const std::string&>().empty());
}

void DropEmpty(Json* value) {
  if (!value->is_structured()) return;
  for (auto it = value->begin(); it != value->end();) {
    DropEmpty(&*it);
    it = value->is_object() && IsEmpty(*it) ? value->erase(it) : std::next(it);
  }
}

void SortBy(const char* member, Json* list) {
  if (list == nullptr || !list->is_array()) return;
  std::stable_sort(list->begin(), list->end(), [member](const Json& a, const Json& b) {
    return FindString(a, {member}) < FindString(b, {member});
  });
}

}  // namespace

std::string PruneObject(Kind kind, const Json& object) {
  if (!object.is_object()) return DumpJson(Json::object());
  Json pruned = object;
  pruned["apiVersion"] = "v1";
  pruned["kind"] = KindName(kind);
  pruned.erase("status");
  if (auto metadata = pruned.find("metadata"); metadata != pruned.end() && metadata->is_object()) {
    PruneMetadata(kind, &*metadata);
  }
  if (kind == Kind::kPod) {
    Json conditions = GateConditions(object);
    if (!conditions.empty()) pruned["status"] = Json{{"conditions", std::move(conditions)}};
  }
  return DumpJson(pruned);
}

Version VersionOf(std::string_view bytes) {
  const Sha256Digest hash = Sha256(bytes);
  Version version;
  std::copy_n(hash.begin(), version.size(), version.begin());
  return version;
}

Entry EntryOf(Kind kind, const Json& object, Version version) {
  Entry entry;
  entry.key.kind = kind;
  entry.key.ns = FindString(object, {"metadata", "namespace"});
  entry.key.name = FindString(object, {"metadata", "name"});
  entry.uid = FindString(object, {"metadata", "uid"});
  entry.version = version;
  return entry;
}

Json OwnedStatus(Kind kind, const Json& status) {
  Json own = Json::object();
  if (!status.is_object() || (kind != Kind::kPod && kind != Kind::kNode)) return own;
  static const std::set<std::string> kNodeFields = {"addresses", "daemonEndpoints", "nodeInfo",
                                                    "images"};
  const std::set<std::string>& fields = kind == Kind::kPod ? PodStatusFields() : kNodeFields;
  for (const auto& [name, value] : status.items()) {
    if (fields.count(name) > 0) own[name] = value;
  }
  Json conditions = OwnConditions(kind, status);
  if (!conditions.empty()) own["conditions"] = std::move(conditions);
  if (kind == Kind::kNode) {
    for (const char* name : {"capacity", "allocatable"}) {
      if (const Json* resources = Find(status, {name})) own[name] = OwnResources(*resources);
    }
  }
  return own;
}

Version StatusVersion(Kind kind, const Json& status) {
  Json own = OwnedStatus(kind, status);
  if (kind == Kind::kNode) {
    own.erase("addresses");
    own.erase("daemonEndpoints");
  }
  DropEmpty(&own);
  const auto sort = [&own](const char* list, const char* member) {
    if (const auto at = own.find(list); at != own.end()) SortBy(member, &*at);
  };
  sort("conditions", "type");
  sort("initContainerStatuses", "name");
  sort("containerStatuses", "name");
  sort("ephemeralContainerStatuses", "name");
  return VersionOf(DumpJson(own));
}

}  // namespace edge::sync
