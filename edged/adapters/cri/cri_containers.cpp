#include <algorithm>

#include "edged/adapters/cri/cri_client.h"
#include "edged/adapters/cri/cri_runtime.h"
#include "edged/adapters/cri/cri_translate.h"
#include "edged/adapters/cri/leftover_tasks.h"

namespace edge::edged {
namespace {

// Longer ones are meant as "never", and must not overflow a deadline.
constexpr std::chrono::seconds kMaxGrace = std::chrono::hours(24 * 365);

}  // namespace

Result<std::string> CriRuntime::CreateContainer(const std::string& sandbox_id,
                                                const ContainerConfig& config,
                                                const SandboxConfig& sandbox) {
  cri::CreateContainerRequest request;
  cri::CreateContainerResponse reply;
  request.set_pod_sandbox_id(sandbox_id);
  ToCri(config, request.mutable_config());
  (*request.mutable_config()->mutable_labels())[options_.label_key] = options_.label_value;
  ToCri(sandbox, request.mutable_sandbox_config());
  EDGE_RETURN_IF_ERROR(client_->Call(
      client_->runtime(), &RuntimeStub::CreateContainer, request, &reply, options_.life_deadline,
      "create container " + config.name + " of pod " + sandbox.pod_namespace + "/" +
          sandbox.pod_name + " from image " + config.image));
  return reply.container_id();
}

Status CriRuntime::StartContainer(const std::string& id) {
  cri::StartContainerRequest request;
  cri::StartContainerResponse reply;
  request.set_container_id(id);
  return client_->Call(client_->runtime(), &RuntimeStub::StartContainer, request, &reply,
                       options_.life_deadline, "start container " + id);
}

Status CriRuntime::StopContainer(const std::string& id, std::chrono::seconds grace) {
  cri::StopContainerRequest request;
  cri::StopContainerResponse reply;
  request.set_container_id(id);
  grace = std::clamp(grace, std::chrono::seconds(0), kMaxGrace);
  request.set_timeout(grace.count());
  // A call that is given up before the grace is over would never get to SIGKILL.
  return client_->Call(client_->runtime(), &RuntimeStub::StopContainer, request, &reply,
                       grace + options_.life_deadline, "stop container " + id);
}

Status CriRuntime::RemoveContainer(const std::string& id) {
  cri::RemoveContainerRequest request;
  cri::RemoveContainerResponse reply;
  request.set_container_id(id);
  const auto remove = [&] {
    return client_->Call(client_->runtime(), &RuntimeStub::RemoveContainer, request, &reply,
                         options_.life_deadline, "remove container " + id);
  };
  const Status removed = remove();
  if (removed.code() != Code::kFailedPrecondition) return removed;
  return EndLeftoverTask(*client_, id, options_.query_deadline).ok() ? remove() : removed;
}

Result<ContainerInfo> CriRuntime::ContainerStatus(const std::string& id) {
  cri::ContainerStatusRequest request;
  cri::ContainerStatusResponse reply;
  request.set_container_id(id);
  EDGE_RETURN_IF_ERROR(client_->Call(client_->runtime(), &RuntimeStub::ContainerStatus, request,
                                     &reply, options_.query_deadline, "look at container " + id));
  return FromCri(reply.status());
}

Result<std::vector<ContainerInfo>> CriRuntime::ListContainers() {
  cri::ListContainersRequest request;
  cri::ListContainersResponse reply;
  (*request.mutable_filter()->mutable_label_selector())[options_.label_key] = options_.label_value;
  EDGE_RETURN_IF_ERROR(client_->Call(client_->runtime(), &RuntimeStub::ListContainers, request,
                                     &reply, options_.query_deadline, "list containers"));
  std::vector<ContainerInfo> containers;
  for (const cri::Container& item : reply.containers()) {
    // The runtime filtered already; but nothing foreign may get through, whatever it does.
    const auto label = item.labels().find(options_.label_key);
    if (label == item.labels().end() || label->second != options_.label_value) continue;
    containers.push_back(FromCri(item));
  }
  return containers;
}

}  // namespace edge::edged
