#include "cloudhub/standalone/pod_binder.h"

#include <array>
#include <cstdio>

#include "cloudhub/standalone/scheduling.h"
#include "common/log.h"
#include "kube/metadata.h"

namespace edge::cloudhub::standalone {
namespace {

using kube::NameOf;
using kube::NamespaceOf;

constexpr const char* kScheduler = "default-scheduler";
constexpr std::size_t kMaxReasons = 16;  // of one pod, whose Events are remembered

bool IsFinished(const Json& pod) {
  const std::string phase = FindString(pod, {"status", "phase"});
  return phase == "Succeeded" || phase == "Failed";
}

bool Waits(const Json& pod) {
  return FindString(pod, {"spec", "nodeName"}).empty() &&
         FindString(pod, {"spec", "schedulerName"}, kScheduler) == kScheduler &&
         Find(pod, {"metadata", "deletionTimestamp"}) == nullptr;
}

/// As client-go names Events: the object and the time in hexadecimal.
std::string EventName(const Json& pod, WallTime now) {
  std::array<char, 24> suffix{};
  std::snprintf(suffix.data(), suffix.size(), ".%016llx",
                static_cast<unsigned long long>(now.time_since_epoch().count()));
  return NameOf(pod) + suffix.data();
}

}  // namespace

PodBinder::PodBinder(KubeApi& api, Executor& executor) : api_(api), executor_(executor) {}
PodBinder::~PodBinder() = default;

void PodBinder::Start() {
  node_watch_ =
      api_.Follow({}, {"", "v1", "nodes"}, {}, [this](const WatchEvent& event) { OnNode(event); });
  pod_watch_ =
      api_.Follow({}, {"", "v1", "pods"}, {}, [this](const WatchEvent& event) { OnPod(event); });
}

void PodBinder::OnNode(const WatchEvent& event) {
  switch (event.type) {
    case WatchEvent::Type::kSynced: --unsynced_; break;
    case WatchEvent::Type::kRelisted: nodes_.clear(); return;
    case WatchEvent::Type::kDeleted: nodes_.erase(NameOf(event.object)); break;
    default: nodes_[NameOf(event.object)] = event.object;
  }
  ScheduleSoon();
}

void PodBinder::OnPod(const WatchEvent& event) {
  if (event.type == WatchEvent::Type::kSynced) {
    --unsynced_;
    return ScheduleSoon();
  }
  if (event.type == WatchEvent::Type::kRelisted) return pods_.clear();
  const std::string uid = FindString(event.object, {"metadata", "uid"});
  if (event.type == WatchEvent::Type::kDeleted || IsFinished(event.object)) {
    pods_.erase(uid);
    assumed_.erase(uid);
    reported_.erase(uid);
  } else {
    if (!FindString(event.object, {"spec", "nodeName"}).empty()) assumed_.erase(uid);
    pods_[uid] = event.object;
  }
  ScheduleSoon();
}

void PodBinder::ScheduleSoon() {
  if (unsynced_ > 0 || soon_.pending()) return;
  soon_ = executor_.After(Duration(0), [this] { ScheduleAll(); });
}

void PodBinder::ScheduleAll() {
  PodsByNode by_node;
  bool waiting = false;
  for (const auto& [uid, pod] : pods_) {
    const auto assumed = assumed_.find(uid);
    const std::string node =
        assumed != assumed_.end() ? assumed->second : FindString(pod, {"spec", "nodeName"});
    if (!node.empty()) by_node[node].push_back(&pod);
  }
  for (const auto& [uid, pod] : pods_) {
    if (!Waits(pod) || assumed_.contains(uid)) continue;
    const Placement placement = ChooseNode(pod, nodes_, by_node);
    if (placement.node.empty()) {
      waiting = true;
      ReportUnschedulable(uid, pod, placement.message);
      continue;
    }
    by_node[placement.node].push_back(&pod);
    Bind(uid, pod, placement.node);
  }
  if (waiting) retry_ = executor_.After(kRetryPeriod, [this] { ScheduleAll(); });
}

void PodBinder::Bind(const std::string& uid, const Json& pod, const std::string& node) {
  assumed_[uid] = node;
  reported_.erase(uid);
  const Json binding = {
      {"kind", "Binding"},
      {"apiVersion", "v1"},
      {"metadata", {{"name", NameOf(pod)}, {"namespace", NamespaceOf(pod)}, {"uid", uid}}},
      {"target", {{"kind", "Node"}, {"apiVersion", "v1"}, {"name", node}}}};
  api_.Create({}, {"", "v1", "bindings"}, binding,
              [this, alive = std::weak_ptr(alive_), uid, pod, node](Result<Json> done) {
                if (alive.expired()) return;
                if (done.ok()) {
                  SendEvent(pod, "Normal", "Scheduled",
                            "Successfully assigned " + NamespaceOf(pod) + "/" + NameOf(pod) +
                                " to " + node);
                  return;
                }
                LogWarning("a pod was not bound: " + done.status().ToString(),
                           {{"POD", NamespaceOf(pod) + "/" + NameOf(pod)}, {"NODE", node}});
                assumed_.erase(uid);
                retry_ = executor_.After(kRetryPeriod, [this] { ScheduleAll(); });
              });
}

void PodBinder::ReportUnschedulable(const std::string& uid, const Json& pod,
                                    const std::string& message) {
  Reported& reported = reported_[uid];
  if (reported.message == message) return;
  reported.message = message;
  const Json condition = {{"type", "PodScheduled"},
                          {"status", "False"},
                          {"reason", "Unschedulable"},
                          {"message", message},
                          {"lastTransitionTime", FormatTime(executor_.clock().Wall())}};
  const Json patch = {{"metadata", {{"uid", uid}}},
                      {"status", {{"conditions", Json::array({condition})}}}};
  api_.Patch({}, {"", "v1", "pods"}, NamespaceOf(pod), NameOf(pod), "status",
             PatchType::kStrategicMerge, patch, [](const Result<Json>& done) {
               if (!done.ok()) {
                 LogDebug("a pod's condition was not written: " + done.status().message());
               }
             });
  SendUnschedulable(uid, pod, message);
}

void PodBinder::SendUnschedulable(const std::string& uid, const Json& pod,
                                  const std::string& message) {
  auto& sent = reported_[uid].sent;
  const auto had = sent.find(message);
  if (had == sent.end()) {
    if (sent.size() >= kMaxReasons) sent.clear();
    sent[message] = {SendEvent(pod, "Warning", "FailedScheduling", message)};
    return;
  }
  const Json patch = {{"count", ++had->second.count},
                      {"lastTimestamp", FormatTime(executor_.clock().Wall())}};
  api_.Patch({}, {"", "v1", "events"}, NamespaceOf(pod), had->second.event, "", PatchType::kMerge,
             patch,
             [this, alive = std::weak_ptr(alive_), uid, pod, message](const Result<Json>& done) {
               if (alive.expired() || done.status().code() != Code::kNotFound) return;
               // It was let go an hour after it was last counted.
               const auto waiting = reported_.find(uid);
               if (waiting == reported_.end()) return;
               waiting->second.sent.erase(message);
               SendUnschedulable(uid, pod, message);
             });
}

std::string PodBinder::SendEvent(const Json& pod, const std::string& type,
                                 const std::string& reason, const std::string& message) {
  const WallTime now = executor_.clock().Wall();
  const Json event = {
      {"kind", "Event"},
      {"apiVersion", "v1"},
      {"metadata", {{"name", EventName(pod, now)}, {"namespace", NamespaceOf(pod)}}},
      {"involvedObject",
       {{"kind", "Pod"},
        {"apiVersion", "v1"},
        {"namespace", NamespaceOf(pod)},
        {"name", NameOf(pod)},
        {"uid", FindString(pod, {"metadata", "uid"})}}},
      {"type", type},
      {"reason", reason},
      {"message", message},
      {"action", "Scheduling"},
      {"reportingComponent", kScheduler},
      {"reportingInstance", kScheduler},
      {"source", {{"component", kScheduler}}},
      {"firstTimestamp", FormatTime(now)},
      {"lastTimestamp", FormatTime(now)},
      {"count", 1}};
  api_.Create({}, {"", "v1", "events"}, event, [](const Result<Json>& done) {
    if (!done.ok()) LogDebug("an Event was not written: " + done.status().message());
  });
  return FindString(event, {"metadata", "name"});
}

}  // namespace edge::cloudhub::standalone
