#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "edged/ports/runtime.h"

namespace edge::fakes {

/// What the fake does with one call.
enum class RuntimeFault {
  kNone,
  kRefuse,      ///< fails without effect
  kLoseAnswer,  ///< takes effect, and the caller sees a deadline exceeded
};

/// A container runtime in memory that keeps CRI's rules: names are reserved, a container starts in
/// a ready sandbox only, removal of what runs stops it first. It notes what a node agent must never
/// cause. Thread rule: one thread.
class FakeRuntime final : public edged::SandboxRuntime,
                          public edged::ContainerRuntime,
                          public edged::ImageRuntime,
                          public edged::RuntimeInfo {
 public:
  // Faults and the outside world.
  std::function<RuntimeFault(const std::string& call)> fault;
  std::function<std::int64_t()> now;  ///< nanoseconds since the epoch
  std::set<std::string> registry;     ///< images that PullImage finds
  std::set<std::string> images;       ///< images on the node
  std::vector<std::string> foreign;   ///< pods of another node agent
  /// The machine loses power: nothing runs, sandboxes are not ready, what is on disk stays.
  void PowerCut();
  void Exit(const std::string& id, std::int32_t code);
  void KillSandbox(const std::string& id);

  // What happened.
  std::vector<std::string> calls;       ///< "StartContainer app 2"
  std::vector<std::string> violations;  ///< e.g. two running containers of one name
  std::vector<const edged::ContainerInfo*> Running() const;
  const std::map<std::string, edged::SandboxInfo>& sandboxes() const { return sandboxes_; }
  const std::map<std::string, edged::ContainerInfo>& containers() const { return containers_; }
  const std::map<std::string, edged::ContainerConfig>& configs() const { return configs_; }
  /// Puts a state there that only a crash leaves.
  void Put(edged::SandboxInfo sandbox) { sandboxes_[sandbox.id] = std::move(sandbox); }
  void Put(edged::ContainerInfo container) { containers_[container.id] = std::move(container); }

  // SandboxRuntime
  Result<std::string> RunSandbox(const edged::SandboxConfig& config) override;
  Status StopSandbox(const std::string& id) override;
  Status RemoveSandbox(const std::string& id) override;
  Result<edged::SandboxInfo> SandboxStatus(const std::string& id) override;
  Result<std::vector<edged::SandboxInfo>> ListSandboxes() override;
  // ContainerRuntime
  Result<std::string> CreateContainer(const std::string& sandbox_id,
                                      const edged::ContainerConfig& config,
                                      const edged::SandboxConfig& sandbox) override;
  Status StartContainer(const std::string& id) override;
  Status StopContainer(const std::string& id, std::chrono::seconds grace) override;
  Status RemoveContainer(const std::string& id) override;
  Result<edged::ContainerInfo> ContainerStatus(const std::string& id) override;
  Result<std::vector<edged::ContainerInfo>> ListContainers() override;
  // ImageRuntime
  Result<std::optional<edged::ImageInfo>> ImageStatus(const std::string& image) override;
  Result<std::string> PullImage(
      const std::string& image,
      const std::optional<edged::RegistryCredentials>& credentials) override;
  Result<std::vector<edged::ImageInfo>> ListImages() override;
  Status RemoveImage(const std::string& image) override;
  // RuntimeInfo
  Result<edged::RuntimeVersion> Version() override;
  Result<std::vector<edged::RuntimeCondition>> Conditions() override;
  Result<std::vector<std::string>> ForeignPods() override { return foreign; }

 private:
  Status Before(const std::string& call, bool* lose_answer);
  std::int64_t Now() const { return now ? now() : 1; }
  void CheckOneRunning(const edged::ContainerInfo& started);

  std::map<std::string, edged::SandboxInfo> sandboxes_;
  std::map<std::string, edged::ContainerInfo> containers_;
  std::map<std::string, edged::ContainerConfig> configs_;
  int next_id_ = 0;
};

}  // namespace edge::fakes
