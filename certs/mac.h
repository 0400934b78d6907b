#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace edge::certs {

/// The fields, each with its length before it (8 bytes, big-endian), so that no two different lists
/// of fields have the same encoding.
std::string EncodeFields(std::initializer_list<std::string_view> fields);

/// HMAC-SHA256 over the encoded fields. 32 bytes.
std::string Mac(std::string_view secret, std::initializer_list<std::string_view> fields);

/// Compares in a time that does not depend on where the texts differ.
bool EqualMac(std::string_view a, std::string_view b);

}  // namespace edge::certs
