#pragma once

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace edge::fuzz {

inline std::string_view View(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// The input up to `separator`, and what follows it.
inline std::pair<std::string_view, std::string_view> Split(std::string_view input,
                                                           std::string_view separator) {
  const std::size_t at = input.find(separator);
  if (at == std::string_view::npos) return {input, {}};
  return {input.substr(0, at), input.substr(at + separator.size())};
}

/// A finding: libFuzzer writes the input down.
inline void Expect(bool holds) {
  if (!holds) std::abort();
}

}  // namespace edge::fuzz

/// What a target defines; libFuzzer's name for it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
