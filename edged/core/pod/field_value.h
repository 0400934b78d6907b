#pragma once

#include <string>
#include <vector>

#include "edged/core/pod/inputs.h"
#include "edged/core/pod/pod_spec.h"

namespace edge::edged {

/// The value of a downward API field: metadata.{name,namespace,uid,labels,annotations},
/// metadata.labels['x'], metadata.annotations['x'], spec.{nodeName,serviceAccountName},
/// status.{hostIP,hostIPs,podIP,podIPs}. An absent label is empty. Error: kInvalidArgument.
Result<std::string> FieldValue(const Pod& pod, const FieldRef& field, const NodeContext& node,
                               const std::vector<std::string>& pod_ips);

/// The value of limits.* or requests.* of a container in units of the divisor, rounded up. A limit
/// that is not set is what the node can give at all. Error: kInvalidArgument.
Result<std::string> ResourceValue(const Pod& pod, const ResourceFieldRef& ref,
                                  const std::string& own_container, const NodeContext& node);

}  // namespace edge::edged
