#pragma once

#include <string>
#include <string_view>

#include "common/status.h"

namespace edge::link {

/// One zstd frame, or an empty string where packing does not pay: the result would be no smaller,
/// or so much smaller that a receiver would take it for a bomb (`max_ratio`).
std::string Compress(std::string_view plain, std::size_t max_ratio);

/// Unpacks a frame that claims `plain_size` bytes. Memory used is that size at most. Errors:
/// kInvalidArgument (no such frame), kResourceExhausted (over `max_plain`, or over the ratio).
Result<std::string> Decompress(std::string_view packed, std::size_t plain_size,
                               std::size_t max_plain, std::size_t max_ratio);

}  // namespace edge::link
