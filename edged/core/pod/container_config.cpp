#include "edged/core/pod/container_config.h"

#include <algorithm>

#include "edged/core/pod/environment.h"
#include "edged/core/pod/expansion.h"
#include "edged/core/pod/labels.h"
#include "edged/core/pod/pod_network.h"
#include "edged/core/pod/resources.h"

namespace edge::edged {
namespace {

constexpr char kFromFile[] = "File", kFromLogs[] = "FallbackToLogsOnError";

void SetIdentity(const Pod& pod, const Container& container, std::uint32_t attempt,
                 const NodeContext& node, ContainerConfig* config) {
  config->name = container.name;
  config->attempt = attempt;
  config->labels = {{kLabelNode, node.node_name},
                    {kLabelPodName, pod.name},
                    {kLabelPodNamespace, pod.ns},
                    {kLabelPodUid, pod.uid},
                    {kLabelContainerName, container.name}};
  config->annotations = {
      {kAnnotationHash, ContainerHash(container)},
      {kAnnotationRestartCount, std::to_string(attempt)},
      {kAnnotationGrace, std::to_string(pod.grace.count())},
      {kAnnotationMessagePath, container.message_path},
      {kAnnotationMessagePolicy, container.message_from_logs ? kFromLogs : kFromFile}};
  config->log_path = PodLayout::LogFile(container.name, attempt);
}

std::vector<std::string> ExpandAll(const std::vector<std::string>& texts,
                                   const std::map<std::string, std::string>& variables) {
  std::vector<std::string> result;
  result.reserve(texts.size());
  for (const std::string& text : texts) result.push_back(Expand(text, variables));
  return result;
}

Result<Mount> VolumeMountOf(const Pod& pod, const Container& container, std::size_t index,
                            const NodeContext& node) {
  const VolumeMount& wanted = container.mounts[index];
  const Volume* volume = pod.FindVolume(wanted.volume);
  if (volume == nullptr) {
    return InvalidArgument("container " + container.name + " mounts volume \"" + wanted.volume +
                           "\", which the pod does not have");
  }
  Mount mount;
  mount.container_path = wanted.path;
  mount.read_only = wanted.read_only || volume->kind == VolumeKind::kContent;
  mount.propagation = wanted.propagation;
  if (!wanted.sub_path.empty()) {
    mount.host_path = node.layout.SubPath(pod.uid, container.name, static_cast<int>(index));
  } else if (volume->kind == VolumeKind::kHostPath) {
    mount.host_path = volume->host_path;
  } else {
    mount.host_path = node.layout.VolumeFolder(pod.uid, volume->name);
  }
  return mount;
}

bool Mounts(const std::vector<Mount>& mounts, const std::string& path) {
  return std::any_of(mounts.begin(), mounts.end(),
                     [&](const Mount& mount) { return mount.container_path == path; });
}

Status SetMounts(const Pod& pod, const Container& container, std::uint32_t attempt,
                 const NodeContext& node, ContainerConfig* config) {
  for (std::size_t i = 0; i < container.mounts.size(); ++i) {
    EDGE_ASSIGN_OR_RETURN(Mount mount, VolumeMountOf(pod, container, i, node));
    config->mounts.push_back(std::move(mount));
  }
  if (!pod.host_network && !Mounts(config->mounts, "/etc/hosts")) {
    config->mounts.push_back(
        {"/etc/hosts", node.layout.HostsFile(pod.uid), container.security.read_only_root, 0});
  }
  if (!container.message_path.empty() && !Mounts(config->mounts, container.message_path)) {
    config->mounts.push_back({container.message_path,
                              node.layout.MessageFile(pod.uid, container.name, attempt), false, 0});
  }
  return Status::Ok();
}

Status CheckNonRoot(const Pod& pod, const Container& container, const ImageFact& image) {
  const auto& own = container.security;
  if (!own.run_as_non_root.value_or(pod.security.run_as_non_root.value_or(false))) {
    return Status::Ok();
  }
  const auto user = own.run_as_user ? own.run_as_user : pod.security.run_as_user;
  if (user) {
    return *user != 0 ? Status::Ok()
                      : FailedPrecondition("container's runAsUser breaks non-root policy");
  }
  if (!image.info.username.empty()) {
    return FailedPrecondition("container has runAsNonRoot and image has non-numeric user (" +
                              image.info.username + "), cannot verify user is non-root");
  }
  if (image.info.uid.value_or(0) == 0) {
    return FailedPrecondition("container has runAsNonRoot and image will run as root");
  }
  return Status::Ok();
}

// The lists of CRI's default profile: what shows or changes the machine rather than the container.
void SetPaths(bool privileged, ContainerConfig* config) {
  if (privileged) return;
  config->masked_paths = {"/proc/asound",     "/proc/acpi",        "/proc/interrupts",
                          "/proc/kcore",      "/proc/keys",        "/proc/latency_stats",
                          "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
                          "/proc/scsi",       "/sys/firmware",     "/sys/devices/virtual/powercap"};
  config->readonly_paths = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                            "/proc/sysrq-trigger"};
}

void SetSecurity(const Pod& pod, const Container& container, ContainerConfig* config) {
  const SecurityContext& own = container.security;
  const SecurityContext& shared = pod.security;
  config->privileged = own.privileged;
  config->read_only_rootfs = own.read_only_root;
  config->no_new_privileges = !own.privileged && own.allow_privilege_escalation == false;
  config->run_as_user = own.run_as_user ? own.run_as_user : shared.run_as_user;
  config->run_as_group = own.run_as_group ? own.run_as_group : shared.run_as_group;
  config->supplemental_groups = PodGroups(pod);
  config->add_capabilities = own.add_capabilities;
  config->drop_capabilities = own.drop_capabilities;
  config->seccomp = own.seccomp ? own.seccomp : shared.seccomp;
  if (!config->seccomp || own.privileged) {
    config->seccomp = SecurityProfile{SecurityProfile::Type::kUnconfined, {}};
  }
  config->apparmor = own.apparmor ? own.apparmor : shared.apparmor;
  config->namespaces = PodNamespaces(pod);
  SetPaths(own.privileged, config);
}

}  // namespace

