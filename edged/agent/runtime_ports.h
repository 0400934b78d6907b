#pragma once

#include "edged/ports/runtime.h"
#include "edged/ports/volumes.h"

namespace edge::edged {

/// The world that pods run in, as main.cpp wires it. All outlive the agent.
struct RuntimePorts {
  SandboxRuntime& sandboxes;
  ContainerRuntime& containers;
  ImageRuntime& images;
  RuntimeInfo& info;
  RuntimeEvents& events;
  PodVolumes& volumes;
};

}  // namespace edge::edged
