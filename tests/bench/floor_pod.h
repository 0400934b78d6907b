#pragma once

#include <string>
#include <vector>

#include "edged/adapters/cri/cri_runtime.h"

namespace edge::bench {

struct FloorOptions {
  std::string socket, work_dir, cgroup_parent;
  std::string image = "edge.local/app:1";
  std::string label =
      "bench-floor";             ///< value of the node label: no agent takes the pods for its own
  bool service_account = false;  ///< with the mount that a cluster gives to every pod
};

/// What a pod costs without an agent: the CRI calls alone, on files that are made beforehand.
///
/// Thread rule: Prepare and Remove on one thread; Start of different pods on any threads.
class FloorPods {
 public:
  explicit FloorPods(const FloorOptions& options);

  /// Makes folders, the hosts file, the message file and the volumes' files of pod `name`.
  Result<std::size_t> Prepare(const std::string& name);
  /// RunPodSandbox, CreateContainer, StartContainer, in sequence. Milliseconds that they took.
  Result<double> Start(std::size_t pod);
  /// Stops and removes all pods that were started, also those of an earlier run.
  Status RemoveAll();

 private:
  struct FloorPod {
    edged::SandboxConfig sandbox;
    edged::ContainerConfig container;
  };

  FloorOptions options_;
  edged::CriRuntime runtime_;
  std::string image_id_;
  std::vector<FloorPod> pods_;
};

}  // namespace edge::bench
