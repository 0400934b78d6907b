#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "edged/ports/runtime.h"

namespace edge::edged {

class CriClient;

struct CriOptions {
  std::string socket = "/run/containerd/containerd.sock";
  /// What makes a sandbox ours: it is put on all that is made, and nothing without it is listed.
  std::string label_key, label_value;
  /// The runtime's disk is flushed after a pull, so that a power cut leaves no empty layers
  /// (containerd 1.6 does not see to it). Empty: no flush.
  std::string image_store = "/var/lib/containerd";
  /// CRI handler of every sandbox; empty: the runtime's default.
  std::string runtime_handler;

  Duration query_deadline = std::chrono::seconds(10);  ///< lists, status, version
  Duration life_deadline = std::chrono::minutes(4);    ///< run, create, start, stop, remove
  Duration pull_deadline = std::chrono::minutes(30);   ///< shops have thin lines
  std::size_t max_reply_bytes = 16 * 1024 * 1024;
};

/// A container runtime behind CRI runtime.v1 on a unix socket.
///
/// Thread rule: any thread; calls run at the same time on one connection and block. Failure modes:
/// every call has a deadline (a stop's is its grace plus life_deadline); while nobody listens on
/// the socket calls fail at once with kUnavailable, while a runtime is slow to accept they wait,
/// and the connection comes back by itself. Errors name the pod, container or image.
class CriRuntime final : public SandboxRuntime,
                         public ContainerRuntime,
                         public ImageRuntime,
                         public RuntimeInfo {
 public:
  /// Does not connect yet. `options.label_key` and `label_value` must not be empty.
  explicit CriRuntime(CriOptions options);
  ~CriRuntime() override;

  Result<std::string> RunSandbox(const SandboxConfig& config) override;
  Status StopSandbox(const std::string& id) override;
  Status RemoveSandbox(const std::string& id) override;
  Result<SandboxInfo> SandboxStatus(const std::string& id) override;
  Result<std::vector<SandboxInfo>> ListSandboxes() override;

  Result<std::string> CreateContainer(const std::string& sandbox_id, const ContainerConfig& config,
                                      const SandboxConfig& sandbox) override;
  Status StartContainer(const std::string& id) override;
  Status StopContainer(const std::string& id, std::chrono::seconds grace) override;
  Status RemoveContainer(const std::string& id) override;
  Result<ContainerInfo> ContainerStatus(const std::string& id) override;
  Result<std::vector<ContainerInfo>> ListContainers() override;

  Result<std::optional<ImageInfo>> ImageStatus(const std::string& image) override;
  Result<std::string> PullImage(const std::string& image,
                                const std::optional<RegistryCredentials>& credentials) override;
  Result<std::vector<ImageInfo>> ListImages() override;
  Status RemoveImage(const std::string& image) override;

  Result<RuntimeVersion> Version() override;
  Result<std::vector<RuntimeCondition>> Conditions() override;
  Result<std::vector<std::string>> ForeignPods() override;

  /// For the end of this process, which must not wait for graces and pulls: no call begins any
  /// more, those under way have `patience` to end (a sandbox is made in less than half a second),
  /// and what is left is cancelled: both with kCancelled. What the runtime makes of a cancelled
  /// call is what a crash would leave: the next process looks.
  void FinishCalls(Duration patience);

 private:
  Result<std::vector<SandboxInfo>> ListAllSandboxes(bool ours_only);
  /// Of a sandbox that is to be removed, and of its containers.
  Status EndLeftoverTasks(const std::string& sandbox_id);

  const CriOptions options_;
  std::unique_ptr<CriClient> client_;
};

}  // namespace edge::edged
