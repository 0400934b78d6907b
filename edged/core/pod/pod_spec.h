#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/json.h"
#include "common/status.h"
#include "edged/ports/runtime.h"
#include "edged/ports/volumes.h"
#include "kube/references.h"

namespace edge::edged {

// A pod's desired state as this node reads it: a view of the API's own JSON that holds exactly what
// is honoured here. What it leaves out is named by UnsupportedFields (unsupported.h).

enum class RestartPolicy { kAlways, kOnFailure, kNever };
enum class PullPolicy { kAlways, kIfNotPresent, kNever };

/// A key of a ConfigMap or Secret, or (in envFrom and volumes) the whole object.
struct ObjectRef {
  enum class Kind { kConfigMap, kSecret } kind = Kind::kConfigMap;
  std::string name, key;
  bool optional = false;
};

struct FieldRef {
  std::string path;  ///< "metadata.labels['app']"
};

struct ResourceFieldRef {
  std::string container;  ///< empty: the container that it is written in
  std::string resource;   ///< "limits.memory"
  std::string divisor;    ///< a quantity; empty or "0": 1
};

struct EnvVar {
  std::string name, value;
  std::optional<FieldRef> field;
  std::optional<ResourceFieldRef> resource;
  std::optional<ObjectRef> object;
};

struct EnvFrom {
  std::string prefix;
  ObjectRef object;
};

struct VolumeMount {
  std::string volume, path, sub_path;
  bool read_only = false;
  int propagation = 0;  ///< as Mount::propagation
};

struct SecurityContext {
  std::optional<std::int64_t> run_as_user, run_as_group;
  std::optional<bool> run_as_non_root, allow_privilege_escalation;
  bool privileged = false, read_only_root = false;
  std::vector<std::string> add_capabilities, drop_capabilities;
  std::optional<SecurityProfile> seccomp, apparmor;
};

struct Container {
  std::string name, image, working_dir;
  std::vector<std::string> command, args;
  std::vector<EnvVar> env;
  std::vector<EnvFrom> env_from;
  std::vector<PortMapping> ports;
  std::vector<VolumeMount> mounts;
  std::map<std::string, std::string> requests, limits;  ///< quantities as written
  PullPolicy pull = PullPolicy::kIfNotPresent;
  SecurityContext security;
  std::string message_path = "/dev/termination-log";
  bool message_from_logs = false;  ///< terminationMessagePolicy: FallbackToLogsOnError
  bool tty = false, stdin_open = false, stdin_once = false;
  bool init = false;
  bool sidecar = false;  ///< an init container with restartPolicy: Always
};

/// A file that a volume takes from somewhere.
struct KeyToPath {
  std::string key, path;
  std::optional<std::uint32_t> mode;
};

/// One source of a content volume; configMap, secret and downwardAPI volumes have one.
struct VolumeSource {
  struct DownwardItem {
    std::string path;
    std::optional<FieldRef> field;
    std::optional<ResourceFieldRef> resource;
    std::optional<std::uint32_t> mode;
  };
  struct Token {
    std::string path;
    kube::TokenSource what;
  };
  std::optional<Token> token;
  std::optional<ObjectRef> object;
  std::vector<KeyToPath> items;  ///< empty: all keys
  std::vector<DownwardItem> downward;
};

struct Volume {
  std::string name;
  VolumeKind kind = VolumeKind::kEmptyDir;
  bool known = true;    ///< false: of a kind that this node does not have
  bool memory = false;  ///< on tmpfs
  std::uint64_t size_limit = 0;
  std::string host_path;
  HostPathType host_path_type = HostPathType::kUnset;
  std::vector<VolumeSource> sources;
  std::uint32_t default_mode = 0644;
};

struct HostAlias {
  std::string ip;
  std::vector<std::string> names;
};

struct Pod {
  std::string uid, ns, name;
  std::map<std::string, std::string> labels, annotations;
  std::int64_t generation = 0;
  std::optional<std::chrono::seconds> deletion_grace;  ///< set once deletionTimestamp is

  std::vector<Container> init_containers, containers;
  std::vector<Volume> volumes;
  RestartPolicy restart = RestartPolicy::kAlways;
  std::chrono::seconds grace{30};
  std::optional<std::chrono::seconds> active_deadline;
  std::string node_name, service_account, hostname, subdomain, dns_policy, priority_class;
  DnsConfig dns;
  std::vector<HostAlias> host_aliases;
  std::vector<std::string> pull_secrets, readiness_gates;
  bool host_network = false, host_pid = false, host_ipc = false, share_processes = false;
  bool set_hostname_as_fqdn = false;
  SecurityContext security;  ///< of the pod; a container's own wins
  std::optional<std::int64_t> fs_group;
  std::vector<std::int64_t> supplemental_groups;
  std::map<std::string, std::string> sysctls;
  Json json;  ///< the object itself

  const Container* FindContainer(const std::string& container) const;
  const Volume* FindVolume(const std::string& volume) const;
};

/// Reads a pod's JSON. Error: kInvalidArgument where it is no pod that could run (no uid, no
/// container, a field of another type); the API refuses such pods, a file may hold them.
Result<Pod> ParsePod(const Json& object);

/// Names what a container is made from, for "did the container's definition change": as with
/// kubelet its name and image, the only fields of a container that may change in place.
std::string ContainerHash(const Container& container);

/// "repo/app" becomes "docker.io/repo/app:latest", as runtimes expect it. Error: kInvalidArgument.
Result<std::string> NormalizeImage(const std::string& image);

}  // namespace edge::edged
