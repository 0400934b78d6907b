#pragma once

#include <string>

#include "common/json.h"

namespace edge::cloudhub::embedded {

/// What `kubectl auth can-i`, `can-i --list` and `whoami` create, answered: whoever is
/// authenticated may do everything here. Null where the path is none of theirs.
Json SelfReview(const std::string& path, const std::string& user);

}  // namespace edge::cloudhub::embedded
