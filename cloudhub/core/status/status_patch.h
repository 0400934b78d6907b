#pragma once

#include <string>

#include "common/json.h"
#include "sync/types.h"

namespace edge::cloudhub {

/// The strategic-merge patch of the status subresource that makes the part of the status that the
/// node owns equal to `reported`, whatever the API holds now, and touches nothing that others
/// wrote (foreign conditions, resize, nominatedNodeName). `uid` becomes a precondition.
///
/// Needs no read of the object: fields that are gone are set to null, lists that would be merged
/// are marked as replaced, and conditions of the node's own types that it no longer reports are
/// deleted by type.
Json BuildStatusPatch(sync::Kind kind, const std::string& uid, const Json& reported);

}  // namespace edge::cloudhub
