#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

#include "common/status.h"

namespace edge {

/// Object keys are kept sorted, so that dump() of equal values gives equal bytes.
using Json = nlohmann::json;

}  // namespace edge

#ifndef __OPTIMIZE__
// Compiled once, in json.cpp, which makes debug builds and tests a fifth quicker to build. An
// optimising compiler does without: what ships gets larger by it.
extern template class nlohmann::basic_json<>;
#endif

namespace edge {

struct JsonLimits {
  std::size_t max_bytes = 3 * 1024 * 1024;  ///< as the API server's request limit
  int max_depth = 100;
};

/// Parses untrusted text. Errors: kInvalidArgument with the position and cause; kResourceExhausted
/// over a limit. Never throws.
Result<Json> ParseJson(std::string_view text, const JsonLimits& limits = {});

/// Compact text; bytes that are not UTF-8 become U+FFFD rather than throw.
std::string DumpJson(const Json& value);

/// The member at a path of object keys, or nullptr where any step is missing or not an object.
/// `Find(pod, {"spec", "nodeName"})`.
const Json* Find(const Json& value, std::initializer_list<std::string_view> path);
/// The string at a path, or `fallback` where it is missing or no string.
std::string FindString(const Json& value, std::initializer_list<std::string_view> path,
                       std::string_view fallback = {});
/// The integer at a path, or `fallback` where it is missing or no integer.
std::int64_t FindInt(const Json& value, std::initializer_list<std::string_view> path,
                     std::int64_t fallback = 0);
/// The boolean at a path, or `fallback` where it is missing or no boolean.
bool FindBool(const Json& value, std::initializer_list<std::string_view> path,
              bool fallback = false);

}  // namespace edge
