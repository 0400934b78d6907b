#pragma once

#include <string>
#include <string_view>

#include "common/json.h"
#include "common/status.h"

// List operations of the strategic merge patch. `merge_key` names the member that identifies an
// element; empty for lists of primitives, whose elements identify themselves.
namespace edge::kube {

Status MissingMergeKey(const Json& element, std::string_view merge_key);

/// The first element whose `merge_key` is `key`, or nullptr.
Json* FindByKey(Json& list, const Json& key, std::string_view merge_key);

void EraseMatching(Json& list, const Json& key, std::string_view merge_key);

/// Erases each element of `values` from a list of primitives.
void EraseValues(Json& list, const Json& values);

/// Appends what `list` has not yet, without repeats.
void AppendMissing(Json& list, const Json& values);

/// `merged` with the elements that `order` names in that order, and the others where they stood in
/// `server_order` relative to them.
Json OrderElements(const Json& merged, const Json& order, const Json& server_order,
                   std::string_view merge_key);

/// Error kInvalidArgument unless the patch's elements stand in `order`, in the same sequence.
Status CheckAgainstOrder(const Json& patch, const Json& order, std::string_view merge_key,
                         const std::string& name);

}  // namespace edge::kube
