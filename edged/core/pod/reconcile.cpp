#include "edged/core/pod/reconcile.h"

#include <algorithm>

#include "edged/core/pod/backoff.h"
#include "edged/core/pod/fold_facts.h"
#include "edged/core/pod/planner.h"

namespace edge::edged {

Plan Reconcile(const DesiredPod& desired, const ObservedPod& observed, const PodFacts& facts,
               const NodeContext& node, Now now) {
  return Planner(desired, observed, facts, node, now).Run();
}

Planner::Planner(const DesiredPod& desired, const ObservedPod& observed, const PodFacts& facts,
                 const NodeContext& node, Now now)
    : desired_(desired),
      observed_(observed),
      node_(node),
      now_(now),
      pod_(desired.pod.get()),
      sandbox_(CurrentSandbox(observed)) {
  plan_.facts = observed.looked ? FoldFacts(desired, observed, facts, now) : facts;
}

Plan Planner::Run() && {
  const bool removed = !desired_.present || pod_ == nullptr;
  if (observed_.looked && !removed) {
    CheckDeadline();
    if (!observed_.needs_look) CheckTerminal();
  }
  plan_.making = MakingSomething();
  if (LookFirst()) return std::move(plan_);
  if (removed) {
    Remove();
  } else if (pod_->deletion_grace || !plan_.facts.terminal_phase.empty()) {
    StopPod();
  } else {
    StartPod();
  }
  plan_.making = MakingSomething();
  return std::move(plan_);
}

// A look must not cross with what makes things: its answer would be older than theirs. Stops and
// removals may cross; at worst one is done twice.
bool Planner::LookFirst() {
  if (observed_.in_flight.count("look") != 0) return true;
  if (observed_.looked && !observed_.needs_look) return false;
  if (!MakingSomething() && MayRun("look")) Emit({.kind = ActionKind::kLook});
  return true;
}

// Under way or in this plan.
bool Planner::MakingSomething() const {
  const auto makes = [](const Action& action) {
    return action.kind == ActionKind::kRunSandbox || action.kind == ActionKind::kCreateContainer ||
           action.kind == ActionKind::kStartContainer;
  };
  return std::any_of(plan_.actions.begin(), plan_.actions.end(), makes) ||
         std::any_of(observed_.in_flight.begin(), observed_.in_flight.end(),
                     [&](const auto& item) { return makes(item.second.action); });
}

void Planner::CheckDeadline() {
  PodFacts& facts = plan_.facts;
  if (!pod_->active_deadline || !facts.active_since || !facts.terminal_phase.empty()) return;
  const Duration left =
      *pod_->active_deadline - facts.active_before - (now_.boot - *facts.active_since);
  if (left > Duration(0)) {
    WakeAt(now_.boot + left);
    return;
  }
  facts.terminal_phase = "Failed";
  facts.terminal_reason = "DeadlineExceeded";
  facts.terminal_message = "Pod was active on the node longer than the specified deadline";
}

// Whether the container has ended for good, by the pod's restart policy.
bool Planner::WillNotRunAgain(const Container& container) const {
  const ContainerInfo* newest = Newest(observed_, container.name);
  if (newest != nullptr && newest->state != ContainerState::kExited) return false;
  const ContainerFacts facts = FactsOf(container.name);
  if (!facts.current) return false;
  if (pod_->restart == RestartPolicy::kAlways) return false;
  if (facts.current->exit_code == 0) return true;
  return pod_->restart == RestartPolicy::kNever;
}

void Planner::CheckTerminal() {
  PodFacts& facts = plan_.facts;
  if (!facts.terminal_phase.empty() || pod_->restart == RestartPolicy::kAlways) return;
  if (pod_->restart == RestartPolicy::kNever) {
    for (const Container& container : pod_->init_containers) {
      const ContainerInfo* newest = Newest(observed_, container.name);
      if (container.sidecar || newest == nullptr || newest->state != ContainerState::kExited) {
        continue;
      }
      // Cut off together with its sandbox, it did not fail: it runs again.
      if (newest->exit_code == 0 || !IsReady(observed_, newest->sandbox_id)) continue;
      facts.terminal_phase = "Failed";
      return;
    }
  }
  bool failed = false;
  for (const Container& container : pod_->containers) {
    if (!WillNotRunAgain(container)) return;
    failed |= FactsOf(container.name).current->exit_code != 0;
  }
  facts.terminal_phase = failed ? "Failed" : "Succeeded";
}

ContainerFacts Planner::FactsOf(const std::string& name) const {
  const auto found = plan_.facts.containers.find(name);
  return found == plan_.facts.containers.end() ? ContainerFacts() : found->second;
}

const Failure* Planner::FailureOf(const std::string& key) const {
  const auto found = observed_.failures.find(key);
  return found == observed_.failures.end() ? nullptr : &found->second;
}

bool Planner::MayRun(const std::string& key) {
  if (observed_.in_flight.count(key) != 0) return false;
  const Failure* failure = FailureOf(key);
  if (failure == nullptr || failure->retry_at <= now_.boot) return true;
  WakeAt(failure->retry_at);
  return false;
}

void Planner::Emit(Action action) { plan_.actions.push_back(std::move(action)); }

void Planner::Tidy(Action action) { plan_.housekeeping.push_back(std::move(action)); }

void Planner::WakeAt(BootTime when) {
  if (!plan_.wake_at || when < *plan_.wake_at) plan_.wake_at = when;
}

}  // namespace edge::edged
