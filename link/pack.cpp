#include "link/pack.h"

#include <zstd.h>

namespace edge::link {
namespace {

// Kubernetes JSON packs to about a fifth at every low level; 3 costs a terminal little.
constexpr int kLevel = 3;

}  // namespace

std::string Compress(std::string_view plain, std::size_t max_ratio) {
  std::string packed(ZSTD_compressBound(plain.size()), '\0');
  const std::size_t size =
      ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), kLevel);
  if (ZSTD_isError(size) != 0 || size >= plain.size()) return {};
  if (plain.size() > size * max_ratio) return {};
  packed.resize(size);
  return packed;
}

Result<std::string> Decompress(std::string_view packed, std::size_t plain_size,
                               std::size_t max_plain, std::size_t max_ratio) {
  if (plain_size > max_plain) {
    return ResourceExhausted("body of " + std::to_string(plain_size) + " bytes; at most " +
                             std::to_string(max_plain) + " are taken");
  }
  if (packed.empty() || plain_size > packed.size() * max_ratio) {
    return ResourceExhausted("body that unpacks from " + std::to_string(packed.size()) + " to " +
                             std::to_string(plain_size) + " bytes; at most " +
                             std::to_string(max_ratio) + " times are taken");
  }
  std::string plain(plain_size, '\0');
  const std::size_t size =
      ZSTD_decompress(plain.data(), plain.size(), packed.data(), packed.size());
  if (ZSTD_isError(size) != 0) {
    return InvalidArgument(std::string("body is no zstd frame: ") + ZSTD_getErrorName(size));
  }
  if (size != plain_size) {
    return InvalidArgument("body unpacks to " + std::to_string(size) + " bytes instead of " +
                           std::to_string(plain_size));
  }
  return plain;
}

}  // namespace edge::link
