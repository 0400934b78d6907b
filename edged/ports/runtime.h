#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/status.h"

namespace edge::edged {

// What the core needs of a container runtime, in CRI's terms. Every call blocks and is made on a
// lane, never on the loop. After kDeadlineExceeded or kUnavailable the outcome is unknown: look
// before trying again. kNotFound from Stop/Remove means that it is gone already.

enum class SandboxState { kReady, kNotReady };
enum class ContainerState { kCreated, kRunning, kExited, kUnknown };

struct SandboxInfo {
  std::string id;
  std::string pod_uid, pod_namespace, pod_name;
  std::uint32_t attempt = 0;
  SandboxState state = SandboxState::kNotReady;
  std::int64_t created_at = 0;  ///< nanoseconds since the epoch, the runtime's clock
  std::map<std::string, std::string> labels, annotations;
  std::vector<std::string> ips;  ///< only from SandboxStatus
};

struct ContainerInfo {
  std::string id;
  std::string sandbox_id;  ///< only from ListContainers: CRI's ContainerStatus does not say it
  std::string name;
  std::uint32_t attempt = 0;
  ContainerState state = ContainerState::kUnknown;
  std::int64_t created_at = 0;                   ///< nanoseconds since the epoch
  std::int64_t started_at = 0, finished_at = 0;  ///< only from ContainerStatus; 0: not yet
  std::int32_t exit_code = 0;                    ///< only from ContainerStatus
  std::string reason, message;                   ///< only from ContainerStatus
  std::string image, image_ref;
  std::map<std::string, std::string> labels, annotations;
};

struct PortMapping {
  std::string protocol;  ///< TCP, UDP or SCTP
  std::int32_t container_port = 0, host_port = 0;
  std::string host_ip;
};

struct DnsConfig {
  std::vector<std::string> servers, searches, options;
};

/// PROFILE as CRI's SecurityProfile.
struct SecurityProfile {
  enum class Type { kRuntimeDefault, kUnconfined, kLocalhost } type = Type::kRuntimeDefault;
  std::string localhost_ref;
};

enum class NamespaceMode { kPod = 0, kContainer = 1, kNode = 2, kTarget = 3 };  // as CRI's

struct NamespaceOptions {
  NamespaceMode network = NamespaceMode::kPod;
  NamespaceMode pid = NamespaceMode::kContainer;
  NamespaceMode ipc = NamespaceMode::kPod;
};

struct SandboxConfig {
  std::string pod_uid, pod_namespace, pod_name;
  std::uint32_t attempt = 0;
  std::string hostname;
  std::string log_directory;
  std::optional<DnsConfig> dns;
  std::vector<PortMapping> ports;
  std::map<std::string, std::string> labels, annotations, sysctls;
  std::string cgroup_parent;
  NamespaceOptions namespaces;
  bool privileged = false;
  std::optional<std::int64_t> run_as_user, run_as_group;
  std::vector<std::int64_t> supplemental_groups;
  std::optional<SecurityProfile> seccomp;
};

struct Mount {
  std::string container_path, host_path;
  bool read_only = false;
  int propagation = 0;  ///< CRI's MountPropagation: private 0, host-to-container 1, both 2
};

struct LinuxResources {
  std::int64_t cpu_period = 0, cpu_quota = 0, cpu_shares = 0;
  std::int64_t memory_limit_bytes = 0;
  std::int64_t oom_score_adj = 0;
};

struct ContainerConfig {
  std::string name;
  std::uint32_t attempt = 0;
  std::string image;  ///< the reference to start from: what PullImage or ImageStatus answered
  std::vector<std::string> command, args;
  std::string working_dir;
  std::vector<std::pair<std::string, std::string>> envs;
  std::vector<Mount> mounts;
  std::map<std::string, std::string> labels, annotations;
  std::string log_path;  ///< relative to the sandbox's log_directory
  bool stdin_open = false, stdin_once = false, tty = false;
  LinuxResources resources;
  NamespaceOptions namespaces;
  std::vector<std::string> add_capabilities, drop_capabilities;
  bool privileged = false, read_only_rootfs = false, no_new_privileges = false;
  std::optional<std::int64_t> run_as_user, run_as_group;
  std::string run_as_username;
  std::vector<std::int64_t> supplemental_groups;
  std::optional<SecurityProfile> seccomp, apparmor;
  std::vector<std::string> masked_paths, readonly_paths;
};

class SandboxRuntime {
 public:
  virtual ~SandboxRuntime() = default;
  virtual Result<std::string> RunSandbox(const SandboxConfig& config) = 0;
  /// Kills what runs in it and takes its network down. Idempotent.
  virtual Status StopSandbox(const std::string& id) = 0;
  virtual Status RemoveSandbox(const std::string& id) = 0;
  virtual Result<SandboxInfo> SandboxStatus(const std::string& id) = 0;
  /// Only sandboxes that carry this node's label (design.md 14).
  virtual Result<std::vector<SandboxInfo>> ListSandboxes() = 0;
};

class ContainerRuntime {
 public:
  virtual ~ContainerRuntime() = default;
  virtual Result<std::string> CreateContainer(const std::string& sandbox_id,
                                              const ContainerConfig& config,
                                              const SandboxConfig& sandbox) = 0;
  virtual Status StartContainer(const std::string& id) = 0;
  /// SIGTERM, `grace`, SIGKILL. Blocks for the whole grace.
  virtual Status StopContainer(const std::string& id, std::chrono::seconds grace) = 0;
  virtual Status RemoveContainer(const std::string& id) = 0;
  virtual Result<ContainerInfo> ContainerStatus(const std::string& id) = 0;
  /// Only containers that carry this node's label.
  virtual Result<std::vector<ContainerInfo>> ListContainers() = 0;
};

struct ImageInfo {
  std::string id;  ///< the image's config digest, "sha256:..."
  std::vector<std::string> repo_tags, repo_digests;
  std::uint64_t size_bytes = 0;
  std::optional<std::int64_t> uid;  ///< of the image's USER, when numeric
  std::string username;             ///< of the image's USER, when not numeric
};

struct RegistryCredentials {
  std::string username, password, auth, identity_token, registry_token;
};

class ImageRuntime {
 public:
  virtual ~ImageRuntime() = default;
  /// nullopt when the image is not there.
  virtual Result<std::optional<ImageInfo>> ImageStatus(const std::string& image) = 0;
  /// The reference of the pulled image. Errors carry the registry's words.
  virtual Result<std::string> PullImage(const std::string& image,
                                        const std::optional<RegistryCredentials>& credentials) = 0;
  virtual Result<std::vector<ImageInfo>> ListImages() = 0;
  virtual Status RemoveImage(const std::string& image) = 0;
};

struct RuntimeVersion {
  std::string name, version;
};

struct RuntimeCondition {
  std::string type;  ///< RuntimeReady, NetworkReady
  bool status = false;
  std::string reason, message;
};

class RuntimeInfo {
 public:
  virtual ~RuntimeInfo() = default;
  virtual Result<RuntimeVersion> Version() = 0;
  virtual Result<std::vector<RuntimeCondition>> Conditions() = 0;
  /// Ready pod sandboxes of others ("namespace/name"): a second node agent on this runtime, which
  /// may take our pods for orphans. For a warning at start; nothing is ever done to them.
  virtual Result<std::vector<std::string>> ForeignPods() = 0;
};

/// Something happened to a container or sandbox: look at it. Carries no state, so that a lost,
/// doubled or late event does no harm.
struct RuntimeEvent {
  std::string container_id;  ///< of a container or of a sandbox
  std::string topic;         ///< containerd's, e.g. "/tasks/exit"
};

class RuntimeEvents {
 public:
  virtual ~RuntimeEvents() = default;
  /// Streams events until destroyed, reconnecting by itself. `on_event` and `on_gap` (events may
  /// have been missed: relist) are called on the adapter's thread.
  virtual void Subscribe(std::function<void(RuntimeEvent)> on_event,
                         std::function<void()> on_gap) = 0;
};

}  // namespace edge::edged
