#include "edged/core/pod/pod_status.h"

#include <algorithm>

#include "edged/core/pod/container_status.h"
#include "edged/core/pod/ended_containers.h"
#include "edged/core/pod/pod_conditions.h"
#include "edged/core/pod/pod_phase.h"
#include "edged/core/pod/view.h"
#include "kube/references.h"

namespace edge::edged {
namespace {

void SetPhase(const DesiredPod& desired, const ObservedPod& observed, const Plan& plan,
              Json* status) {
  const PodFacts& facts = plan.facts;
  (*status)["phase"] =
      PodPhase(*desired.pod, (*status)["initContainerStatuses"], (*status)["containerStatuses"]);
  if (facts.terminal_phase.empty()) return;
  // A terminal phase says that nothing runs: it waits for the last container.
  if (std::any_of(observed.containers.begin(), observed.containers.end(), IsAlive)) return;
  (*status)["phase"] = facts.terminal_phase;
  EndWaitingContainers(status);
  if (!facts.terminal_reason.empty()) (*status)["reason"] = facts.terminal_reason;
  if (!facts.terminal_message.empty()) (*status)["message"] = facts.terminal_message;
}

void SetAddresses(const char* one, const char* all, const std::vector<std::string>& ips,
                  Json* status) {
  if (ips.empty()) return;
  (*status)[one] = ips.front();
  Json list = Json::array();
  for (const std::string& ip : ips) list.push_back({{"ip", ip}});
  (*status)[all] = std::move(list);
}

// A pod that is going keeps the address it had; one that comes up again gets a new one.
void SetPodAddresses(const DesiredPod& desired, const SandboxInfo* sandbox, const Plan& plan,
                     const NodeContext& node, const Json& previous, Json* status) {
  if (desired.pod->host_network) {
    SetAddresses("podIP", "podIPs", node.host_ips, status);
  } else if (sandbox != nullptr) {
    SetAddresses("podIP", "podIPs", sandbox->ips, status);
  } else if (desired.pod->deletion_grace || !plan.facts.terminal_phase.empty()) {
    for (const char* key : {"podIP", "podIPs"}) {
      if (const Json* before = Find(previous, {key})) (*status)[key] = *before;
    }
  }
}

}  // namespace

Json ComputePodStatus(const DesiredPod& desired, const ObservedPod& observed, const Plan& plan,
                      const NodeContext& node, const Json& previous, Now now) {
  const Pod& pod = *desired.pod;
  const SandboxInfo* sandbox = CurrentSandbox(observed);
  Json status = Json::object();
  status["initContainerStatuses"] = ContainerStatuses(desired, observed, plan, true);
  status["containerStatuses"] = ContainerStatuses(desired, observed, plan, false);
  SetPhase(desired, observed, plan, &status);
  status["conditions"] = PodConditions(pod, status, sandbox != nullptr, previous, now.wall);
  if (plan.facts.start_time) {
    status["startTime"] = FormatTime(WallTime(Duration(*plan.facts.start_time)));
  }
  status["qosClass"] = std::string(kube::QosClass(pod.json));
  if (pod.generation > 0) status["observedGeneration"] = pod.generation;
  SetAddresses("hostIP", "hostIPs", node.host_ips, &status);
  SetPodAddresses(desired, sandbox, plan, node, previous, &status);
  const bool rejected = plan.facts.admission == Admission::kRejected;
  if (rejected) status.erase("containerStatuses");  // none of them was ever thought of
  if (rejected || pod.init_containers.empty()) status.erase("initContainerStatuses");
  return status;
}

}  // namespace edge::edged
