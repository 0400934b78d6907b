#pragma once

#include <string>
#include <vector>

#include "edged/core/pod/observed.h"
#include "edged/core/pod/pod_spec.h"

namespace edge::edged {

/// The ready sandbox to keep: the one with most running containers, of equals the newest. nullptr
/// where none is ready.
const SandboxInfo* CurrentSandbox(const ObservedPod& observed);

/// Whether the sandbox is known and ready.
bool IsReady(const ObservedPod& observed, const std::string& sandbox_id);

/// Instances of a container, the newest first.
std::vector<const ContainerInfo*> Instances(const ObservedPod& observed, const std::string& name);

/// The newest instance, or nullptr.
const ContainerInfo* Newest(const ObservedPod& observed, const std::string& name);

/// Runs, or may run.
inline bool IsAlive(const ContainerInfo& container) {
  return container.state == ContainerState::kRunning || container.state == ContainerState::kUnknown;
}

/// The annotation that holds ContainerHash of what it was made from.
std::string HashOf(const ContainerInfo& container);

Termination TerminationOf(const ContainerInfo& container);

}  // namespace edge::edged
