#pragma once

#include <map>
#include <string>
#include <vector>

#include "edged/core/pod/inputs.h"
#include "edged/core/pod/pod_spec.h"

namespace edge::edged {

/// A container's variables: envFrom first, env over it, $(NAME) expanded with what came before.
/// Errors: kNotFound in kubelet's words for a ConfigMap, Secret or key that is missing and not
/// optional; kInvalidArgument for a field that cannot be resolved.
Result<std::map<std::string, std::string>> BuildEnvironment(
    const Pod& pod, const Container& container, const HeldObjects& objects, const NodeContext& node,
    const std::vector<std::string>& pod_ips);

/// The decoded entries of a ConfigMap (data, and binaryData with `binary`) or Secret (data).
/// Error: kInvalidArgument for entries that are not as the API writes them.
Result<std::map<std::string, std::string>> ObjectEntries(ObjectRef::Kind kind, const Json& object,
                                                         bool binary);

/// The object a reference names; nullptr where it is missing and optional.
/// Error: kNotFound: `configmap "x" not found`.
Result<const Json*> FindObject(const HeldObjects& objects, const ObjectRef& ref);

}  // namespace edge::edged
