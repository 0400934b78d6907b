#include <algorithm>
#include <charconv>

#include "edged/core/pod/labels.h"
#include "edged/core/pod/planner.h"

namespace edge::edged {
namespace {

// kubelet's minimum: even what is killed at once may flush.
constexpr std::chrono::seconds kLeastGrace{2};
constexpr std::chrono::seconds kDefaultGrace{30};

std::chrono::seconds AnnotatedGrace(const ObservedPod& observed) {
  for (const ContainerInfo& container : observed.containers) {
    const auto found = container.annotations.find(kAnnotationGrace);
    if (found == container.annotations.end()) continue;
    int seconds = 0;
    const char* const end = found->second.data() + found->second.size();
    const auto parsed = std::from_chars(found->second.data(), end, seconds);
    if (parsed.ec == std::errc() && seconds >= 0) return std::chrono::seconds(seconds);
  }
  return kDefaultGrace;
}

std::string WhyStopped(const ContainerInfo& container, const std::string& message) {
  return message.empty() ? "Stopping container " + container.name : message;
}

}  // namespace

std::chrono::seconds Planner::FullGrace() const {
  if (pod_ == nullptr) return AnnotatedGrace(observed_);
  return pod_->deletion_grace.value_or(pod_->grace);
}

std::chrono::seconds Planner::GraceLeft() const {
  const Duration gone =
      plan_.facts.stopping_since ? now_.boot - *plan_.facts.stopping_since : Duration(0);
  const auto left = FullGrace() - std::chrono::duration_cast<std::chrono::seconds>(gone);
  return std::max(left, kLeastGrace);
}

bool Planner::IsSidecar(const std::string& name) const {
  const Container* container = pod_ == nullptr ? nullptr : pod_->FindContainer(name);
  return container != nullptr && container->sidecar;
}

// A stop with a shorter grace overtakes one that is under way: deleting with --grace-period=1 must
// not wait for the hour that the pod was given before.
void Planner::StopOne(const ContainerInfo& container, const std::string& message) {
  Action stop{
      .kind = ActionKind::kStopContainer,
      .container = container.name,
      .id = container.id,
      .sandbox_id = container.sandbox_id,
      .attempt = container.attempt,
      .grace = plan_.facts.stopping_since ? GraceLeft() : std::max(FullGrace(), kLeastGrace),
      .message = message};
  const auto busy = observed_.in_flight.find(stop.Key());
  if (busy != observed_.in_flight.end()) {
    const BootTime ends = busy->second.since + busy->second.action.grace;
    constexpr std::chrono::seconds kWorthIt{1};
    if (now_.boot + stop.grace + kWorthIt < ends) Emit(std::move(stop));
    return;
  }
  if (MayRun(stop.Key())) Emit(std::move(stop));
}

// Sidecars outlive the containers that they serve, and go in the reverse order of their start.
bool Planner::StopSidecars(const std::string& message) {
  if (pod_ == nullptr) return true;
  for (auto it = pod_->init_containers.rbegin(); it != pod_->init_containers.rend(); ++it) {
    if (!it->sidecar) continue;
    bool down = true;
    for (const ContainerInfo* instance : Instances(observed_, it->name)) {
      if (!IsAlive(*instance)) continue;
      StopOne(*instance, WhyStopped(*instance, message));
      down = false;
    }
    if (!down) return false;
  }
  return true;
}

// True once nothing runs and nothing is being made that could.
bool Planner::StopContainers(const std::string& message) {
  bool down = !MakingSomething();
  for (const ContainerInfo& container : observed_.containers) {
    if (!IsAlive(container) || IsSidecar(container.name)) continue;
    StopOne(container, WhyStopped(container, message));
    down = false;
  }
  return down && StopSidecars(message);
}

bool Planner::StopSandboxes() {
  bool down = true;
  for (const SandboxInfo& sandbox : observed_.sandboxes) {
    const bool stopped = observed_.stopped.count(sandbox.id) != 0;
    if (sandbox.state != SandboxState::kReady && stopped) continue;
    down = false;
    Action stop{.kind = ActionKind::kStopSandbox, .id = sandbox.id, .attempt = sandbox.attempt};
    if (MayRun(stop.Key())) Emit(std::move(stop));
  }
  return down;
}

bool Planner::TeardownVolumes() {
  if (observed_.in_flight.count("volumes") != 0) return false;
  if (!observed_.volumes_on_disk && observed_.volumes_version.empty()) return true;
  // That they could not be made says nothing about taking them down: only a teardown that failed
  // has to wait.
  const Failure* failure = FailureOf("volumes");
  const bool failed_before =
      failure != nullptr && failure->action.kind == ActionKind::kTeardownVolumes;
  if (!failed_before || MayRun("volumes")) Emit({.kind = ActionKind::kTeardownVolumes});
  return false;
}

void Planner::StopPod() {
  PodFacts& facts = plan_.facts;
  if (facts.finished && observed_.sandboxes.empty() && observed_.containers.empty()) return;
  if (!facts.stopping_since) facts.stopping_since = now_.boot;
  if (!StopContainers({}) || !StopSandboxes() || !TeardownVolumes()) return;
  if (!pod_->deletion_grace) return;
  if (facts.terminal_phase.empty()) {
    const auto succeeded = [&](const Container& container) {
      const auto end = FactsOf(container.name).current;
      return end && end->exit_code == 0;
    };
    facts.terminal_phase = std::all_of(pod_->containers.begin(), pod_->containers.end(), succeeded)
                               ? "Succeeded"
                               : "Failed";
  }
  facts.finished = true;
}

void Planner::Remove() {
  if (!plan_.facts.stopping_since) plan_.facts.stopping_since = now_.boot;
  if (!StopContainers({}) || !StopSandboxes()) return;
  for (const SandboxInfo& sandbox : observed_.sandboxes) {
    Action remove{.kind = ActionKind::kRemoveSandbox, .id = sandbox.id, .attempt = sandbox.attempt};
    if (MayRun(remove.Key())) Emit(std::move(remove));
  }
  for (const ContainerInfo& container : observed_.containers) {
    // Its sandbox takes it along; what has none goes by itself.
    const bool has_sandbox =
        std::any_of(observed_.sandboxes.begin(), observed_.sandboxes.end(),
                    [&](const SandboxInfo& sandbox) { return sandbox.id == container.sandbox_id; });
    Action remove{.kind = ActionKind::kRemoveContainer,
                  .container = container.name,
                  .id = container.id,
                  .attempt = container.attempt};
    if (!has_sandbox && MayRun(remove.Key())) Emit(std::move(remove));
  }
  const bool torn_down = TeardownVolumes();
  plan_.gone = torn_down && observed_.sandboxes.empty() && observed_.containers.empty();
}

}  // namespace edge::edged
