#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/status.h"

namespace edge {

/// Lower-case hexadecimal.
std::string HexEncode(std::string_view bytes);
Result<std::string> HexDecode(std::string_view text);

/// Standard base64 with padding (RFC 4648, section 4), as Kubernetes writes Secret data.
std::string Base64Encode(std::string_view bytes);
/// Errors: kInvalidArgument for anything that is not padded standard base64.
Result<std::string> Base64Decode(std::string_view text);

/// Bytes of the UTF-8 character at the front of `text`, which is not empty; 0 where there is none.
std::size_t Utf8Length(std::string_view text);
bool IsUtf8(std::string_view text);

using Sha256Digest = std::array<std::uint8_t, 32>;
Sha256Digest Sha256(std::string_view bytes);

/// The digest's bytes as a string, for hex and comparison.
inline std::string_view AsBytes(const Sha256Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace edge