Result<ContainerConfig> BuildContainerConfig(const DesiredPod& desired, const Container& container,
                                             std::uint32_t attempt, const SandboxInfo& sandbox,
                                             const ImageFact& image, const NodeContext& node) {
  const Pod& pod = *desired.pod;
  EDGE_RETURN_IF_ERROR(CheckNonRoot(pod, container, image));
  EDGE_ASSIGN_OR_RETURN(const auto variables,
                        BuildEnvironment(pod, container, desired.objects, node, sandbox.ips));
  ContainerConfig config;
  SetIdentity(pod, container, attempt, node, &config);
  config.image = image.ref;
  config.command = ExpandAll(container.command, variables);
  config.args = ExpandAll(container.args, variables);
  config.working_dir = container.working_dir;
  config.envs.assign(variables.begin(), variables.end());
  EDGE_RETURN_IF_ERROR(SetMounts(pod, container, attempt, node, &config));
  EDGE_ASSIGN_OR_RETURN(config.resources, BuildResources(pod, container, node));
  SetSecurity(pod, container, &config);
  config.tty = container.tty;
  config.stdin_open = container.stdin_open;
  config.stdin_once = container.stdin_once;
  return config;
}

Result<ContainerFiles> BuildContainerFiles(const Pod& pod, const Container& container,
                                           std::uint32_t attempt, const SandboxInfo& sandbox,
                                           const NodeContext& node) {
  ContainerFiles files;
  files.pod_uid = pod.uid;
  files.container = container.name;
  files.attempt = attempt;
  files.log_folder = node.layout.LogFolder(pod.ns, pod.name, pod.uid);
  files.hosts = PodHosts(pod, node, sandbox.ips);
  files.message_file = !container.message_path.empty();
  for (std::size_t i = 0; i < container.mounts.size(); ++i) {
    const VolumeMount& mount = container.mounts[i];
    const Volume* volume = pod.FindVolume(mount.volume);
    if (mount.sub_path.empty()) continue;
    if (volume == nullptr) return InvalidArgument("the pod has no volume \"" + mount.volume + "\"");
    SubPathMount sub;
    sub.index = static_cast<int>(i);
    sub.volume_root = volume->kind == VolumeKind::kHostPath
                          ? volume->host_path
                          : node.layout.VolumeFolder(pod.uid, volume->name);
    sub.sub_path = mount.sub_path;
    sub.make_folder = volume->kind != VolumeKind::kContent && !mount.read_only;
    sub.fs_group = pod.fs_group;
    files.sub_paths.push_back(std::move(sub));
  }
  return files;
}

ExitMessageSource WhereExitMessageIs(const ContainerInfo& container) {
  const auto annotation = [&](const char* key) {
    const auto found = container.annotations.find(key);
    return found == container.annotations.end() ? std::string() : found->second;
  };
  ExitMessageSource source;
  if (container.state != ContainerState::kExited || container.started_at == 0) return source;
  source.message_file = !annotation(kAnnotationMessagePath).empty();
  source.fall_back_to_logs =
      container.exit_code != 0 && annotation(kAnnotationMessagePolicy) == kFromLogs;
  return source;
}

}  // namespace edge::edged
