#pragma once

#include <map>
#include <memory>
#include <string>

#include "edged/core/pod/inputs.h"
#include "edged/core/pod/pod_spec.h"
#include "sync/node_side.h"

namespace edge::edged {

/// What NodeSync holds, as the pod core reads it: each object is parsed once per version.
///
/// Thread rule: the loop thread.
class HeldObjectIndex {
 public:
  explicit HeldObjectIndex(const sync::NodeSync& sync) : sync_(sync) {}

  /// The pod of that UID. Errors: kNotFound when it is not held, kInvalidArgument when it cannot be
  /// run.
  Result<std::shared_ptr<const Pod>> FindPod(const std::string& uid);
  /// The ConfigMaps and Secrets of a pod's namespace that it refers to and that are held.
  HeldObjects ObjectsOf(const Pod& pod);
  /// The object itself, nullptr when it is not held.
  std::shared_ptr<const Json> FindJson(const sync::ObjectKey& key);
  /// Frees what was parsed of an object that is held no more.
  void Forget(const std::string& uid);

 private:
  struct Parsed {
    sync::Version version{};
    std::shared_ptr<const Json> json;
    std::shared_ptr<const Pod> pod;
  };

  const sync::NodeSync& sync_;
  std::map<std::string, Parsed> parsed_;  ///< by UID
};

/// The ConfigMaps and Secrets that a pod's pruned bytes refer to, as NodeSync wants to know them.
Result<std::vector<sync::ObjectKey>> ReferencesOfPod(const std::string& pod_bytes);

}  // namespace edge::edged
