#include "tests/fakes/fake_runtime.h"

namespace edge::fakes {
namespace {

using edged::ContainerInfo;
using edged::ContainerState;
using edged::SandboxInfo;
using edged::SandboxState;

constexpr std::int32_t kUnknownExit = 255;

Status Lost() { return DeadlineExceeded("the fake runtime lost its answer"); }

}  // namespace

Status FakeRuntime::Before(const std::string& call, bool* lose_answer) {
  calls.push_back(call);
  const RuntimeFault what = fault ? fault(call) : RuntimeFault::kNone;
  *lose_answer = what == RuntimeFault::kLoseAnswer;
  return what == RuntimeFault::kRefuse ? Unavailable("the fake runtime refuses " + call)
                                       : Status::Ok();
}

void FakeRuntime::PowerCut() {
  for (auto& [id, sandbox] : sandboxes_) {
    sandbox.state = SandboxState::kNotReady;
    sandbox.ips.clear();
  }
  for (auto& [id, container] : containers_) {
    if (container.state == ContainerState::kRunning) Exit(id, kUnknownExit);
  }
}

void FakeRuntime::Exit(const std::string& id, std::int32_t code) {
  ContainerInfo& container = containers_.at(id);
  container.state = ContainerState::kExited;
  container.exit_code = code;
  container.finished_at = Now();
  container.reason = code == 0 ? "Completed" : "Error";
}

void FakeRuntime::KillSandbox(const std::string& id) {
  sandboxes_.at(id).state = SandboxState::kNotReady;
  sandboxes_.at(id).ips.clear();
  for (auto& [container_id, container] : containers_) {
    if (container.sandbox_id == id && container.state == ContainerState::kRunning) {
      Exit(container_id, 137);
    }
  }
}

std::vector<const ContainerInfo*> FakeRuntime::Running() const {
  std::vector<const ContainerInfo*> running;
  for (const auto& [id, container] : containers_) {
    if (container.state == ContainerState::kRunning) running.push_back(&container);
  }
  return running;
}

void FakeRuntime::CheckOneRunning(const ContainerInfo& started) {
  for (const ContainerInfo* other : Running()) {
    if (other->id != started.id && other->name == started.name && other->labels == started.labels) {
      violations.push_back("two running containers named " + started.name);
    }
  }
}

Result<std::string> FakeRuntime::RunSandbox(const edged::SandboxConfig& config) {
  bool lose = false;
  EDGE_RETURN_IF_ERROR(Before("RunSandbox " + std::to_string(config.attempt), &lose));
  for (const auto& [id, sandbox] : sandboxes_) {
    if (sandbox.pod_uid == config.pod_uid && sandbox.attempt == config.attempt) {
      return AlreadyExists("sandbox name is reserved for " + id);
    }
  }
  SandboxInfo sandbox;
  sandbox.id = "sandbox-" + std::to_string(++next_id_);
  sandbox.pod_uid = config.pod_uid;
  sandbox.pod_namespace = config.pod_namespace;
  sandbox.pod_name = config.pod_name;
  sandbox.attempt = config.attempt;
  sandbox.state = SandboxState::kReady;
  sandbox.created_at = Now();
  sandbox.labels = config.labels;
  sandbox.annotations = config.annotations;
  sandbox.ips = {"10.88.0." + std::to_string(next_id_ % 250 + 2)};
  sandboxes_[sandbox.id] = sandbox;
  if (lose) return Lost();
  return sandbox.id;
}

Status FakeRuntime::StopSandbox(const std::string& id) {
  bool lose = false;
  EDGE_RETURN_IF_ERROR(Before("StopSandbox " + id, &lose));
  if (sandboxes_.count(id) == 0) return NotFound("sandbox " + id);
  KillSandbox(id);
  return lose ? Lost() : Status::Ok();
}

Status FakeRuntime::RemoveSandbox(const std::string& id) {
  bool lose = false;
  EDGE_RETURN_IF_ERROR(Before("RemoveSandbox " + id, &lose));
  if (sandboxes_.erase(id) == 0) return NotFound("sandbox " + id);
  std::erase_if(containers_, [&](const auto& item) { return item.second.sandbox_id == id; });
  return lose ? Lost() : Status::Ok();
}

Result<SandboxInfo> FakeRuntime::SandboxStatus(const std::string& id) {
  const auto found = sandboxes_.find(id);
  if (found == sandboxes_.end()) return NotFound("sandbox " + id);
  return found->second;
}

Result<std::vector<SandboxInfo>> FakeRuntime::ListSandboxes() {
  bool lose = false;
  EDGE_RETURN_IF_ERROR(Before("ListSandboxes", &lose));
  if (lose) return Lost();
  std::vector<SandboxInfo> list;
  for (const auto& [id, sandbox] : sandboxes_) list.push_back(sandbox);
  return list;
}

Result<std::string> FakeRuntime::CreateContainer(const std::string& sandbox_id,
                                                 const edged::ContainerConfig& config,
                                                 const edged::SandboxConfig& sandbox) {
  bool lose = false;
  EDGE_RETURN_IF_ERROR(
      Before("CreateContainer " + config.name + " " + std::to_string(config.attempt), &lose));
  const auto host = sandboxes_.find(sandbox_id);
  if (host == sandboxes_.end()) return NotFound("sandbox " + sandbox_id);
  if (images.count(config.image) == 0) return NotFound("image " + config.image);
  for (const auto& [id, container] : containers_) {
    if (container.name == config.name && container.attempt == config.attempt &&
        sandboxes_.count(container.sandbox_id) != 0 &&
        sandboxes_.at(container.sandbox_id).pod_uid == sandbox.pod_uid) {
      return AlreadyExists("container name is reserved for " + id);
    }
  }
  ContainerInfo container;
  container.id = "container-" + std::to_string(++next_id_);
  container.sandbox_id = sandbox_id;
  container.name = config.name;
  container.attempt = config.attempt;
  container.state = ContainerState::kCreated;
  container.created_at = Now();
  container.image = config.image;
  container.image_ref = config.image;
  container.labels = config.labels;
  container.annotations = config.annotations;
  containers_[container.id] = container;
  configs_[container.id] = config;
  if (lose) return Lost();
  return container.id;
}

Status FakeRuntime::StartContainer(const std::string& id) {
  bool lose = false;
  const auto found = containers_.find(id);
  EDGE_RETURN_IF_ERROR(
      Before("StartContainer " + (found == containers_.end() ? id : found->second.name), &lose));
  if (found == containers_.end()) return NotFound("container " + id);
  ContainerInfo& container = found->second;
  if (container.state != ContainerState::kCreated) {
    return FailedPrecondition("container " + id + " is not in created state");
  }
  if (sandboxes_.at(container.sandbox_id).state != SandboxState::kReady) {
    return FailedPrecondition("sandbox of " + id + " is not ready");
  }
  container.state = ContainerState::kRunning;
  container.started_at = Now();
  CheckOneRunning(container);
  return lose ? Lost() : Status::Ok();
}

Status FakeRuntime::StopContainer(const std::string& id, std::chrono::seconds) {
  bool lose = false;
  EDGE_RETURN_IF_ERROR(Before("StopContainer " + id, &lose));
  const auto found = containers_.find(id);
  if (found == containers_.end()) return NotFound("container " + id);
  if (found->second.state == ContainerState::kRunning ||
      found->second.state == ContainerState::kUnknown) {
    Exit(id, 143);
  }
  return lose ? Lost() : Status::Ok();
}

Status FakeRuntime::RemoveContainer(const std::string& id) {
  bool lose = false;
  EDGE_RETURN_IF_ERROR(Before("RemoveContainer " + id, &lose));
  const auto found = containers_.find(id);
  if (found == containers_.end()) return NotFound("container " + id);
  if (found->second.state == ContainerState::kRunning) {
    violations.push_back("a running container was removed: " + found->second.name);
  }
  containers_.erase(found);
  return lose ? Lost() : Status::Ok();
}

Result<ContainerInfo> FakeRuntime::ContainerStatus(const std::string& id) {
  const auto found = containers_.find(id);
  if (found == containers_.end()) return NotFound("container " + id);
  ContainerInfo info = found->second;
  info.sandbox_id.clear();  // as CRI's answer, which has no such field
  return info;
}

Result<std::vector<ContainerInfo>> FakeRuntime::ListContainers() {
  bool lose = false;
  EDGE_RETURN_IF_ERROR(Before("ListContainers", &lose));
  if (lose) return Lost();
  std::vector<ContainerInfo> list;
  for (const auto& [id, container] : containers_) list.push_back(container);
  return list;
}

Result<std::optional<edged::ImageInfo>> FakeRuntime::ImageStatus(const std::string& image) {
  bool lose = false;
  EDGE_RETURN_IF_ERROR(Before("ImageStatus " + image, &lose));
  if (lose) return Lost();
  if (images.count(image) == 0) return std::optional<edged::ImageInfo>();
  edged::ImageInfo info;
  info.id = image;  // what CreateContainer asks for again
  info.repo_tags = {image};
  info.size_bytes = 4096;
  return std::optional<edged::ImageInfo>(info);
}

Result<std::string> FakeRuntime::PullImage(const std::string& image,
                                           const std::optional<edged::RegistryCredentials>&) {
  bool lose = false;
  EDGE_RETURN_IF_ERROR(Before("PullImage " + image, &lose));
  if (registry.count(image) == 0) return NotFound(image + ": not found");
  images.insert(image);
  if (lose) return Lost();
  return image;
}

Result<std::vector<edged::ImageInfo>> FakeRuntime::ListImages() {
  std::vector<edged::ImageInfo> list;
  for (const std::string& image : images) list.push_back({image, {image}, {}, 4096, {}, {}});
  return list;
}

Status FakeRuntime::RemoveImage(const std::string& image) {
  images.erase(image);
  return Status::Ok();
}

Result<edged::RuntimeVersion> FakeRuntime::Version() {
  return edged::RuntimeVersion{"containerd", "1.6.20"};
}

Result<std::vector<edged::RuntimeCondition>> FakeRuntime::Conditions() {
  return std::vector<edged::RuntimeCondition>{{"RuntimeReady", true, {}, {}},
                                              {"NetworkReady", true, {}, {}}};
}

}  // namespace edge::fakes
