#include "tests/contract/runtime/contract.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <thread>

namespace edge::edged {
namespace {

using Clock = std::chrono::steady_clock;

template <typename Infos>
auto Find(const Infos& infos, const std::string& id) {
  return std::find_if(infos.begin(), infos.end(), [&](const auto& info) { return info.id == id; });
}

bool IsGone(const Status& status) { return status.ok() || status.code() == Code::kNotFound; }

std::string StartContainerIn(RuntimeSubject& subject, const std::string& sandbox_id,
                             const SandboxConfig& sandbox, const ContainerConfig& config) {
  const std::string id = Must(subject.containers.CreateContainer(sandbox_id, config, sandbox));
  Must(subject.containers.StartContainer(id));
  return id;
}

}  // namespace

void Must(const Status& status) {
  INFO(status.ToString());
  REQUIRE(status.ok());
}

SandboxConfig SandboxNamed(const RuntimeSubject& subject, const std::string& name) {
  SandboxConfig config;
  config.pod_uid = "uid-" + name;
  config.pod_namespace = "shop";
  config.pod_name = name;
  config.hostname = name;
  config.log_directory = subject.log_root + "/" + name;
  config.labels = {{"io.kubernetes.pod.name", name}};
  config.annotations = {{"note", "kept"}};
  config.cgroup_parent = subject.cgroup_parent;
  return config;
}

ContainerConfig ContainerNamed(const RuntimeSubject& subject, const std::string& name) {
  ContainerConfig config;
  config.name = name;
  config.image = subject.image;
  config.labels = {{"io.kubernetes.container.name", name}};
  config.log_path = name + ".log";
  return config;
}

std::vector<std::string> ExitingCommand(int code) {
  return {"/bin/sh", "-c", "exit " + std::to_string(code)};
}

ContainerInfo AwaitState(RuntimeSubject& subject, const std::string& id, ContainerState state) {
  const auto deadline = Clock::now() + std::chrono::seconds(20);
  for (;;) {
    ContainerInfo info = Must(subject.containers.ContainerStatus(id));
    if (info.state == state) return info;
    INFO("waited 20 s for container " << id << " to get to state " << static_cast<int>(state));
    REQUIRE(Clock::now() < deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void SandboxLivesAndGoes(RuntimeSubject& subject) {
  const SandboxConfig config = SandboxNamed(subject, "till");
  const std::string id = Must(subject.sandboxes.RunSandbox(config));

  const SandboxInfo status = Must(subject.sandboxes.SandboxStatus(id));
  CHECK(status.state == SandboxState::kReady);
  CHECK(status.ips.size() == 1);
  CHECK(status.created_at > 0);

  const auto listed = Must(subject.sandboxes.ListSandboxes());
  const auto item = Find(listed, id);
  REQUIRE(item != listed.end());
  CHECK(item->pod_uid == config.pod_uid);
  CHECK(item->pod_namespace == config.pod_namespace);
  CHECK(item->pod_name == config.pod_name);
  CHECK(item->labels.at("io.kubernetes.pod.name") == "till");
  CHECK(item->annotations.at("note") == "kept");

  Must(subject.sandboxes.StopSandbox(id));
  Must(subject.sandboxes.StopSandbox(id));
  CHECK(Must(subject.sandboxes.SandboxStatus(id)).state == SandboxState::kNotReady);
  Must(subject.sandboxes.RemoveSandbox(id));
  const auto left = Must(subject.sandboxes.ListSandboxes());
  CHECK(Find(left, id) == left.end());
}

void ContainerRunsAndReportsItsExit(RuntimeSubject& subject) {
  const SandboxConfig sandbox = SandboxNamed(subject, "scale");
  const std::string sandbox_id = Must(subject.sandboxes.RunSandbox(sandbox));
  ContainerConfig config = ContainerNamed(subject, "job");
  config.attempt = 4;
  config.command = ExitingCommand(3);
  const std::string id = Must(subject.containers.CreateContainer(sandbox_id, config, sandbox));

  const ContainerInfo created = Must(subject.containers.ContainerStatus(id));
  CHECK(created.state == ContainerState::kCreated);
  CHECK(created.started_at == 0);

  Must(subject.containers.StartContainer(id));
  subject.let_exit(id, 3);
  const ContainerInfo ended = AwaitState(subject, id, ContainerState::kExited);
  CHECK(ended.exit_code == 3);
  CHECK(ended.reason == "Error");
  CHECK(ended.started_at >= ended.created_at);
  // containerd stamps a start when the call is over: a quick exit may carry an earlier time.
  CHECK(ended.finished_at >= ended.created_at);

  const auto listed = Must(subject.containers.ListContainers());
  const auto item = Find(listed, id);
  REQUIRE(item != listed.end());
  CHECK(item->sandbox_id == sandbox_id);
  CHECK(item->name == "job");
  CHECK(item->attempt == 4);
  CHECK(item->state == ContainerState::kExited);

  Must(subject.containers.RemoveContainer(id));
  const auto left = Must(subject.containers.ListContainers());
  CHECK(Find(left, id) == left.end());
}

void StopEndsAContainerWithinItsGrace(RuntimeSubject& subject) {
  const SandboxConfig sandbox = SandboxNamed(subject, "kiosk");
  const std::string sandbox_id = Must(subject.sandboxes.RunSandbox(sandbox));
  const std::string id =
      StartContainerIn(subject, sandbox_id, sandbox, ContainerNamed(subject, "app"));
  AwaitState(subject, id, ContainerState::kRunning);

  const auto begin = Clock::now();
  Must(subject.containers.StopContainer(id, std::chrono::seconds(30)));
  CHECK(Clock::now() - begin < std::chrono::seconds(20));
  CHECK(Must(subject.containers.ContainerStatus(id)).state == ContainerState::kExited);
  CHECK(IsGone(subject.containers.StopContainer(id, std::chrono::seconds(30))));
}

void StoppingASandboxEndsItsContainers(RuntimeSubject& subject) {
  const SandboxConfig sandbox = SandboxNamed(subject, "sign");
  const std::string sandbox_id = Must(subject.sandboxes.RunSandbox(sandbox));
  const std::string id =
      StartContainerIn(subject, sandbox_id, sandbox, ContainerNamed(subject, "app"));
  AwaitState(subject, id, ContainerState::kRunning);
  Must(subject.sandboxes.StopSandbox(sandbox_id));
  CHECK(Must(subject.containers.ContainerStatus(id)).state == ContainerState::kExited);
  Must(subject.sandboxes.RemoveSandbox(sandbox_id));
  const auto left = Must(subject.containers.ListContainers());
  CHECK(Find(left, id) == left.end());
}

void GoneThingsAreGone(RuntimeSubject& subject) {
  const std::string absent(64, 'a');
  CHECK(IsGone(subject.containers.StopContainer(absent, std::chrono::seconds(1))));
  CHECK(IsGone(subject.containers.RemoveContainer(absent)));
  CHECK(IsGone(subject.sandboxes.StopSandbox(absent)));
  CHECK(IsGone(subject.sandboxes.RemoveSandbox(absent)));
  const Status container = subject.containers.ContainerStatus(absent).status();
  CHECK(container.code() == Code::kNotFound);
  CHECK(container.message().find(absent) != std::string::npos);
  CHECK(subject.sandboxes.SandboxStatus(absent).status().code() == Code::kNotFound);
}

void ImagesAreFoundOrNot(RuntimeSubject& subject) {
  const auto found = Must(subject.images.ImageStatus(subject.image));
  REQUIRE(found.has_value());
  const auto by_id = Must(subject.images.ImageStatus(found->id));
  REQUIRE(by_id.has_value());
  CHECK(by_id->id == found->id);
  CHECK(found->size_bytes > 0);
  CHECK(std::count(found->repo_tags.begin(), found->repo_tags.end(), subject.image) == 1);
  CHECK_FALSE(Must(subject.images.ImageStatus(subject.missing_image)).has_value());
  const auto listed = Must(subject.images.ListImages());
  CHECK(Find(listed, found->id) != listed.end());
}

void AMissingImageIsNamed(RuntimeSubject& subject) {
  const Status pull = subject.images.PullImage(subject.missing_image, std::nullopt).status();
  CHECK_FALSE(pull.ok());
  CHECK(pull.message().find(subject.missing_image) != std::string::npos);

  const SandboxConfig sandbox = SandboxNamed(subject, "bad");
  const std::string sandbox_id = Must(subject.sandboxes.RunSandbox(sandbox));
  ContainerConfig config = ContainerNamed(subject, "app");
  config.image = subject.missing_image;
  const Status create = subject.containers.CreateContainer(sandbox_id, config, sandbox).status();
  CHECK_FALSE(create.ok());
  CHECK(create.message().find(subject.missing_image) != std::string::npos);
}

void TheRuntimeTellsAboutItself(RuntimeSubject& subject) {
  CHECK_FALSE(Must(subject.info.Version()).version.empty());
  const auto conditions = Must(subject.info.Conditions());
  const auto ready = [&](const std::string& type) {
    return std::any_of(conditions.begin(), conditions.end(),
                       [&](const RuntimeCondition& c) { return c.type == type && c.status; });
  };
  CHECK(ready("RuntimeReady"));
  CHECK(ready("NetworkReady"));
}

}  // namespace edge::edged
