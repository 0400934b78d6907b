// Do the API, the agent and the runtime agree about a node's pods? Used by tests/fault/sigkill.
//
// usage: fault_agree KUBECONFIG CRI_SOCKET NODE PODS_JSON STATUS_JSON
// (the last two as edgectl prints them). Exit code 0 and a line "POD CONTAINER RESTARTS ID" for
// each container when they agree and all pods run; 1 and the first disagreement in words when not.

#include <cstdio>
#include <set>

#include "common/file.h"
#include "common/json.h"
#include "edged/adapters/cri/cri_runtime.h"
#include "edged/core/pod/labels.h"
#include "tests/bench/kube_client.h"

namespace edge::fault {
namespace {

using edged::ContainerInfo;
using edged::ContainerState;
using edged::SandboxInfo;

/// What each side says, read at one moment.
struct Views {
  Json api_pods, edge_node;       ///< of the API
  Json agent_pods, agent_status;  ///< of edgectl
  std::vector<SandboxInfo> sandboxes;
  std::vector<ContainerInfo> containers;
  std::map<std::string, std::vector<std::string>> ips;  ///< by sandbox
};

Result<Json> ReadJson(const std::string& path) {
  EDGE_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  return ParseJson(text);
}

Result<Views> Look(char** words) {
  Views views;
  EDGE_ASSIGN_OR_RETURN(const auto api, bench::KubeClient::Open(words[1]));
  const std::string node = words[3];
  EDGE_ASSIGN_OR_RETURN(const Json pods,
                        api->Call("GET", "/api/v1/pods?fieldSelector=spec.nodeName=" + node));
  views.api_pods = pods["items"];
  EDGE_ASSIGN_OR_RETURN(views.edge_node,
                        api->Call("GET", "/apis/edge.kubeedge.io/v1/edgenodes/" + node));
  edged::CriOptions options;
  options.socket = words[2];
  options.label_key = edged::kLabelNode;
  options.label_value = node;
  edged::CriRuntime runtime(options);
  EDGE_ASSIGN_OR_RETURN(views.sandboxes, runtime.ListSandboxes());
  EDGE_ASSIGN_OR_RETURN(views.containers, runtime.ListContainers());
  for (const SandboxInfo& sandbox : views.sandboxes) {
    EDGE_ASSIGN_OR_RETURN(const SandboxInfo whole, runtime.SandboxStatus(sandbox.id));
    views.ips[sandbox.id] = whole.ips;
  }
  EDGE_ASSIGN_OR_RETURN(views.agent_pods, ReadJson(words[4]));
  EDGE_ASSIGN_OR_RETURN(views.agent_status, ReadJson(words[5]));
  return views;
}

/// The pod's only running container of that name; an error when there are none or several.
Result<ContainerInfo> TheContainer(const Views& views, const std::string& uid,
                                   const std::string& name) {
  std::vector<ContainerInfo> running;
  for (const ContainerInfo& container : views.containers) {
    if (container.state != ContainerState::kRunning || container.name != name) continue;
    if (container.labels.at(edged::kLabelPodUid) == uid) running.push_back(container);
  }
  if (running.size() == 1) return running.front();
  return Internal(std::to_string(running.size()) + " containers " + name + " run, not one");
}

Status CheckContainer(const Views& views, const std::string& uid, const Json& wanted,
                      const Json& status) {
  const std::string name = FindString(wanted, {"name"});
  EDGE_ASSIGN_OR_RETURN(const ContainerInfo container, TheContainer(views, uid, name));
  if (!FindString(status, {"containerID"}).ends_with("//" + container.id)) {
    return Internal(name + ": the API says another container than " + container.id);
  }
  if (!FindBool(status, {"ready"})) return Internal(name + ": the API says not ready");
  if (FindInt(status, {"restartCount"}) != container.attempt) {
    return Internal(name + ": the API and the runtime count restarts differently");
  }
  if (FindString(status, {"image"}) != FindString(wanted, {"image"})) {
    return Internal(name + ": another image runs than is wanted");
  }
  return Status::Ok();
}

Status CheckSandbox(const Views& views, const Json& pod) {
  const std::string uid = FindString(pod, {"metadata", "uid"});
  const SandboxInfo* found = nullptr;
  for (const SandboxInfo& sandbox : views.sandboxes) {
    if (sandbox.pod_uid != uid) continue;
    if (found != nullptr) return Internal("it has two sandboxes");
    found = &sandbox;
  }
  if (found == nullptr || found->state != edged::SandboxState::kReady) {
    return Internal("it has no ready sandbox");
  }
  const auto& ips = views.ips.at(found->id);
  if (ips.empty() || ips.front() != FindString(pod, {"status", "podIP"})) {
    return Internal("the API says another podIP than the runtime");
  }
  return Status::Ok();
}

Status CheckPod(const Views& views, const Json& pod) {
  if (Find(pod, {"metadata", "deletionTimestamp"}) != nullptr) return Internal("it is going");
  if (FindString(pod, {"status", "phase"}) != "Running") return Internal("it is not Running");
  EDGE_RETURN_IF_ERROR(CheckSandbox(views, pod));
  const Json& wanted = pod["spec"]["containers"];
  const Json* statuses = Find(pod, {"status", "containerStatuses"});
  if (statuses == nullptr || statuses->size() != wanted.size()) {
    return Internal("the API has not a status for each container");
  }
  for (const Json& container : wanted) {
    for (const Json& status : *statuses) {
      if (status["name"] != container["name"]) continue;
      EDGE_RETURN_IF_ERROR(
          CheckContainer(views, FindString(pod, {"metadata", "uid"}), container, status));
    }
  }
  return Status::Ok();
}

/// Nothing but the API's pods is in the runtime or with the agent.
Status CheckStrangers(const Views& views, const std::set<std::string>& uids, std::size_t running) {
  for (const SandboxInfo& sandbox : views.sandboxes) {
    if (!uids.contains(sandbox.pod_uid))
      return Internal("a sandbox of " + sandbox.pod_name + " is left");
  }
  std::size_t found = 0;
  for (const ContainerInfo& container : views.containers) {
    const std::string& pod = container.labels.at(edged::kLabelPodName);
    if (!uids.contains(container.labels.at(edged::kLabelPodUid))) {
      return Internal("container " + container.name + " of " + pod + " is left");
    }
    if (container.state == ContainerState::kRunning) ++found;
  }
  if (found != running) return Internal(std::to_string(found) + " containers run");
  std::set<std::string> held;
  for (const Json& pod : views.agent_pods) {
    held.insert(FindString(pod, {"uid"}));
    if (FindString(pod, {"status"}) != "Running") {
      return Internal("the agent says " + pod.dump());
    }
  }
  return held == uids ? Status::Ok() : Internal("the agent holds other pods than the API");
}

/// The Node, the pods, and the ConfigMaps that they mount: that is all the store holds.
Status CheckStore(const Views& views) {
  std::set<std::string> configs;
  for (const Json& pod : views.api_pods) {
    for (const Json& volume : pod["spec"].value("volumes", Json::array())) {
      if (volume.contains("configMap")) configs.insert(FindString(volume, {"configMap", "name"}));
    }
  }
  const auto wanted = static_cast<std::int64_t>(1 + views.api_pods.size() + configs.size());
  const std::int64_t held = FindInt(views.agent_status, {"heldObjects"});
  if (held != wanted) {
    return Internal("the store holds " + std::to_string(held) + " objects, not " +
                    std::to_string(wanted));
  }
  if (FindInt(views.agent_status, {"pendingStatuses"}) != 0) return Internal("statuses wait");
  if (FindString(views.agent_status, {"store"}) != "good") return Internal("the store is not well");
  if (FindInt(views.edge_node, {"status", "pendingObjects"}) != 0) {
    return Internal("the hub says that objects are pending");
  }
  return Status::Ok();
}

Status Check(const Views& views) {
  std::set<std::string> uids;
  std::size_t running = 0;
  for (const Json& pod : views.api_pods) {
    const Status agrees = CheckPod(views, pod);
    if (!agrees.ok())
      return Internal(FindString(pod, {"metadata", "name"}) + ": " + agrees.message());
    uids.insert(FindString(pod, {"metadata", "uid"}));
    running += pod["spec"]["containers"].size();
  }
  EDGE_RETURN_IF_ERROR(CheckStrangers(views, uids, running));
  return CheckStore(views);
}

int Main(int argc, char** argv) {
  if (argc != 6) {
    std::fputs("usage: fault_agree KUBECONFIG CRI_SOCKET NODE PODS_JSON STATUS_JSON\n", stderr);
    return 2;
  }
  const Result<Views> views = Look(argv);
  const Status agrees = views.ok() ? Check(*views) : views.status();
  if (!agrees.ok()) {
    std::printf("%s\n", agrees.message().c_str());
    return 1;
  }
  for (const Json& pod : views->api_pods) {
    for (const Json& status : pod["status"]["containerStatuses"]) {
      std::printf("%s %s %d %s\n", FindString(pod, {"metadata", "name"}).c_str(),
                  FindString(status, {"name"}).c_str(),
                  static_cast<int>(FindInt(status, {"restartCount"})),
                  FindString(status, {"containerID"}).c_str());
    }
  }
  return 0;
}

}  // namespace
}  // namespace edge::fault

int main(int argc, char** argv) { return edge::fault::Main(argc, argv); }
