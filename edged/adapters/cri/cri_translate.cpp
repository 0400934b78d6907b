#include "edged/adapters/cri/cri_translate.h"

namespace edge::edged {
namespace cri = ::runtime::v1;
namespace {

using StringMap = std::map<std::string, std::string>;

void ToCri(const StringMap& from, google::protobuf::Map<std::string, std::string>* to) {
  for (const auto& [key, value] : from) (*to)[key] = value;
}

StringMap FromCri(const google::protobuf::Map<std::string, std::string>& from) {
  return {from.begin(), from.end()};
}

template <typename Values, typename Field>
void ToCriList(const Values& from, Field* to) {
  for (const auto& value : from) *to->Add() = value;
}

std::vector<std::string> FromCriList(const google::protobuf::RepeatedPtrField<std::string>& from) {
  return {from.begin(), from.end()};
}

cri::NamespaceMode ToCri(NamespaceMode mode) {
  return static_cast<cri::NamespaceMode>(static_cast<int>(mode));
}

void ToCri(const NamespaceOptions& from, cri::NamespaceOption* to) {
  to->set_network(ToCri(from.network));
  to->set_pid(ToCri(from.pid));
  to->set_ipc(ToCri(from.ipc));
}

void ToCri(const SecurityProfile& from, cri::SecurityProfile* to) {
  switch (from.type) {
    case SecurityProfile::Type::kRuntimeDefault:
      to->set_profile_type(cri::SecurityProfile::RuntimeDefault);
      break;
    case SecurityProfile::Type::kUnconfined:
      to->set_profile_type(cri::SecurityProfile::Unconfined);
      break;
    case SecurityProfile::Type::kLocalhost:
      to->set_profile_type(cri::SecurityProfile::Localhost);
      break;
  }
  to->set_localhost_ref(from.localhost_ref);
}

/// The form of AppArmor profiles that runtimes before the SecurityProfile field read.
std::string AppArmorName(const SecurityProfile& profile) {
  switch (profile.type) {
    case SecurityProfile::Type::kUnconfined: return "unconfined";
    case SecurityProfile::Type::kLocalhost: return "localhost/" + profile.localhost_ref;
    case SecurityProfile::Type::kRuntimeDefault: break;
  }
  return "runtime/default";
}

void ToCri(const PortMapping& from, cri::PortMapping* to) {
  to->set_protocol(from.protocol == "UDP"    ? cri::UDP
                   : from.protocol == "SCTP" ? cri::SCTP
                                             : cri::TCP);
  to->set_container_port(from.container_port);
  to->set_host_port(from.host_port);
  to->set_host_ip(from.host_ip);
}

void SecurityToCri(const SandboxConfig& from, cri::LinuxSandboxSecurityContext* to) {
  ToCri(from.namespaces, to->mutable_namespace_options());
  to->set_privileged(from.privileged);
  if (from.run_as_user) to->mutable_run_as_user()->set_value(*from.run_as_user);
  if (from.run_as_group) to->mutable_run_as_group()->set_value(*from.run_as_group);
  ToCriList(from.supplemental_groups, to->mutable_supplemental_groups());
  if (from.seccomp) ToCri(*from.seccomp, to->mutable_seccomp());
}

void SecurityToCri(const ContainerConfig& from, cri::LinuxContainerSecurityContext* to) {
  ToCri(from.namespaces, to->mutable_namespace_options());
  ToCriList(from.add_capabilities, to->mutable_capabilities()->mutable_add_capabilities());
  ToCriList(from.drop_capabilities, to->mutable_capabilities()->mutable_drop_capabilities());
  to->set_privileged(from.privileged);
  to->set_readonly_rootfs(from.read_only_rootfs);
  to->set_no_new_privs(from.no_new_privileges);
  if (from.run_as_user) to->mutable_run_as_user()->set_value(*from.run_as_user);
  if (from.run_as_group) to->mutable_run_as_group()->set_value(*from.run_as_group);
  to->set_run_as_username(from.run_as_username);
  ToCriList(from.supplemental_groups, to->mutable_supplemental_groups());
  ToCriList(from.masked_paths, to->mutable_masked_paths());
  ToCriList(from.readonly_paths, to->mutable_readonly_paths());
  if (from.seccomp) ToCri(*from.seccomp, to->mutable_seccomp());
  if (from.apparmor) {
    ToCri(*from.apparmor, to->mutable_apparmor());
    to->set_apparmor_profile(AppArmorName(*from.apparmor));
  }
}

void ToCri(const LinuxResources& from, cri::LinuxContainerResources* to) {
  to->set_cpu_period(from.cpu_period);
  to->set_cpu_quota(from.cpu_quota);
  to->set_cpu_shares(from.cpu_shares);
  to->set_memory_limit_in_bytes(from.memory_limit_bytes);
  to->set_oom_score_adj(from.oom_score_adj);
}

void ToCri(const Mount& from, cri::Mount* to) {
  to->set_container_path(from.container_path);
  to->set_host_path(from.host_path);
  to->set_readonly(from.read_only);
  to->set_propagation(static_cast<cri::MountPropagation>(from.propagation));
}

ContainerState FromCri(cri::ContainerState state) {
  switch (state) {
    case cri::CONTAINER_CREATED: return ContainerState::kCreated;
    case cri::CONTAINER_RUNNING: return ContainerState::kRunning;
    case cri::CONTAINER_EXITED: return ContainerState::kExited;
    default: return ContainerState::kUnknown;
  }
}

/// The fields that list items and status replies share under the same names.
template <typename From>
SandboxInfo SandboxFromCri(const From& from) {
  SandboxInfo to;
  to.id = from.id();
  to.pod_uid = from.metadata().uid();
  to.pod_namespace = from.metadata().namespace_();
  to.pod_name = from.metadata().name();
  to.attempt = from.metadata().attempt();
  to.state = from.state() == cri::SANDBOX_READY ? SandboxState::kReady : SandboxState::kNotReady;
  to.created_at = from.created_at();
  to.labels = FromCri(from.labels());
  to.annotations = FromCri(from.annotations());
  return to;
}

template <typename From>
ContainerInfo ContainerFromCri(const From& from) {
  ContainerInfo to;
  to.id = from.id();
  to.name = from.metadata().name();
  to.attempt = from.metadata().attempt();
  to.state = FromCri(from.state());
  to.created_at = from.created_at();
  to.image = from.image().image();
  to.image_ref = from.image_ref();
  to.labels = FromCri(from.labels());
  to.annotations = FromCri(from.annotations());
  return to;
}

}  // namespace

void ToCri(const SandboxConfig& from, cri::PodSandboxConfig* to) {
  to->mutable_metadata()->set_name(from.pod_name);
  to->mutable_metadata()->set_uid(from.pod_uid);
  to->mutable_metadata()->set_namespace_(from.pod_namespace);
  to->mutable_metadata()->set_attempt(from.attempt);
  to->set_hostname(from.hostname);
  to->set_log_directory(from.log_directory);
  if (from.dns) {
    ToCriList(from.dns->servers, to->mutable_dns_config()->mutable_servers());
    ToCriList(from.dns->searches, to->mutable_dns_config()->mutable_searches());
    ToCriList(from.dns->options, to->mutable_dns_config()->mutable_options());
  }
  for (const PortMapping& port : from.ports) ToCri(port, to->add_port_mappings());
  ToCri(from.labels, to->mutable_labels());
  ToCri(from.annotations, to->mutable_annotations());
  to->mutable_linux()->set_cgroup_parent(from.cgroup_parent);
  ToCri(from.sysctls, to->mutable_linux()->mutable_sysctls());
  SecurityToCri(from, to->mutable_linux()->mutable_security_context());
}

void ToCri(const ContainerConfig& from, cri::ContainerConfig* to) {
  to->mutable_metadata()->set_name(from.name);
  to->mutable_metadata()->set_attempt(from.attempt);
  to->mutable_image()->set_image(from.image);
  ToCriList(from.command, to->mutable_command());
  ToCriList(from.args, to->mutable_args());
  to->set_working_dir(from.working_dir);
  for (const auto& [name, value] : from.envs) {
    cri::KeyValue* variable = to->add_envs();
    variable->set_key(name);
    variable->set_value(value);
  }
  for (const Mount& mount : from.mounts) ToCri(mount, to->add_mounts());
  ToCri(from.labels, to->mutable_labels());
  ToCri(from.annotations, to->mutable_annotations());
  to->set_log_path(from.log_path);
  to->set_stdin(from.stdin_open);
  to->set_stdin_once(from.stdin_once);
  to->set_tty(from.tty);
  ToCri(from.resources, to->mutable_linux()->mutable_resources());
  SecurityToCri(from, to->mutable_linux()->mutable_security_context());
}

void ToCri(const RegistryCredentials& from, cri::AuthConfig* to) {
  to->set_username(from.username);
  to->set_password(from.password);
  to->set_auth(from.auth);
  to->set_identity_token(from.identity_token);
  to->set_registry_token(from.registry_token);
}

SandboxInfo FromCri(const cri::PodSandbox& from) { return SandboxFromCri(from); }

SandboxInfo FromCri(const cri::PodSandboxStatus& from) {
  SandboxInfo to = SandboxFromCri(from);
  if (!from.network().ip().empty()) to.ips.push_back(from.network().ip());
  for (const cri::PodIP& ip : from.network().additional_ips()) to.ips.push_back(ip.ip());
  return to;
}

ContainerInfo FromCri(const cri::Container& from) {
  ContainerInfo to = ContainerFromCri(from);
  to.sandbox_id = from.pod_sandbox_id();
  return to;
}

ContainerInfo FromCri(const cri::ContainerStatus& from) {
  ContainerInfo to = ContainerFromCri(from);
  to.started_at = from.started_at();
  to.finished_at = from.finished_at();
  to.exit_code = from.exit_code();
  to.reason = from.reason();
  to.message = from.message();
  return to;
}

ImageInfo FromCri(const cri::Image& from) {
  ImageInfo to;
  to.id = from.id();
  to.repo_tags = FromCriList(from.repo_tags());
  to.repo_digests = FromCriList(from.repo_digests());
  to.size_bytes = from.size();
  if (from.has_uid()) to.uid = from.uid().value();
  to.username = from.username();
  return to;
}

}  // namespace edge::edged
