#pragma once

#include <compare>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "common/json.h"
#include "kube/quantity.h"

namespace edge::kube {

/// An object that a pod needs on its node.
struct Reference {
  enum class Kind { kConfigMap, kSecret, kServiceAccount } kind = Kind::kConfigMap;
  std::string ns, name;
  bool optional = false;  ///< every use of it is optional
  auto operator<=>(const Reference&) const = default;
};

/// The ConfigMaps, Secrets and the ServiceAccount that a pod refers to: env, envFrom, volumes,
/// projected sources, imagePullSecrets, over all three kinds of containers. One element per object.
std::set<Reference> References(const Json& pod);

/// "Guaranteed", "Burstable" or "BestEffort".
std::string_view QosClass(const Json& pod);

using ResourceList = std::map<std::string, Quantity>;

/// What the scheduler counts: containers and restartable init containers summed, or the largest
/// init container's need where that is more, plus overhead.
ResourceList PodRequests(const Json& pod);
ResourceList PodLimits(const Json& pod);

}  // namespace edge::kube
