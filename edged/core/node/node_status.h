#pragma once

#include <map>
#include <optional>
#include <string>

#include "common/clock.h"
#include "common/json.h"
#include "edged/ports/node_facts.h"
#include "edged/ports/runtime.h"

namespace edge::edged {

/// What ComputeNodeStatus is told besides the machine's facts.
struct NodeStatusInputs {
  std::string node_name;
  std::string version;                           ///< ours, "v1.36.0-edged.0.1"
  RuntimeVersion runtime;                        ///< empty name: the runtime does not answer
  Status runtime_error;                          ///< why it does not
  std::vector<RuntimeCondition> conditions;      ///< RuntimeReady, NetworkReady
  std::optional<std::vector<ImageInfo>> images;  ///< nullopt: not known, they stay as they were
  int max_pods = 110;
  std::int32_t kubelet_port = 0;  ///< 0: none
  std::int64_t reserved_cpu_millicores = 0;
  std::uint64_t reserved_memory_bytes = 0;
};

/// The Node's status. `previous` is what this node computed last (or null): a condition keeps its
/// lastTransitionTime while its status is the same, a pressure condition ends only when the signal
/// is clear by a margin. lastHeartbeatTime is `now`: compare with SameNodeStatus before writing.
Json ComputeNodeStatus(const NodeFacts& facts, const NodeStatusInputs& inputs, const Json& previous,
                       WallTime now);

/// What pods may have of the node: quantities by resource, as its status says them.
std::map<std::string, std::string> Allocatable(const NodeFacts& facts,
                                               const NodeStatusInputs& inputs);

/// Equal but for heartbeat times: nothing that needs to be written.
bool SameNodeStatus(const Json& a, const Json& b);

/// Labels that a node gives itself: kubernetes.io/{hostname,os,arch}. NodeRestriction forbids
/// others: node-role.kubernetes.io/edge is the hub's.
Json NodeLabels(const NodeFacts& facts, const std::string& node_name);

}  // namespace edge::edged
