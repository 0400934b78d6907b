#include "edged/core/pod/parse_container.h"

namespace edge::edged {
namespace {

EnvVar ParseEnv(const FieldReader& reader) {
  EnvVar env;
  env.name = reader.String("name");
  env.value = reader.String("value");
  const FieldReader from = reader.Object("valueFrom");
  if (from.Has("fieldRef")) env.field = ParseFieldRef(from.Object("fieldRef"));
  if (from.Has("resourceFieldRef")) {
    env.resource = ParseResourceFieldRef(from.Object("resourceFieldRef"));
  }
  if (from.Has("configMapKeyRef")) {
    env.object = ParseObjectRef(from.Object("configMapKeyRef"), ObjectRef::Kind::kConfigMap);
  }
  if (from.Has("secretKeyRef")) {
    env.object = ParseObjectRef(from.Object("secretKeyRef"), ObjectRef::Kind::kSecret);
  }
  return env;
}

EnvFrom ParseEnvFrom(const FieldReader& reader) {
  EnvFrom from;
  from.prefix = reader.String("prefix");
  from.object = reader.Has("configMapRef")
                    ? ParseObjectRef(reader.Object("configMapRef"), ObjectRef::Kind::kConfigMap)
                    : ParseObjectRef(reader.Object("secretRef"), ObjectRef::Kind::kSecret);
  return from;
}

VolumeMount ParseMount(const FieldReader& reader) {
  VolumeMount mount;
  mount.volume = reader.String("name");
  mount.path = reader.String("mountPath");
  mount.sub_path = reader.String("subPath");
  mount.read_only = reader.Bool("readOnly");
  const std::string propagation = reader.String("mountPropagation");
  if (propagation == "HostToContainer") mount.propagation = 1;
  if (propagation == "Bidirectional") mount.propagation = 2;
  return mount;
}

PortMapping ParsePort(const FieldReader& reader) {
  PortMapping port;
  port.protocol = reader.String("protocol", "TCP");
  port.container_port = static_cast<std::int32_t>(reader.OptionalInt("containerPort").value_or(0));
  port.host_port = static_cast<std::int32_t>(reader.OptionalInt("hostPort").value_or(0));
  port.host_ip = reader.String("hostIP");
  return port;
}

std::optional<SecurityProfile> ParseProfile(const FieldReader& reader) {
  if (!reader.present()) return std::nullopt;
  SecurityProfile profile;
  const std::string type = reader.String("type");
  if (type == "Unconfined") profile.type = SecurityProfile::Type::kUnconfined;
  if (type == "Localhost") {
    profile.type = SecurityProfile::Type::kLocalhost;
    profile.localhost_ref = reader.String("localhostProfile");
  }
  return profile;
}

// The API server writes the default; a file that was never there may lack it.
PullPolicy DefaultPullPolicy(const std::string& image) {
  const Result<std::string> full = NormalizeImage(image);
  if (!full.ok()) return PullPolicy::kIfNotPresent;
  const bool latest = full->size() > 7 && full->compare(full->size() - 7, 7, ":latest") == 0;
  return latest ? PullPolicy::kAlways : PullPolicy::kIfNotPresent;
}

PullPolicy ParsePullPolicy(const FieldReader& reader, const std::string& image) {
  const std::string policy = reader.String("imagePullPolicy");
  if (policy == "Always") return PullPolicy::kAlways;
  if (policy == "Never") return PullPolicy::kNever;
  return policy.empty() ? DefaultPullPolicy(image) : PullPolicy::kIfNotPresent;
}

}  // namespace

FieldRef ParseFieldRef(const FieldReader& reader) { return {reader.String("fieldPath")}; }

ResourceFieldRef ParseResourceFieldRef(const FieldReader& reader) {
  std::string divisor;
  if (reader.Has("divisor")) divisor = reader.String("divisor");
  return {reader.String("containerName"), reader.String("resource"), divisor};
}

ObjectRef ParseObjectRef(const FieldReader& reader, ObjectRef::Kind kind, const char* name_key) {
  return {kind, reader.String(name_key), reader.String("key"), reader.Bool("optional")};
}

SecurityContext ParseSecurityContext(const FieldReader& reader) {
  SecurityContext context;
  context.run_as_user = reader.OptionalInt("runAsUser");
  context.run_as_group = reader.OptionalInt("runAsGroup");
  context.run_as_non_root = reader.OptionalBool("runAsNonRoot");
  context.allow_privilege_escalation = reader.OptionalBool("allowPrivilegeEscalation");
  context.privileged = reader.Bool("privileged");
  context.read_only_root = reader.Bool("readOnlyRootFilesystem");
  const FieldReader capabilities = reader.Object("capabilities");
  context.add_capabilities = capabilities.Strings("add");
  context.drop_capabilities = capabilities.Strings("drop");
  context.seccomp = ParseProfile(reader.Object("seccompProfile"));
  context.apparmor = ParseProfile(reader.Object("appArmorProfile"));
  return context;
}

Container ParseContainer(const FieldReader& reader) {
  Container container;
  container.name = reader.String("name");
  container.image = reader.String("image");
  container.working_dir = reader.String("workingDir");
  container.command = reader.Strings("command");
  container.args = reader.Strings("args");
  for (const auto& env : reader.List("env")) container.env.push_back(ParseEnv(env));
  for (const auto& from : reader.List("envFrom")) container.env_from.push_back(ParseEnvFrom(from));
  for (const auto& port : reader.List("ports")) container.ports.push_back(ParsePort(port));
  for (const auto& mount : reader.List("volumeMounts")) {
    container.mounts.push_back(ParseMount(mount));
  }
  container.requests = reader.Object("resources").StringMap("requests");
  container.limits = reader.Object("resources").StringMap("limits");
  container.pull = ParsePullPolicy(reader, container.image);
  container.security = ParseSecurityContext(reader.Object("securityContext"));
  container.message_path = reader.String("terminationMessagePath", container.message_path);
  container.message_from_logs =
      reader.String("terminationMessagePolicy") == "FallbackToLogsOnError";
  container.tty = reader.Bool("tty");
  container.stdin_open = reader.Bool("stdin");
  container.stdin_once = reader.Bool("stdinOnce");
  container.sidecar = reader.String("restartPolicy") == "Always";
  if (container.name.empty()) reader.Fail(reader.path() + " has no name");
  if (container.image.empty()) reader.Fail(reader.path() + " has no image");
  return container;
}

}  // namespace edge::edged
