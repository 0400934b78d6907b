#include <algorithm>

#include "edged/core/pod/backoff.h"
#include "edged/core/pod/container_config.h"
#include "edged/core/pod/planner.h"
#include "edged/core/volume/volume_plan.h"

namespace edge::edged {

void Planner::StartPod() {
  PrepareVolumes();
  const bool strays = StopStrays();
  if (sandbox_ == nullptr) {
    if (!strays) EnsureSandbox();
    return;
  }
  bool initialized = false;
  for (const Container& container : pod_->containers) {
    for (const ContainerInfo* instance : Instances(observed_, container.name)) {
      initialized |= instance->sandbox_id == sandbox_->id;
    }
  }
  StartInit(initialized);
  CleanUp();
}

void Planner::PrepareVolumes() {
  volumes_ready_ = !observed_.volumes_version.empty() || pod_->volumes.empty();
  if (pod_->volumes.empty()) return;
  const Result<VolumePlan> plan = PlanVolumes(*pod_, desired_.objects, node_);
  // Meanwhile the sandbox is made.
  if (plan.status().code() == Code::kUnavailable) return;
  if (!plan.ok()) {
    // What is mounted stays: a ConfigMap that was deleted stops nobody.
    plan_.volume_error = plan.status().message();
    return;
  }
  const std::string version = VolumePlanVersion(*plan);
  if (version == observed_.volumes_version) return;
  const ActionKind kind = volumes_ready_ ? ActionKind::kUpdateVolumes : ActionKind::kPrepareVolumes;
  if (MayRun("volumes")) Emit({.kind = kind, .version = version});
}

// Stops what runs where it should not: older instances of a name, containers outside the sandbox,
// containers that the pod does not have. True while there is any.
bool Planner::StopStrays() {
  bool any = false;
  for (const ContainerInfo& container : observed_.containers) {
    if (!IsAlive(container)) continue;
    const bool known = pod_->FindContainer(container.name) != nullptr;
    const bool inside = sandbox_ != nullptr && container.sandbox_id == sandbox_->id;
    const bool running = container.state == ContainerState::kRunning;
    if (known && inside && running && Newest(observed_, container.name)->id == container.id) {
      continue;
    }
    any = true;
    StopOne(container, inside ? "Stopping container " + container.name
                              : "Pod sandbox changed, it will be killed and re-created.");
  }
  return any;
}

bool Planner::AnythingToRun() const {
  return std::any_of(pod_->containers.begin(), pod_->containers.end(),
                     [&](const Container& container) { return WantsToRun(container); });
}

bool Planner::WantsHostPorts() const {
  if (pod_->host_network) return true;
  for (const Container& container : pod_->containers) {
    for (const PortMapping& port : container.ports) {
      if (port.host_port != 0) return true;
    }
  }
  return false;
}

// No sandbox is ready. The dead ones' networks are taken down once the pod runs (CleanUp): after a
// power cut that would only hold up everybody's start. It comes first where they may be in the way:
// they hold a port of the node, or, after a failure, perhaps the last free address.
void Planner::EnsureSandbox() {
  if (!AnythingToRun()) return;
  bool clean = true;
  if (WantsHostPorts() || FailureOf("sandbox") != nullptr) {
    for (const SandboxInfo& dead : observed_.sandboxes) {
      if (observed_.stopped.count(dead.id) != 0) continue;
      clean = false;
      Action stop{.kind = ActionKind::kStopSandbox, .id = dead.id, .attempt = dead.attempt};
      if (MayRun(stop.Key())) Emit(std::move(stop));
    }
  }
  Prefetch();
  if (!clean) return;
  if (!volumes_ready_ && !plan_.volume_error.empty()) return;
  if (!MayRun("sandbox")) return;
  const auto& last = plan_.facts.sandbox_attempt;
  plan_.sandbox_changed = !observed_.sandboxes.empty();
  Emit({.kind = ActionKind::kRunSandbox, .attempt = last ? *last + 1 : 0});
}

// Images are looked up, and pulled where they lack, while the sandbox is made.
void Planner::Prefetch() {
  if (!pod_->init_containers.empty()) {
    EnsureImage(pod_->init_containers.front());
    return;
  }
  for (const Container& container : pod_->containers) {
    if (WantsToRun(container) && !InBackOff(container)) EnsureImage(container);
  }
}

void Planner::StartInit(bool initialized) {
  for (const Container& container : pod_->init_containers) {
    if (!StartNextInit(container, initialized)) return;
  }
  for (const Container& container : pod_->containers) Bring(container);
}

// True when the next one may start.
bool Planner::StartNextInit(const Container& container, bool initialized) {
  const ContainerInfo* newest = Newest(observed_, container.name);
  const bool here = newest != nullptr && newest->sandbox_id == sandbox_->id;
  if (container.sidecar) {
    Bring(container);
    return initialized || (here && newest->state == ContainerState::kRunning);
  }
  if (initialized) return true;
  if (here && newest->state == ContainerState::kRunning) return false;
  if (here && newest->state == ContainerState::kExited && newest->exit_code == 0) return true;
  Bring(container);
  return false;
}

// By policy and history, whether there should be a running instance.
bool Planner::WantsToRun(const Container& container) const {
  if (container.init) return true;  // its caller knows whether it is its turn
  return !WillNotRunAgain(container);
}

// One step for one container of the current sandbox.
void Planner::Bring(const Container& container) {
  const ContainerInfo* newest = Newest(observed_, container.name);
  const bool here = newest != nullptr && newest->sandbox_id == sandbox_->id;
  const bool changed = newest != nullptr && HashOf(*newest) != ContainerHash(container);
  if (here && newest->state == ContainerState::kRunning) {
    if (changed) {
      StopOne(*newest, "Container " + container.name + " definition changed, will be restarted");
    }
    return;
  }
  if (newest != nullptr && IsAlive(*newest)) return;  // StopStrays is at it
  const std::string key = "container/" + container.name;
  if (here && newest->state == ContainerState::kCreated && !changed) {
    HadStartFailure(container);
    if (!MayRun(key)) return;
    Emit({.kind = ActionKind::kStartContainer,
          .container = container.name,
          .id = newest->id,
          .sandbox_id = sandbox_->id,
          .attempt = newest->attempt,
          .image = container.image});
    return;
  }
  if (!WantsToRun(container) || InBackOff(container)) return;
  Launch(container);
}

bool Planner::InBackOff(const Container& container) {
  const ContainerFacts facts = FactsOf(container.name);
  if (!facts.retry_at || *facts.retry_at <= now_.boot) return false;
  if (facts.hash != ContainerHash(container)) return false;
  WakeAt(*facts.retry_at);
  if (HadStartFailure(container)) return true;
  const auto delay = std::chrono::duration_cast<std::chrono::seconds>(CrashDelay(facts.crashes));
  std::string text = std::to_string(delay.count()) + "s";
  if (delay >= std::chrono::minutes(1)) {
    text = std::to_string(delay.count() / 60) + "m" + std::to_string(delay.count() % 60) + "s";
  }
  plan_.waiting[container.name] = {
      "CrashLoopBackOff", "back-off " + text + " restarting failed container=" + container.name +
                              " pod=" + pod_->name + "_" + pod_->ns + "(" + pod_->uid + ")"};
  return true;
}

// Right after a failed create or start the error itself is shown.
bool Planner::HadStartFailure(const Container& container) {
  const Failure* failure = FailureOf("container/" + container.name);
  if (failure == nullptr) return false;
  const bool start = failure->action.kind == ActionKind::kStartContainer;
  const ContainerInfo* newest = Newest(observed_, container.name);
  if (start && newest != nullptr && newest->state == ContainerState::kExited) {
    if (now_.boot >= failure->at + kErrorShown) return false;
    WakeAt(failure->at + kErrorShown);
  }
  plan_.waiting[container.name] = {start ? "RunContainerError" : "CreateContainerError",
                                   failure->status.message()};
  return true;
}

void Planner::Launch(const Container& container) {
  HadStartFailure(container);
  const bool image_ready = EnsureImage(container);
  if (!volumes_ready_ || !image_ready) return;
  const Result<std::string> image = NormalizeImage(container.image);
  if (!image.ok()) return;
  const std::uint32_t attempt = NextAttempt(container.name);
  const Result<ContainerConfig> config = BuildContainerConfig(
      desired_, container, attempt, *sandbox_, observed_.images.at(*image), node_);
  if (!config.ok()) {
    plan_.waiting[container.name] = {"CreateContainerConfigError", config.status().message()};
    return;
  }
  if (!MayRun("container/" + container.name)) return;
  Emit({.kind = ActionKind::kCreateContainer,
        .container = container.name,
        .sandbox_id = sandbox_->id,
        .attempt = attempt,
        .image = *image});
}

// Of dead instances the newest stays beside the current one, for lastState and its log. Nobody
// waits for this: it is done when nothing is being started.
void Planner::CleanUp() {
  if (MakingSomething()) return;
  std::map<std::string, int> kept;
  std::vector<const ContainerInfo*> all;
  for (const ContainerInfo& container : observed_.containers) all.push_back(&container);
  std::sort(all.begin(), all.end(), [](const ContainerInfo* a, const ContainerInfo* b) {
    return std::tie(a->attempt, a->created_at, a->id) > std::tie(b->attempt, b->created_at, b->id);
  });
  for (const ContainerInfo* container : all) {
    const ContainerInfo* newest = Newest(observed_, container->name);
    const Container* spec = pod_->FindContainer(container->name);
    const bool stale =
        container->state == ContainerState::kCreated &&
        (container != newest || spec == nullptr || HashOf(*container) != ContainerHash(*spec) ||
         container->sandbox_id != sandbox_->id);
    const bool dead = container->state == ContainerState::kExited && container != newest;
    if (!stale && !(dead && ++kept[container->name] > 1)) continue;
    Action remove{.kind = ActionKind::kRemoveContainer,
                  .container = container->name,
                  .id = container->id,
                  .attempt = container->attempt};
    if (observed_.in_flight.count("container/" + container->name) == 0 && MayRun(remove.Key())) {
      Tidy(std::move(remove));
    }
  }
  for (const SandboxInfo& sandbox : observed_.sandboxes) {
    if (&sandbox != sandbox_) CleanUpSandbox(sandbox);
  }
}

// Another sandbox than the current one: stopped, and removed when nothing in it is the newest word
// about a container.
void Planner::CleanUpSandbox(const SandboxInfo& sandbox) {
  bool needed = false, alive = false;
  for (const ContainerInfo& container : observed_.containers) {
    if (container.sandbox_id != sandbox.id) continue;
    alive |= IsAlive(container);
    needed |= Newest(observed_, container.name)->id == container.id &&
              pod_->FindContainer(container.name) != nullptr;
  }
  if (alive) return;  // StopStrays is at it
  const bool stopped = observed_.stopped.count(sandbox.id) != 0;
  Action action{.kind = stopped && sandbox.state == SandboxState::kNotReady
                            ? ActionKind::kRemoveSandbox
                            : ActionKind::kStopSandbox,
                .id = sandbox.id,
                .attempt = sandbox.attempt};
  if (action.kind == ActionKind::kRemoveSandbox && needed) return;
  if (MayRun(action.Key())) Tidy(std::move(action));
}

}  // namespace edge::edged
