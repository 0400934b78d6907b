#pragma once

#include "edged/core/pod/reconcile.h"

namespace edge::edged {

/// The sandbox to run for the pod. Pure: equal inputs give equal configurations, so that what
/// CreateContainer needs of it can be built again after a crash.
Result<SandboxConfig> BuildSandboxConfig(const Pod& pod, const NodeContext& node,
                                         std::uint32_t attempt);

/// The container to create in `sandbox`. Errors, each to be shown as CreateContainerConfigError:
/// kNotFound for a missing ConfigMap, Secret or key, kFailedPrecondition for runAsNonRoot that the
/// image breaks, kInvalidArgument for a reference that cannot be resolved.
Result<ContainerConfig> BuildContainerConfig(const DesiredPod& desired, const Container& container,
                                             std::uint32_t attempt, const SandboxInfo& sandbox,
                                             const ImageFact& image, const NodeContext& node);

/// What PodVolumes::PrepareContainer makes before that container is created.
Result<ContainerFiles> BuildContainerFiles(const Pod& pod, const Container& container,
                                           std::uint32_t attempt, const SandboxInfo& sandbox,
                                           const NodeContext& node);

/// Where the message of an exited container of ours comes from: its labels and annotations say.
struct ExitMessageSource {
  bool message_file = false;       ///< PodVolumes::ReadMessage (at most 4096 bytes)
  bool fall_back_to_logs = false;  ///< if that is empty and it failed: ReadLogTail (80 lines, 2048)
};
ExitMessageSource WhereExitMessageIs(const ContainerInfo& container);

/// Credentials for pulling `image`, from the pod's imagePullSecrets in order; empty: anonymous. Try
/// them in turn.
std::vector<RegistryCredentials> PullCredentials(const DesiredPod& desired,
                                                 const std::string& image);

}  // namespace edge::edged
