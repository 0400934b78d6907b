#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/status.h"
#include "link/codec.h"

namespace edge::link {

/// A piece of a body as it came from the wire.
struct Piece {
  std::string_view sha256;
  std::uint32_t index = 0;
  std::uint32_t count = 0;
  std::uint32_t total_size = 0;
  std::string_view bytes;
  std::string_view context;  ///< what else all pieces of one body have alike, serialized
};

/// Puts the pieces of one sender's bodies together, in any order and however often they come.
///
/// When a cap is hit, the body that has waited longest for a piece goes: its sender was cut off, or
/// sends it again. Thread rule: one thread at a time.
class Reassembly {
 public:
  explicit Reassembly(const CodecLimits& limits) : limits_(limits) {}

  /// The whole body when this piece was the last one missing. Errors as of Decoder::Decode.
  Result<std::optional<std::string>> Add(const Piece& piece, BootTime now);
  void Expire(BootTime now);
  std::size_t bytes() const { return bytes_; }

 private:
  struct Partial {
    std::string sha256, context;
    std::uint32_t count = 0;
    std::string body;        // total_size long, filled in as pieces come
    std::vector<bool> have;  // by index
    std::uint32_t missing = 0;
    BootTime last{};
  };

  Status Check(const Piece& piece) const;
  Partial& FindOrMake(const Piece& piece);
  void Drop(std::list<Partial>::iterator partial);

  CodecLimits limits_;
  std::list<Partial> partials_;  // the one that got a piece last is at the back
  std::size_t bytes_ = 0;
};

}  // namespace edge::link
