#pragma once

#include <map>
#include <string>

#include "cloudhub/adapters/embedded/object_store.h"
#include "cloudhub/adapters/embedded/registry.h"
#include "cloudhub/adapters/embedded/selection.h"

namespace edge::cloudhub::embedded {

/// A list request's answer: the list object with decoded items. Understands limit, continue,
/// resourceVersion and resourceVersionMatch. Pages after the first show the present state, under
/// the first page's revision: a watch from there makes up for what changed in between.
Answer ListObjects(const ObjectStore& store, const Selection& selection,
                   const std::map<std::string, std::string>& query);

/// A resourceVersion that is asked for, against the store's: the refusal (400 malformed, 504 from
/// the future), or nullopt. Empty text is 0.
std::optional<Answer> ReadRevision(const std::string& text, std::int64_t current,
                                   std::int64_t& revision);

}  // namespace edge::cloudhub::embedded
