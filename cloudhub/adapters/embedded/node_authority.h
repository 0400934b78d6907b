#pragma once

#include <string>
#include <string_view>

#include "cloudhub/adapters/embedded/registry.h"

namespace edge::cloudhub::embedded {

/// What a node may do, after Kubernetes' Node authorizer and NodeRestriction: write its own Node
/// (not its taints, nor labels that place workloads), the status of pods bound to it, its own Lease
/// and Events; read its Node, its pods, Services, and of Secrets, ConfigMaps and ServiceAccounts
/// those that a pod bound to it refers to.
///
/// Thread rule: the executor's thread. Refusals are kPermissionDenied in the API server's words.
class NodeAuthority {
 public:
  explicit NodeAuthority(const Registry& registry) : registry_(registry) {}

  Status CheckGet(const std::string& node, const Target& target) const;
  Status CheckFollow(const std::string& node, const Selection& selection) const;
  Status CheckCreate(const std::string& node, const Target& target, const Json& object) const;
  Status CheckUpdate(const std::string& node, const Target& target, const Json& object) const;
  Status CheckPatch(const std::string& node, const Target& target, PatchType type,
                    const Json& patch) const;
  Status CheckDelete(const std::string& node, const Target& target) const;

 private:
  Status CheckPod(const std::string& node, const Target& target, std::string_view verb) const;
  bool RefersTo(const std::string& node, const Target& target) const;

  const Registry& registry_;
};

}  // namespace edge::cloudhub::embedded
