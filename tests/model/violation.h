#pragma once

#include <string>

namespace edge::model {

/// An invariant was broken.
struct Violation {
  std::string what;
};

}  // namespace edge::model
