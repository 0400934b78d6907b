#pragma once

#include "edged/adapters/cri/cri_runtime.h"
#include "tests/contract/runtime/contract.h"
#include "tests/contract/runtime/world.h"

namespace edge::edged {

inline CriOptions OptionsFor(const World& world, const std::string& node = "till-1") {
  CriOptions options;
  options.socket = world.socket();
  options.label_key = "edge.kubeedge.io/node";
  options.label_value = node;
  options.image_store = world.store();
  return options;
}

/// The real runtime in a world of its own.
struct CriSubject {
  World world;
  CriRuntime runtime{OptionsFor(world)};
  RuntimeSubject subject{runtime,
                         runtime,
                         runtime,
                         runtime,
                         "edge.local/app:1",
                         "edge.invalid/none:7",
                         world.cgroup(),
                         world.folder() + "/log/pods"};
};

}  // namespace edge::edged
