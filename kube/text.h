#pragma once

#include <string_view>
#include <vector>

namespace edge::kube {

/// Parts between separators; views into `text`. Empty text gives no part.
std::vector<std::string_view> Split(std::string_view text, char separator);

/// Without blanks at both ends.
std::string_view Trim(std::string_view text);

/// Cuts off and returns what stands before the first `separator` (all where there is none).
std::string_view TakeUntil(std::string_view& text, char separator);

}  // namespace edge::kube
