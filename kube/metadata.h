#pragma once

#include <string>

#include "common/json.h"

namespace edge::kube {

/// metadata.name and metadata.namespace of an object; empty where it has none.
inline std::string NameOf(const Json& object) { return FindString(object, {"metadata", "name"}); }
inline std::string NamespaceOf(const Json& object) {
  return FindString(object, {"metadata", "namespace"});
}

}  // namespace edge::kube
