#pragma once

#include <string_view>

namespace edge::kube {

/// The tag of an image reference: "latest" where it has neither tag nor digest, empty where it has
/// a digest only or is empty.
std::string_view ImageTag(std::string_view image);

}  // namespace edge::kube
