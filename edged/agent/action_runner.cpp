#include "edged/agent/action_runner.h"

#include <utility>

#include "common/file.h"
#include "common/log.h"
#include "edged/core/pod/container_config.h"
#include "edged/core/pod/labels.h"
#include "edged/core/volume/volume_plan.h"

namespace edge::edged {
namespace {

constexpr std::size_t kMaxMessageBytes = 4096;  // as kubelet's
constexpr std::size_t kLogTailLines = 80;
constexpr std::size_t kLogTailBytes = 2048;

Outcome Plain(Status status) {
  Outcome outcome;
  outcome.status = std::move(status);
  return outcome;
}

std::string Label(const ContainerInfo& container, const char* key) {
  const auto it = container.labels.find(key);
  return it == container.labels.end() ? std::string() : it->second;
}

}  // namespace

struct ActionRunner::Job {
  Action action;
  DesiredPod desired;
  SandboxInfo sandbox;
  ImageFact image;
  std::shared_ptr<const NodeContext> node;
};

ActionRunner::ActionRunner(Executor& executor, RuntimePorts ports, PodLayout layout)
    : executor_(executor), ports_(ports), layout_(std::move(layout)) {}

Lane& ActionRunner::LaneFor(ActionKind kind) {
  switch (kind) {
    case ActionKind::kPullImage: return pulls_;
    case ActionKind::kStopContainer:
    case ActionKind::kStopSandbox: return stops_;
    default: return life_;
  }
}

void ActionRunner::Run(const Action& action, const DesiredPod& desired, const SandboxInfo& sandbox,
                       const ImageFact& image, std::shared_ptr<const NodeContext> node, Done done) {
  Job job{action, desired, sandbox, image, std::move(node)};
  const BootTime begun = executor_.clock().Boot();
  LaneFor(action.kind).Run([this, job = std::move(job), begun, done = std::move(done)] {
    Outcome outcome = Perform(job);
    const Duration took = executor_.clock().Boot() - begun;
    executor_.Post([done, outcome = std::move(outcome), took] { done(outcome, took); });
  });
}

void ActionRunner::Look(const std::string& pod_uid, std::function<void(Result<PodLook>)> done) {
  life_.Run([this, pod_uid, done = std::move(done)] {
    executor_.Post([done, look = LookNow(pod_uid)] { done(look); });
  });
}

void ActionRunner::Inspect(const std::string& container_id,
                           std::function<void(Result<ContainerInfo>)> done) {
  life_.Run([this, container_id, done = std::move(done)] {
    executor_.Post([done, info = InspectNow(container_id)] { done(info); });
  });
}

void ActionRunner::LookAtAll(std::function<void(Result<NodeLook>)> done) {
  life_.Run([this, done = std::move(done)] {
    executor_.Post([done, look = LookAtAllNow()] { done(look); });
  });
}

void ActionRunner::ForeignPods(std::function<void(Result<std::vector<std::string>>)> done) {
  life_.Run([this, done = std::move(done)] {
    executor_.Post([done, foreign = ports_.info.ForeignPods()] { done(foreign); });
  });
}

void ActionRunner::List(std::function<void(Result<NodeLook>)> done) {
  life_.Run(
      [this, done = std::move(done)] { executor_.Post([done, look = ListNow()] { done(look); }); });
}

Outcome ActionRunner::Perform(const Job& job) {
  const Action& action = job.action;
  switch (action.kind) {
    case ActionKind::kLook: return {};  // the pod's worker calls Look, which has more to say
    case ActionKind::kCheckImage: return CheckImage(job);
    case ActionKind::kPullImage: return PullImage(job);
    case ActionKind::kPrepareVolumes: return ApplyVolumes(job, &PodVolumes::Prepare);
    case ActionKind::kUpdateVolumes: return ApplyVolumes(job, &PodVolumes::Update);
    case ActionKind::kTeardownVolumes:
      // Logs of a pod that is still desired stay readable; they go with the pod.
      return Plain(ports_.volumes.Teardown(
          job.desired.uid, job.desired.present ? ""
                                               : layout_.LogFolder(job.desired.ns, job.desired.name,
                                                                   job.desired.uid)));
    case ActionKind::kRunSandbox: return RunSandbox(job);
    case ActionKind::kStopSandbox: return StopSandbox(job);
    case ActionKind::kRemoveSandbox: return Plain(ports_.sandboxes.RemoveSandbox(action.id));
    case ActionKind::kCreateContainer: return CreateContainer(job);
    case ActionKind::kStartContainer: {
      Outcome outcome = Plain(ports_.containers.StartContainer(action.id));
      AddContainer(action.id, outcome);
      return outcome;
    }
    case ActionKind::kStopContainer: return StopContainer(job);
    case ActionKind::kRemoveContainer: return Plain(ports_.containers.RemoveContainer(action.id));
  }
  return Plain(Internal("an action without a performer"));
}

Outcome ActionRunner::CheckImage(const Job& job) {
  Outcome outcome;
  Result<std::optional<ImageInfo>> image = ports_.images.ImageStatus(job.action.image);
  outcome.status = image.status();
  if (image.ok()) outcome.image = *std::move(image);
  return outcome;
}

Outcome ActionRunner::PullImage(const Job& job) {
  Outcome outcome;
  std::vector<std::optional<RegistryCredentials>> tries;
  for (RegistryCredentials& known : PullCredentials(job.desired, job.action.image)) {
    tries.emplace_back(std::move(known));
  }
  if (tries.empty()) tries.emplace_back(std::nullopt);
  for (const std::optional<RegistryCredentials>& credentials : tries) {
    Result<std::string> pulled = ports_.images.PullImage(job.action.image, credentials);
    outcome.status = pulled.status();
    if (!pulled.ok()) continue;
    outcome.image_ref = *std::move(pulled);
    Result<std::optional<ImageInfo>> image = ports_.images.ImageStatus(job.action.image);
    if (image.ok()) outcome.image = *std::move(image);
    break;
  }
  return outcome;
}

Outcome ActionRunner::ApplyVolumes(const Job& job, Status (PodVolumes::*apply)(const VolumePlan&)) {
  Outcome outcome;
  const Result<VolumePlan> plan = PlanVolumes(*job.desired.pod, job.desired.objects, *job.node);
  outcome.status = plan.ok() ? (ports_.volumes.*apply)(*plan) : plan.status();
  return outcome;
}

Outcome ActionRunner::RunSandbox(const Job& job) {
  Outcome outcome;
  const Result<SandboxConfig> config =
      BuildSandboxConfig(*job.desired.pod, *job.node, job.action.attempt);
  outcome.status = config.status();
  if (!config.ok()) return outcome;
  outcome.status = MakeDirectories(config->log_directory);
  if (!outcome.status.ok()) return outcome;
  const Result<std::string> id = ports_.sandboxes.RunSandbox(*config);
  outcome.status = id.status();
  if (!id.ok()) return outcome;
  Result<SandboxInfo> sandbox = ports_.sandboxes.SandboxStatus(*id);
  if (sandbox.ok()) outcome.sandbox = *std::move(sandbox);
  return outcome;
}

Outcome ActionRunner::StopSandbox(const Job& job) {
  Outcome outcome = Plain(ports_.sandboxes.StopSandbox(job.action.id));
  Result<SandboxInfo> sandbox = ports_.sandboxes.SandboxStatus(job.action.id);
  if (sandbox.ok()) outcome.sandbox = *std::move(sandbox);
  return outcome;
}

Outcome ActionRunner::CreateContainer(const Job& job) {
  Outcome outcome;
  const auto create = [&]() -> Result<std::string> {
    const Pod& pod = *job.desired.pod;
    const Container* container = pod.FindContainer(job.action.container);
    if (container == nullptr) return Internal("no container " + job.action.container);
    EDGE_ASSIGN_OR_RETURN(const ContainerConfig config,
                          BuildContainerConfig(job.desired, *container, job.action.attempt,
                                               job.sandbox, job.image, *job.node));
    EDGE_ASSIGN_OR_RETURN(const SandboxConfig sandbox,
                          BuildSandboxConfig(pod, *job.node, job.sandbox.attempt));
    EDGE_ASSIGN_OR_RETURN(
        const ContainerFiles files,
        BuildContainerFiles(pod, *container, job.action.attempt, job.sandbox, *job.node));
    EDGE_RETURN_IF_ERROR(ports_.volumes.PrepareContainer(files));
    return ports_.containers.CreateContainer(job.sandbox.id, config, sandbox);
  };
  const Result<std::string> id = create();
  outcome.status = id.status();
  if (id.ok()) AddContainer(*id, outcome);
  return outcome;
}

Outcome ActionRunner::StopContainer(const Job& job) {
  Outcome outcome = Plain(ports_.containers.StopContainer(job.action.id, job.action.grace));
  AddContainer(job.action.id, outcome);
  return outcome;
}

void ActionRunner::AddContainer(const std::string& id, Outcome& outcome) {
  Result<ContainerInfo> container = InspectNow(id);
  if (container.ok()) outcome.container = *std::move(container);
}

Result<NodeLook> ActionRunner::ListNow() {
  NodeLook look;
  EDGE_ASSIGN_OR_RETURN(std::vector<SandboxInfo> sandboxes, ports_.sandboxes.ListSandboxes());
  EDGE_ASSIGN_OR_RETURN(std::vector<ContainerInfo> containers, ports_.containers.ListContainers());
  for (SandboxInfo& sandbox : sandboxes) {
    look.pods[sandbox.pod_uid].sandboxes.push_back(std::move(sandbox));
  }
  for (ContainerInfo& container : containers) {
    look.pods[Label(container, kLabelPodUid)].containers.push_back(std::move(container));
  }
  return look;
}

Status ActionRunner::InspectAll(PodLook& look) {
  std::vector<SandboxInfo> sandboxes;
  for (const SandboxInfo& sandbox : look.sandboxes) {
    if (sandbox.state != SandboxState::kReady) {
      sandboxes.push_back(sandbox);
      continue;
    }
    Result<SandboxInfo> info = ports_.sandboxes.SandboxStatus(sandbox.id);
    if (info.status().code() == Code::kNotFound) continue;  // removed since it was listed
    if (!info.ok()) return info.status();
    sandboxes.push_back(*std::move(info));
  }
  look.sandboxes = std::move(sandboxes);
  std::vector<ContainerInfo> inspected;
  for (const ContainerInfo& container : look.containers) {
    Result<ContainerInfo> info = InspectNow(container.id);
    if (info.status().code() == Code::kNotFound) continue;  // removed since it was listed
    if (!info.ok()) return info.status();
    info->sandbox_id = container.sandbox_id;
    inspected.push_back(*std::move(info));
  }
  look.containers = std::move(inspected);
  return Status::Ok();
}

Result<PodLook> ActionRunner::LookNow(const std::string& pod_uid) {
  EDGE_ASSIGN_OR_RETURN(NodeLook all, ListNow());
  PodLook look = std::move(all.pods[pod_uid]);
  EDGE_RETURN_IF_ERROR(InspectAll(look));
  return look;
}

Result<NodeLook> ActionRunner::LookAtAllNow() {
  EDGE_ASSIGN_OR_RETURN(NodeLook all, ListNow());
  for (auto& [uid, look] : all.pods) {
    // One that cannot be inspected must not keep the others down: its own worker looks again.
    const Status inspected = InspectAll(look);
    look.inspected = inspected.ok();
    if (!inspected.ok()) {
      LogWarning("pod not inspected", {{"POD_UID", uid}, {"WHY", inspected.ToString()}});
    }
  }
  EDGE_ASSIGN_OR_RETURN(const std::vector<std::string> on_disk, ports_.volumes.ListPods());
  all.on_disk.insert(on_disk.begin(), on_disk.end());
  return all;
}

Result<ContainerInfo> ActionRunner::InspectNow(const std::string& container_id) {
  EDGE_ASSIGN_OR_RETURN(ContainerInfo container, ports_.containers.ContainerStatus(container_id));
  if (container.state == ContainerState::kExited) AddExitMessage(container);
  return container;
}

void ActionRunner::AddExitMessage(ContainerInfo& container) {
  const ExitMessageSource source = WhereExitMessageIs(container);
  const std::string uid = Label(container, kLabelPodUid);
  if (source.message_file) {
    Result<std::string> message =
        ports_.volumes.ReadMessage(uid, container.name, container.attempt, kMaxMessageBytes);
    if (message.ok() && !message->empty()) container.message = *std::move(message);
  }
  if (!container.message.empty() || !source.fall_back_to_logs || container.exit_code == 0) return;
  const std::string folder =
      layout_.LogFolder(Label(container, kLabelPodNamespace), Label(container, kLabelPodName), uid);
  Result<std::string> tail = ports_.volumes.ReadLogTail(
      folder + "/" + PodLayout::LogFile(container.name, container.attempt), kLogTailLines,
      kLogTailBytes);
  if (tail.ok()) container.message = *std::move(tail);
}

}  // namespace edge::edged
