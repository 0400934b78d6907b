#include <algorithm>

#include "edged/core/pod/container_config.h"
#include "edged/core/pod/labels.h"
#include "edged/core/pod/pod_network.h"

namespace edge::edged {
namespace {

std::vector<PortMapping> Ports(const Pod& pod) {
  std::vector<PortMapping> ports;
  for (const auto* list : {&pod.init_containers, &pod.containers}) {
    for (const Container& container : *list) {
      for (const PortMapping& port : container.ports) {
        if (port.host_port != 0) ports.push_back(port);
      }
    }
  }
  return ports;
}

bool AnyPrivileged(const Pod& pod) {
  const auto privileged = [](const Container& c) { return c.security.privileged; };
  return std::any_of(pod.containers.begin(), pod.containers.end(), privileged) ||
         std::any_of(pod.init_containers.begin(), pod.init_containers.end(), privileged);
}

}  // namespace

NamespaceOptions PodNamespaces(const Pod& pod) {
  NamespaceOptions options;
  options.network = pod.host_network ? NamespaceMode::kNode : NamespaceMode::kPod;
  options.ipc = pod.host_ipc ? NamespaceMode::kNode : NamespaceMode::kPod;
  options.pid = pod.host_pid          ? NamespaceMode::kNode
                : pod.share_processes ? NamespaceMode::kPod
                                      : NamespaceMode::kContainer;
  return options;
}

std::vector<std::int64_t> PodGroups(const Pod& pod) {
  std::vector<std::int64_t> groups = pod.supplemental_groups;
  if (pod.fs_group && std::find(groups.begin(), groups.end(), *pod.fs_group) == groups.end()) {
    groups.push_back(*pod.fs_group);
  }
  return groups;
}

Result<SandboxConfig> BuildSandboxConfig(const Pod& pod, const NodeContext& node,
                                         std::uint32_t attempt) {
  SandboxConfig config;
  config.pod_uid = pod.uid;
  config.pod_namespace = pod.ns;
  config.pod_name = pod.name;
  config.attempt = attempt;
  if (!pod.host_network) {
    EDGE_ASSIGN_OR_RETURN(config.hostname, PodHostname(pod, node));
    config.ports = Ports(pod);
  }
  config.log_directory = node.layout.LogFolder(pod.ns, pod.name, pod.uid);
  config.dns = PodDns(pod, node);
  config.labels = pod.labels;
  config.labels[kLabelNode] = node.node_name;
  config.labels[kLabelPodName] = pod.name;
  config.labels[kLabelPodNamespace] = pod.ns;
  config.labels[kLabelPodUid] = pod.uid;
  config.annotations = pod.annotations;
  config.sysctls = pod.sysctls;
  config.cgroup_parent = node.cgroup_parent;
  config.namespaces = PodNamespaces(pod);
  config.privileged = AnyPrivileged(pod);
  config.run_as_user = pod.security.run_as_user;
  config.run_as_group = pod.security.run_as_group;
  config.supplemental_groups = PodGroups(pod);
  // The pause process needs no more than the runtime's default, whatever the containers get.
  config.seccomp = SecurityProfile{SecurityProfile::Type::kRuntimeDefault, {}};
  return config;
}

}  // namespace edge::edged
