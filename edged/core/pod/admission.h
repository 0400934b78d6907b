#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "edged/core/pod/pod_spec.h"

namespace edge::edged {

/// What admission goes by. What is empty is not known, and nothing is refused for it: a terminal
/// that is off-line must sell.
struct AdmissionNode {
  Json node;                                       ///< metadata.name and labels; null: not known
  std::map<std::string, std::string> allocatable;  ///< quantities by resource
  /// Names, or beginnings that end in '*', beside the safe ones.
  std::vector<std::string> allowed_sysctls;
};

/// Why a pod does not run here, in kubelet's words.
struct Rejection {
  std::string reason;   ///< "OutOfcpu"
  std::string message;  ///< "Node didn't have enough resource: cpu, requested: ..."
  bool operator==(const Rejection&) const = default;
};

inline constexpr const char* kReasonNodeAffinity = "NodeAffinity";

/// Node-side admission, in kubelet's order: SysctlForbidden, PodOSNotSupported, OutOfpods,
/// OutOfcpu, OutOfmemory (and what else the node counts), NodeAffinity, NodePorts. `admitted` are
/// the pods that were admitted before and are not over. Pure.
std::optional<Rejection> WhyNotAdmitted(const Pod& pod, const AdmissionNode& node,
                                        const std::vector<const Pod*>& admitted);

}  // namespace edge::edged
