#include "cloudhub/adapters/embedded/tables.h"

namespace edge::cloudhub::embedded {
namespace {

std::string NodeStatus(const Json& node) {
  const std::string ready = ConditionStatus(node, "Ready");
  std::string text = ready == "True" ? "Ready" : ready.empty() ? "Unknown" : "NotReady";
  if (FindBool(node, {"spec", "unschedulable"})) text += ",SchedulingDisabled";
  return text;
}

std::string NodeRoles(const Json& node) {
  constexpr std::string_view kPrefix = "node-role.kubernetes.io/";
  std::string text;
  const Json* labels = Find(node, {"metadata", "labels"});
  if (labels == nullptr) return "<none>";
  for (const auto& [key, value] : labels->items()) {
    if (key.compare(0, kPrefix.size(), kPrefix) != 0 || key.size() == kPrefix.size()) continue;
    text += (text.empty() ? "" : ",") + key.substr(kPrefix.size());
  }
  return OrNone(text);
}

std::string Address(const Json& node, std::string_view type) {
  const Json* addresses = Find(node, {"status", "addresses"});
  if (addresses == nullptr) return "<none>";
  for (const Json& address : *addresses) {
    if (FindString(address, {"type"}) == type) return FindString(address, {"address"});
  }
  return "<none>";
}

std::string NodeInfo(const Json& node, std::string_view member) {
  const std::string text = FindString(node, {"status", "nodeInfo", member});
  return text.empty() ? "<unknown>" : text;
}

Json NodeCells(const Json& node, WallTime now) {
  return {FindString(node, {"metadata", "name"}),
          NodeStatus(node),
          NodeRoles(node),
          AgeOfObject(node, now),
          FindString(node, {"status", "nodeInfo", "kubeletVersion"}),
          Address(node, "InternalIP"),
          Address(node, "ExternalIP"),
          NodeInfo(node, "osImage"),
          NodeInfo(node, "kernelVersion"),
          NodeInfo(node, "containerRuntimeVersion")};
}

Json StatusMember(const Json& object, const char* name) {
  const Json* member = Find(object, {"status", name});
  return member != nullptr ? *member : Json(nullptr);
}

/// An EdgeNode's columns are a CustomResourceDefinition's: an absent value leaves the cell empty.
/// What a custom kind's object has not is null in its row.
Json OrNull(std::string text) { return text.empty() ? Json() : Json(std::move(text)); }

Json EdgeNodeCells(const Json& node, WallTime now) {
  const std::string last_seen = FindString(node, {"status", "lastSeen"});
  return {FindString(node, {"metadata", "name"}),
          OrNull(FindString(node, {"spec", "clusterName"})),
          OrNull(ConditionStatus(node, "Connected")),
          OrNull(ConditionStatus(node, "Ready")),
          StatusMember(node, "pendingObjects"),
          OrNull(last_seen.empty() ? "" : AgeOf(last_seen, now)),
          OrNull(FindString(node, {"status", "agentVersion"})),
          AgeOfObject(node, now)};
}

Json EdgeHubCells(const Json& hub, WallTime now) {
  const std::string last_seen = FindString(hub, {"status", "lastSeen"});
  return {FindString(hub, {"metadata", "name"}),
          OrNull(ConditionStatus(hub, "Ready")),
          OrNull(FindString(hub, {"status", "impersonation"})),
          StatusMember(hub, "buckets"),
          StatusMember(hub, "nodes"),
          OrNull(last_seen.empty() ? "" : AgeOf(last_seen, now)),
          OrNull(FindString(hub, {"status", "version"})),
          AgeOfObject(hub, now)};
}

}  // namespace

TableKind NodeTable() {
  return {{{"Name", "string", "name", 0},
           {"Status"},
           {"Roles"},
           {"Age"},
           {"Version"},
           {"Internal-IP", "string", "", 1},
           {"External-IP", "string", "", 1},
           {"OS-Image", "string", "", 1},
           {"Kernel-Version", "string", "", 1},
           {"Container-Runtime", "string", "", 1}},
          NodeCells};
}

TableKind EdgeNodeTable() {
  return {{{"Name", "string", "name", 0},
           {"Cluster"},
           {"Connected"},
           {"Ready"},
           {"Pending", "integer"},
           {"Last-Seen", "date"},
           {"Version"},
           {"Age", "date"}},
          EdgeNodeCells};
}

TableKind EdgeHubTable() {
  return {{{"Name", "string", "name", 0},
           {"Ready"},
           {"Impersonation"},
           {"Buckets", "integer"},
           {"Nodes", "integer"},
           {"Last-Seen", "date"},
           {"Version"},
           {"Age", "date"}},
          EdgeHubCells};
}

}  // namespace edge::cloudhub::embedded
