#pragma once

#include <string_view>

namespace edge::kube {

/// kube/schema/types.txt, put into the binary by kube/schema/embed.cmake.
extern const std::string_view kTypesText;

}  // namespace edge::kube
