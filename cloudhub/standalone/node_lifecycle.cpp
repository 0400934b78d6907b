#include "cloudhub/standalone/node_lifecycle.h"

#include <algorithm>

#include "cloudhub/standalone/scheduling.h"
#include "common/log.h"
#include "kube/condition.h"
#include "kube/metadata.h"

namespace edge::cloudhub::standalone {
namespace {

using kube::NameOf;

constexpr const char* kNotReadyTaint = "node.kubernetes.io/not-ready";
constexpr const char* kUnreachableTaint = "node.kubernetes.io/unreachable";
constexpr const char* kSilent = "Kubelet stopped posting node status.";

const Json* ConditionOf(const Json& object, std::string_view type) {
  const Json* status = Find(object, {"status"});
  return status == nullptr ? nullptr : kube::FindCondition(*status, type);
}

std::string StatusOf(const Json& object, std::string_view type) {
  const Json* condition = ConditionOf(object, type);
  return condition != nullptr ? FindString(*condition, {"status"}) : std::string();
}

bool IsOurs(const Json& taint) {
  const std::string key = FindString(taint, {"key"});
  return key == kNotReadyTaint || key == kUnreachableTaint || key == kUnschedulableTaint;
}

Json Taint(const char* key, const char* effect, const std::string& now) {
  Json taint = {{"key", key}, {"effect", effect}};
  // A NoExecute taint tells since when.
  if (std::string_view(effect) == "NoExecute") taint["timeAdded"] = now;
  return taint;
}

/// The taints that follow from the node's Ready condition and spec.unschedulable.
Json WantedTaints(const Json& node, const std::string& now) {
  Json taints = Json::array();
  const std::string ready = StatusOf(node, "Ready");
  if (ready != "True") {
    const char* key = ready == "False" ? kNotReadyTaint : kUnreachableTaint;
    // A node that never reported is not ready rather than out of reach.
    if (ready.empty()) key = kNotReadyTaint;
    taints.push_back(Taint(key, "NoSchedule", now));
    taints.push_back(Taint(key, "NoExecute", now));
  }
  if (FindBool(node, {"spec", "unschedulable"})) {
    taints.push_back(Taint(kUnschedulableTaint, "NoSchedule", now));
  }
  return taints;
}

bool SameTaint(const Json& a, const Json& b) {
  return FindString(a, {"key"}) == FindString(b, {"key"}) &&
         FindString(a, {"effect"}) == FindString(b, {"effect"});
}

}  // namespace

NodeLifecycle::NodeLifecycle(KubeApi& api, Executor& executor) : api_(api), executor_(executor) {}
NodeLifecycle::~NodeLifecycle() = default;

void NodeLifecycle::Start() {
  node_watch_ =
      api_.Follow({}, {"", "v1", "nodes"}, {}, [this](const WatchEvent& event) { OnNode(event); });
  ListOptions node_leases;
  node_leases.ns = "kube-node-lease";
  lease_watch_ = api_.Follow({}, {"coordination.k8s.io", "v1", "leases"}, node_leases,
                             [this](const WatchEvent& event) { OnLease(event); });
  pod_watch_ =
      api_.Follow({}, {"", "v1", "pods"}, {}, [this](const WatchEvent& event) { OnPod(event); });
  check_ = executor_.After(kCheckPeriod, [this] { CheckAll(); });
}

void NodeLifecycle::NoteHeartbeat(std::map<std::string, Heartbeat>& of, const std::string& node,
                                  const std::string& text) {
  Heartbeat& heartbeat = of[node];
  if (heartbeat.text == text && heartbeat.seen != BootTime{}) return;
  heartbeat = {text, executor_.clock().Boot()};
}

void NodeLifecycle::OnNode(const WatchEvent& event) {
  if (event.type == WatchEvent::Type::kSynced) return;
  if (event.type == WatchEvent::Type::kRelisted) return nodes_.clear();
  const std::string name = NameOf(event.object);
  if (event.type == WatchEvent::Type::kDeleted) {
    nodes_.erase(name);
    leases_.erase(name);
    status_.erase(name);
    return;
  }
  // What we wrote ourselves is no sign of life.
  const Json* ready = ConditionOf(event.object, "Ready");
  if (ready == nullptr || FindString(*ready, {"reason"}) != "NodeStatusUnknown") {
    NoteHeartbeat(status_, name,
                  ready != nullptr ? FindString(*ready, {"lastHeartbeatTime"}) : std::string());
  }
  nodes_[name] = event.object;
  SyncTaints(name, event.object);
}

void NodeLifecycle::OnLease(const WatchEvent& event) {
  if (event.type == WatchEvent::Type::kAdded || event.type == WatchEvent::Type::kModified) {
    NoteHeartbeat(leases_, NameOf(event.object), FindString(event.object, {"spec", "renewTime"}));
  }
}

void NodeLifecycle::OnPod(const WatchEvent& event) {
  if (event.type == WatchEvent::Type::kSynced) return;
  if (event.type == WatchEvent::Type::kRelisted) return pods_.clear();
  const std::string uid = FindString(event.object, {"metadata", "uid"});
  if (event.type == WatchEvent::Type::kDeleted ||
      FindString(event.object, {"spec", "nodeName"}).empty()) {
    pods_.erase(uid);
  } else {
    pods_[uid] = event.object;
  }
}

void NodeLifecycle::CheckAll() {
  for (const auto& [name, node] : nodes_) Check(name, node);
  check_ = executor_.After(kCheckPeriod, [this] { CheckAll(); });
}

bool NodeLifecycle::IsSilent(const std::string& name) const {
  BootTime last{};
  for (const auto* of : {&leases_, &status_}) {
    if (const auto it = of->find(name); it != of->end()) last = std::max(last, it->second.seen);
  }
  return executor_.clock().Boot() - last > kGracePeriod;
}

void NodeLifecycle::Check(const std::string& name, const Json& node) {
  if (!IsSilent(name)) return;
  if (StatusOf(node, "Ready") != "Unknown") MarkUnknown(name, node);
  MarkPodsNotReady(name);
}

void NodeLifecycle::MarkUnknown(const std::string& name, const Json& node) {
  const std::string now = FormatTime(executor_.clock().Wall());
  Json conditions = Json::array();
  for (const char* type : {"MemoryPressure", "DiskPressure", "PIDPressure", "Ready"}) {
    const Json* had = ConditionOf(node, type);
    Json condition = {{"type", type},
                      {"status", "Unknown"},
                      {"reason", had != nullptr ? "NodeStatusUnknown" : "NodeStatusNeverUpdated"},
                      {"message", had != nullptr ? kSilent : "Kubelet never posted node status."},
                      {"lastTransitionTime", now}};
    if (had != nullptr && FindString(*had, {"status"}) != "Unknown") {
      conditions.push_back(std::move(condition));
    } else if (had == nullptr) {
      condition["lastHeartbeatTime"] = FindString(node, {"metadata", "creationTimestamp"});
      conditions.push_back(std::move(condition));
    }
  }
  LogWarning("a node has fallen silent", {{"NODE", name}});
  Patch("nodes", node, "status", {{"status", {{"conditions", std::move(conditions)}}}});
}

void NodeLifecycle::SyncTaints(const std::string& name, const Json& node) {
  const Json* had = Find(node, {"spec", "taints"});
  const Json have = had != nullptr ? *had : Json::array();
  Json taints = Json::array();
  bool changed = false;
  const Json wanted = WantedTaints(node, FormatTime(executor_.clock().Wall()));
  const auto holds = [](const Json& list, const Json& taint) {
    return std::any_of(list.begin(), list.end(),
                       [&](const Json& other) { return SameTaint(other, taint); });
  };
  for (const Json& taint : have) {
    const bool keep = !IsOurs(taint) || holds(wanted, taint);
    if (keep) taints.push_back(taint);
    changed = changed || !keep;
  }
  for (const Json& taint : wanted) {
    if (holds(have, taint)) continue;
    taints.push_back(taint);
    changed = true;
  }
  if (!changed) return;
  LogInfo("a node's taints change", {{"NODE", name}});
  // The list goes as a whole, so the node must still be as it was seen.
  Json patch = {{"metadata", {{"resourceVersion", node["metadata"]["resourceVersion"]}}},
                {"spec", {{"taints", taints.empty() ? Json(nullptr) : std::move(taints)}}}};
  api_.Patch({}, {"", "v1", "nodes"}, "", name, "", PatchType::kMerge, patch,
             [name](const Result<Json>& done) {
               // A conflict comes with a newer node, which is looked at anew.
               if (!done.ok()) LogDebug("taints not written: " + done.status().message());
             });
}

void NodeLifecycle::MarkPodsNotReady(const std::string& node) {
  const std::string now = FormatTime(executor_.clock().Wall());
  for (const auto& [uid, pod] : pods_) {
    if (FindString(pod, {"spec", "nodeName"}) != node || StatusOf(pod, "Ready") != "True") continue;
    Json condition = *ConditionOf(pod, "Ready");
    condition["status"] = "False";
    condition["lastTransitionTime"] = now;
    Patch("pods", pod, "status",
          {{"status", {{"conditions", Json::array({std::move(condition)})}}}});
  }
}

void NodeLifecycle::Patch(const std::string& plural, const Json& object,
                          const std::string& subresource, Json patch) {
  patch["metadata"]["uid"] = object["metadata"]["uid"];
  api_.Patch({}, {"", "v1", plural}, FindString(object, {"metadata", "namespace"}), NameOf(object),
             subresource, PatchType::kStrategicMerge, patch, [](const Result<Json>& done) {
               if (!done.ok()) LogDebug("status not written: " + done.status().message());
             });
}

}  // namespace edge::cloudhub::standalone
