#include "edged/agent/pod_admission.h"

#include <utility>

#include "common/log.h"

namespace edge::edged {
namespace {

constexpr Duration kLabelsLate = std::chrono::seconds(5);

}  // namespace

PodAdmission::PodAdmission(PodWorkerContext& context, HeldObjectIndex& index,
                           std::function<void(const std::string& uid)> ask_again)
    : context_(context), index_(index), ask_again_(std::move(ask_again)) {}

bool PodAdmission::Judge(const DesiredPod& pod, const std::vector<const Pod*>& admitted,
                         PodFacts* facts) {
  const auto why = WhyNotAdmitted(*pod.pod, ThisNode(), admitted);
  if (why && why->reason == kReasonNodeAffinity && MayComeToFit(pod.uid)) return false;
  waiting_.erase(pod.uid);
  facts->admission = Admission::kAdmitted;
  if (why) Reject(pod, *why, facts);
  return true;
}

// The Node as the hub sent it, with the labels that this node gives itself and that may not have
// come back yet.
AdmissionNode PodAdmission::ThisNode() {
  const NodeContext& context = *context_.node;
  AdmissionNode node;
  node.allocatable = context.allocatable;
  node.allowed_sysctls = context.allowed_sysctls;
  const auto held = index_.FindJson({sync::Kind::kNode, "", context.node_name});
  if (held == nullptr) return node;
  const Json* labels = Find(*held, {"metadata", "labels"});
  Json all = labels != nullptr && labels->is_object() ? *labels : Json::object();
  for (const auto& [name, value] : context.labels) all.emplace(name, value);
  node.node = {{"metadata", {{"name", context.node_name}, {"labels", std::move(all)}}}};
  return node;
}

bool PodAdmission::MayComeToFit(const std::string& uid) {
  const auto [waiting, first_time] = waiting_.try_emplace(uid);
  if (first_time) {
    waiting->second = context_.executor.After(kLabelsLate, [this, uid] { ask_again_(uid); });
  }
  return waiting->second.pending();
}

void PodAdmission::Reject(const DesiredPod& pod, const Rejection& why, PodFacts* facts) {
  facts->admission = Admission::kRejected;
  facts->terminal_phase = "Failed";
  facts->terminal_reason = why.reason;
  facts->terminal_message = "Pod was rejected: " + why.message;
  LogWarning(
      "pod rejected",
      {{"POD", pod.ns + "/" + pod.name}, {"POD_UID", pod.uid}, {"WHY", facts->terminal_message}});
  context_.on_event({{"v1", "Pod", pod.ns, pod.name, pod.uid, ""}, true, why.reason, why.message});
}

void PodAdmission::OnNodeChange() {
  std::vector<std::string> uids;
  for (const auto& [uid, until] : waiting_) uids.push_back(uid);
  for (const std::string& uid : uids) ask_again_(uid);
}

}  // namespace edge::edged
