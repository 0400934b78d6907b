#pragma once

#include <functional>
#include <string>

#include "edged/ports/runtime.h"

namespace edge::edged {

/// What every implementation of the runtime ports must do, the fake like the real one. Each
/// function is one sentence of the contract and checks with REQUIRE.
struct RuntimeSubject {
  SandboxRuntime& sandboxes;
  ContainerRuntime& containers;
  ImageRuntime& images;
  RuntimeInfo& info;
  std::string image;          ///< there
  std::string missing_image;  ///< neither there nor to be pulled
  std::string cgroup_parent;
  std::string log_root;
  /// Makes a running container whose command is `ExitingCommand(code)` end with that code. Nothing
  /// to do where the command itself does.
  std::function<void(const std::string& container_id, int code)> let_exit = [](auto&, int) {};
};

SandboxConfig SandboxNamed(const RuntimeSubject& subject, const std::string& name);
ContainerConfig ContainerNamed(const RuntimeSubject& subject, const std::string& name);
std::vector<std::string> ExitingCommand(int code);

/// The value of a call that must succeed; fails the test with the error's words.
template <typename T>
T Must(Result<T> result);
void Must(const Status& status);

/// Looks until the container is in `state`; fails after 20 s.
ContainerInfo AwaitState(RuntimeSubject& subject, const std::string& id, ContainerState state);

void SandboxLivesAndGoes(RuntimeSubject& subject);
void ContainerRunsAndReportsItsExit(RuntimeSubject& subject);
void StopEndsAContainerWithinItsGrace(RuntimeSubject& subject);
void StoppingASandboxEndsItsContainers(RuntimeSubject& subject);
void GoneThingsAreGone(RuntimeSubject& subject);
void ImagesAreFoundOrNot(RuntimeSubject& subject);
void AMissingImageIsNamed(RuntimeSubject& subject);
void TheRuntimeTellsAboutItself(RuntimeSubject& subject);

template <typename T>
T Must(Result<T> result) {
  Must(result.status());
  return std::move(result).value();
}

}  // namespace edge::edged
