#pragma once

#include <string>
#include <string_view>

namespace edge::kube {

/// RFC 3339 text of any offset and precision as the API server writes it: in UTC, to the second, or
/// with six places when `micro`. Empty where `text` is no such time.
std::string CanonicalTime(std::string_view text, bool micro);

}  // namespace edge::kube
