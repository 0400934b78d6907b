#pragma once

#include <compare>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "common/json.h"
#include "kube/quantity.h"
#include "sync/types.h"

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

/// The ConfigMaps and Secrets among them, as the link names them: what goes down to the pod's node
/// with it. Hub and agent both go by this, so that neither keeps what the other thinks is gone.
std::set<sync::ObjectKey> ConfigKeys(const Json& pod);

/// What a volume source serviceAccountToken asks for.
struct TokenSource {
  std::string audience;  ///< empty: the API's own
  std::int64_t expiration_seconds = 3600;
  auto operator<=>(const TokenSource&) const = default;
};
std::set<TokenSource> TokenSources(const Json& pod);

/// "Guaranteed", "Burstable" or "BestEffort".
std::string_view QosClass(const Json& pod);

using ResourceList = std::map<std::string, Quantity>;

/// What the scheduler counts: containers and restartable init containers summed, or the largest
/// init container's need where that is more, plus overhead.
ResourceList PodRequests(const Json& pod);
ResourceList PodLimits(const Json& pod);

}  // namespace edge::kube
