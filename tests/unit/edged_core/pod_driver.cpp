#include "tests/unit/edged_core/pod_driver.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "edged/core/volume/volume_plan.h"

namespace edge::edged {

Json ContainerJson(const std::string& name, const std::string& image) {
  return {{"name", name}, {"image", image}};
}

Json PodJson(Json spec) {
  if (!spec.contains("containers")) spec["containers"] = Json::array({ContainerJson("app")});
  return {
      {"metadata", {{"name", "app"}, {"namespace", "default"}, {"uid", "u1"}, {"generation", 1}}},
      {"spec", std::move(spec)}};
}

std::shared_ptr<const Pod> MakePod(const Json& object) {
  Result<Pod> pod = ParsePod(object);
  if (!pod.ok()) FAIL(pod.status().ToString());
  return std::make_shared<const Pod>(std::move(*pod));
}

PodDriver::PodDriver(const Json& pod) {
  SetPod(pod);
  desired.uid = desired.pod->uid;
  desired.ns = desired.pod->ns;
  desired.name = desired.pod->name;
  node.node_name = "n1";
  node.host_ips = {"192.168.1.5"};
  runtime.now = [this] { return clock.Wall().time_since_epoch().count(); };
  runtime.registry = {"docker.io/library/img:1", "docker.io/library/img:2",
                      "docker.io/library/img:latest"};
}

const Plan& PodDriver::Step() {
  plan = Reconcile(desired, observed, facts, node, Time());
  facts = plan.facts;
  for (const std::vector<Action>* actions : {&plan.actions, &plan.housekeeping}) {
    for (const Action& action : *actions) {
      Begin(observed, action, clock.Boot());
      in_flight.push_back(action);
    }
  }
  return plan;
}

void PodDriver::Perform(std::size_t index) {
  const Action action = in_flight.at(index);
  in_flight.erase(in_flight.begin() + static_cast<std::ptrdiff_t>(index));
  Finish(observed, action, Call(action), clock.Boot());
}

bool PodDriver::Settle(int most) {
  for (int i = 0; i < most; ++i) {
    Step();
    if (in_flight.empty()) return true;
    Perform();
  }
  return false;
}

bool PodDriver::SettleFor(Duration until) {
  const BootTime end = clock.Boot() + until;
  while (true) {
    if (!Settle()) return false;
    if (!plan.wake_at || *plan.wake_at > end) break;
    clock.Advance(std::max(Duration(1), *plan.wake_at - clock.Boot()));
  }
  clock.Advance(std::max(Duration(0), end - clock.Boot()));
  return Settle();
}

void PodDriver::CrashAgent() {
  const Json stored = FactsToJson(facts, boot, clock.Boot());
  in_flight.clear();
  observed = ObservedPod();
  observed.volumes_on_disk = volumes_made;
  plan = Plan();
  facts = FactsFromJson(stored, boot, clock.Boot()).value();
}

void PodDriver::CutPower() {
  runtime.PowerCut();
  const Json stored = FactsToJson(facts, boot, clock.Boot());
  boot = "boot-" + std::to_string(++boots_);
  // Seen from the new boot the clock starts elsewhere; that it goes on here makes no difference to
  // facts, which are read as another boot's.
  clock.Advance(std::chrono::minutes(1));
  in_flight.clear();
  observed = ObservedPod();
  observed.volumes_on_disk = volumes_made;
  plan = Plan();
  facts = FactsFromJson(stored, boot, clock.Boot()).value();
}

Json PodDriver::Report() {
  status = ComputePodStatus(desired, observed, plan, node, status, Time());
  return status;
}

bool PodDriver::Did(const std::string& call) const {
  return std::find(runtime.calls.begin(), runtime.calls.end(), call) != runtime.calls.end();
}

std::size_t PodDriver::Count(const std::string& prefix) const {
  return static_cast<std::size_t>(
      std::count_if(runtime.calls.begin(), runtime.calls.end(),
                    [&](const std::string& call) { return call.rfind(prefix, 0) == 0; }));
}

std::string PodDriver::RunningId(const std::string& name) const {
  for (const ContainerInfo* container : runtime.Running()) {
    if (container->name == name) return container->id;
  }
  return {};
}

Outcome PodDriver::Look() {
  auto sandboxes = runtime.ListSandboxes();
  auto containers = runtime.ListContainers();
  if (!sandboxes.ok()) return {.status = sandboxes.status()};
  if (!containers.ok()) return {.status = containers.status()};
  ApplyLook(observed, *sandboxes, *containers);
  return {};
}

Outcome PodDriver::Inspect(edge::Status result, const std::string& id) {
  if (!result.ok()) return {.status = result};
  const auto info = runtime.ContainerStatus(id);
  Outcome outcome;
  if (info.ok()) outcome.container = *info;
  return outcome;
}

Outcome PodDriver::Create(const Action& action) {
  const Container* container = desired.pod->FindContainer(action.container);
  const auto sandbox = runtime.SandboxStatus(action.sandbox_id);
  if (!sandbox.ok()) return {.status = sandbox.status()};
  const auto config = BuildContainerConfig(desired, *container, action.attempt, *sandbox,
                                           observed.images[action.image], node);
  if (!config.ok()) return {.status = config.status()};
  const auto id = runtime.CreateContainer(action.sandbox_id, *config,
                                          *BuildSandboxConfig(*desired.pod, node, 0));
  return Inspect(id.status(), id.ok() ? *id : std::string());
}

Outcome PodDriver::Run(const Action& action) {
  const auto id = runtime.RunSandbox(*BuildSandboxConfig(*desired.pod, node, action.attempt));
  if (!id.ok()) return {.status = id.status()};
  Outcome outcome;
  outcome.sandbox = *runtime.SandboxStatus(*id);
  return outcome;
}

Outcome PodDriver::Call(const Action& action) {
  Outcome outcome;
  switch (action.kind) {
    case ActionKind::kLook: return Look();
    case ActionKind::kCheckImage: {
      const auto image = runtime.ImageStatus(action.image);
      outcome.status = image.status();
      if (image.ok()) outcome.image = *image;
      return outcome;
    }
    case ActionKind::kPullImage: {
      const auto ref = runtime.PullImage(action.image, std::nullopt);
      outcome.status = ref.status();
      if (ref.ok()) outcome.image_ref = *ref;
      return outcome;
    }
    case ActionKind::kPrepareVolumes: volumes_made = true; return {.status = prepared};
    case ActionKind::kUpdateVolumes: return {.status = prepared};
    case ActionKind::kTeardownVolumes: volumes_made = !torn_down.ok(); return {.status = torn_down};
    case ActionKind::kRunSandbox: return Run(action);
    case ActionKind::kStopSandbox: outcome.status = runtime.StopSandbox(action.id); return outcome;
    case ActionKind::kRemoveSandbox:
      outcome.status = runtime.RemoveSandbox(action.id);
      return outcome;
    case ActionKind::kCreateContainer: return Create(action);
    case ActionKind::kStartContainer: return Inspect(runtime.StartContainer(action.id), action.id);
    case ActionKind::kStopContainer:
      return Inspect(runtime.StopContainer(action.id, action.grace), action.id);
    case ActionKind::kRemoveContainer:
      outcome.status = runtime.RemoveContainer(action.id);
      return outcome;
  }
  return outcome;
}

Strings Names(const Plan& plan) {
  Strings names;
  for (const Action& action : plan.actions) {
    std::string name(ActionName(action.kind));
    if (!action.container.empty()) name += " " + action.container;
    names.push_back(name);
  }
  return names;
}

}  // namespace edge::edged
