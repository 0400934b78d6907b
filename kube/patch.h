#pragma once

#include "common/json.h"
#include "common/status.h"
#include "kube/schema.h"

namespace edge::kube {

/// RFC 6902, at most 10,000 operations. Errors: kInvalidArgument (malformed: 400);
/// kFailedPrecondition (a test failed or a path is missing: the API answers 422).
Result<Json> ApplyJsonPatch(const Json& original, const Json& patch);

/// RFC 7396. Error: kInvalidArgument where the patch is no object.
Result<Json> ApplyMergePatch(const Json& original, const Json& patch);

/// Kubernetes' strategic merge patch: lists merge by the table's merge keys, with the directives
/// $patch (replace, delete, merge), $deleteFromPrimitiveList/x, $setElementOrder/x and $retainKeys.
/// Errors: kInvalidArgument (400); kUnimplemented for custom resources (415).
Result<Json> ApplyStrategicMergePatch(const Type& type, const Json& original, const Json& patch);

}  // namespace edge::kube
