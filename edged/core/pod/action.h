#pragma once

#include <chrono>
#include <string>

#include "common/status.h"

namespace edge::edged {

enum class ActionKind {
  kLook,             ///< list and inspect this pod's sandboxes and containers (ApplyLook)
  kCheckImage,       ///< ImageRuntime::ImageStatus(image)
  kPullImage,        ///< ImageRuntime::PullImage(image)
  kPrepareVolumes,   ///< PodVolumes::Prepare(PlanVolumes(...))
  kUpdateVolumes,    ///< PodVolumes::Update(PlanVolumes(...))
  kTeardownVolumes,  ///< PodVolumes::Teardown
  kRunSandbox,       ///< SandboxRuntime::RunSandbox(BuildSandboxConfig(attempt)), then its status
  kStopSandbox,      ///< SandboxRuntime::StopSandbox(id)
  kRemoveSandbox,    ///< SandboxRuntime::RemoveSandbox(id)
  kCreateContainer,  ///< PrepareContainer, then CreateContainer(BuildContainerConfig(attempt))
  kStartContainer,   ///< StartContainer(id), then ContainerStatus(id)
  kStopContainer,    ///< StopContainer(id, grace), outside the lanes; then ContainerStatus(id)
  kRemoveContainer,  ///< RemoveContainer(id)
};

std::string_view ActionName(ActionKind kind);

/// One step towards the desired state, as a value. Fields that a kind does not use are empty.
struct Action {
  ActionKind kind = ActionKind::kLook;
  std::string container{};  ///< name
  std::string id{};         ///< of the container or sandbox acted on
  std::string sandbox_id{};
  std::uint32_t attempt = 0;
  std::string image{};
  std::chrono::seconds grace{0};
  std::string message{};  ///< why, as the Killing event says it
  std::string version{};  ///< of the volume plan
  bool operator==(const Action&) const = default;

  /// What is busy while the action is in flight: one action per key at a time. "look", "volumes",
  /// "sandbox", "container/<name>", "image/<image>"; stops and removals have keys by id.
  std::string Key() const;
};

}  // namespace edge::edged
