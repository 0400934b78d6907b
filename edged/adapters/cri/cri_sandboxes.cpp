#include "edged/adapters/cri/cri_client.h"
#include "edged/adapters/cri/cri_runtime.h"
#include "edged/adapters/cri/cri_translate.h"
#include "edged/adapters/cri/leftover_tasks.h"

namespace edge::edged {
namespace {

std::string PodName(const SandboxConfig& config) {
  return config.pod_namespace + "/" + config.pod_name;
}

}  // namespace

Result<std::string> CriRuntime::RunSandbox(const SandboxConfig& config) {
  cri::RunPodSandboxRequest request;
  cri::RunPodSandboxResponse reply;
  ToCri(config, request.mutable_config());
  (*request.mutable_config()->mutable_labels())[options_.label_key] = options_.label_value;
  request.set_runtime_handler(options_.runtime_handler);
  EDGE_RETURN_IF_ERROR(client_->Call(client_->runtime(), &RuntimeStub::RunPodSandbox, request,
                                     &reply, options_.life_deadline,
                                     "start the sandbox of pod " + PodName(config)));
  return reply.pod_sandbox_id();
}

Status CriRuntime::StopSandbox(const std::string& id) {
  cri::StopPodSandboxRequest request;
  cri::StopPodSandboxResponse reply;
  request.set_pod_sandbox_id(id);
  return client_->Call(client_->runtime(), &RuntimeStub::StopPodSandbox, request, &reply,
                       options_.life_deadline, "stop sandbox " + id);
}

Status CriRuntime::RemoveSandbox(const std::string& id) {
  cri::RemovePodSandboxRequest request;
  cri::RemovePodSandboxResponse reply;
  request.set_pod_sandbox_id(id);
  const auto remove = [&] {
    return client_->Call(client_->runtime(), &RuntimeStub::RemovePodSandbox, request, &reply,
                         options_.life_deadline, "remove sandbox " + id);
  };
  const Status removed = remove();
  if (removed.code() != Code::kFailedPrecondition) return removed;
  return EndLeftoverTasks(id).ok() ? remove() : removed;
}

Status CriRuntime::EndLeftoverTasks(const std::string& sandbox_id) {
  cri::ListContainersRequest request;
  cri::ListContainersResponse reply;
  request.mutable_filter()->set_pod_sandbox_id(sandbox_id);
  EDGE_RETURN_IF_ERROR(client_->Call(client_->runtime(), &RuntimeStub::ListContainers, request,
                                     &reply, options_.query_deadline,
                                     "list containers of sandbox " + sandbox_id));
  for (const cri::Container& container : reply.containers()) {
    EDGE_RETURN_IF_ERROR(EndLeftoverTask(*client_, container.id(), options_.query_deadline));
  }
  return EndLeftoverTask(*client_, sandbox_id, options_.query_deadline);
}

Result<SandboxInfo> CriRuntime::SandboxStatus(const std::string& id) {
  cri::PodSandboxStatusRequest request;
  cri::PodSandboxStatusResponse reply;
  request.set_pod_sandbox_id(id);
  EDGE_RETURN_IF_ERROR(client_->Call(client_->runtime(), &RuntimeStub::PodSandboxStatus, request,
                                     &reply, options_.query_deadline, "look at sandbox " + id));
  return FromCri(reply.status());
}

Result<std::vector<SandboxInfo>> CriRuntime::ListAllSandboxes(bool ours_only) {
  cri::ListPodSandboxRequest request;
  cri::ListPodSandboxResponse reply;
  if (ours_only) {
    (*request.mutable_filter()->mutable_label_selector())[options_.label_key] =
        options_.label_value;
  }
  EDGE_RETURN_IF_ERROR(client_->Call(client_->runtime(), &RuntimeStub::ListPodSandbox, request,
                                     &reply, options_.query_deadline, "list pod sandboxes"));
  std::vector<SandboxInfo> sandboxes;
  for (const cri::PodSandbox& item : reply.items()) {
    // The runtime filtered already; but nothing foreign may get through, whatever it does.
    const auto label = item.labels().find(options_.label_key);
    const bool ours = label != item.labels().end() && label->second == options_.label_value;
    if (ours == ours_only) sandboxes.push_back(FromCri(item));
  }
  return sandboxes;
}

Result<std::vector<SandboxInfo>> CriRuntime::ListSandboxes() { return ListAllSandboxes(true); }

Result<std::vector<std::string>> CriRuntime::ForeignPods() {
  EDGE_ASSIGN_OR_RETURN(const std::vector<SandboxInfo> foreign, ListAllSandboxes(false));
  std::vector<std::string> names;
  for (const SandboxInfo& sandbox : foreign) {
    if (sandbox.state != SandboxState::kReady) continue;
    names.push_back(sandbox.pod_namespace + "/" + sandbox.pod_name);
  }
  return names;
}

}  // namespace edge::edged
