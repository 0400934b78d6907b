#include "link/reassembly.h"

#include <algorithm>
#include <iterator>

#include "common/bytes.h"

namespace edge::link {
namespace {

constexpr std::uint32_t kMaxCount = 4096;
constexpr std::size_t kHashBytes = 32;

/// Every piece but the last has this size; 0 where the numbers fit no such size.
std::size_t PieceSize(const Piece& piece) {
  if (piece.index + 1 < piece.count) return piece.bytes.size();
  const std::size_t before = piece.total_size - piece.bytes.size();
  return before % (piece.count - 1) == 0 ? before / (piece.count - 1) : 0;
}

std::string Name(const Piece& piece) {
  return "chunk " + std::to_string(piece.index) + " of " + std::to_string(piece.count);
}

}  // namespace

Status Reassembly::Check(const Piece& piece) const {
  if (piece.sha256.size() != kHashBytes) return InvalidArgument("chunk without a SHA-256");
  if (piece.count < 2 || piece.count > kMaxCount || piece.index >= piece.count) {
    return InvalidArgument(Name(piece) + ": not a possible number");
  }
  if (piece.total_size > limits_.plain_bytes || piece.total_size > limits_.partial_bytes) {
    return ResourceExhausted("body of " + std::to_string(piece.total_size) +
                             " bytes in chunks; at most " + std::to_string(limits_.plain_bytes) +
                             " are taken");
  }
  const bool fits = !piece.bytes.empty() && piece.bytes.size() < piece.total_size;
  const std::size_t size = fits ? PieceSize(piece) : 0;
  // With `size` for all but the last, the last has 1 to `size` bytes.
  if (size == 0 || size * (piece.count - 1) >= piece.total_size ||
      size * piece.count < piece.total_size) {
    return InvalidArgument(Name(piece) + " has " + std::to_string(piece.bytes.size()) +
                           " bytes, which does not fit a total of " +
                           std::to_string(piece.total_size));
  }
  return Status::Ok();
}

Reassembly::Partial& Reassembly::FindOrMake(const Piece& piece) {
  const auto found = std::find_if(partials_.begin(), partials_.end(),
                                  [&](const Partial& p) { return p.sha256 == piece.sha256; });
  if (found != partials_.end()) {
    partials_.splice(partials_.end(), partials_, found);
    return partials_.back();
  }
  while (!partials_.empty() && (partials_.size() >= limits_.partial_messages ||
                                bytes_ + piece.total_size > limits_.partial_bytes)) {
    Drop(partials_.begin());
  }
  Partial& made = partials_.emplace_back();
  made.sha256 = piece.sha256;
  made.context = piece.context;
  made.count = made.missing = piece.count;
  made.body.resize(piece.total_size);
  made.have.resize(piece.count);
  bytes_ += piece.total_size;
  return made;
}

void Reassembly::Drop(std::list<Partial>::iterator partial) {
  bytes_ -= partial->body.size();
  partials_.erase(partial);
}

Result<std::optional<std::string>> Reassembly::Add(const Piece& piece, BootTime now) {
  EDGE_RETURN_IF_ERROR(Check(piece));
  Expire(now);
  Partial& partial = FindOrMake(piece);
  partial.last = now;
  if (partial.count != piece.count || partial.body.size() != piece.total_size ||
      partial.context != piece.context) {
    Drop(std::prev(partials_.end()));
    return DataLoss(Name(piece) + " does not agree with the chunks before it");
  }
  if (partial.have[piece.index]) return std::optional<std::string>();
  const std::size_t at = PieceSize(piece) * piece.index;
  if (at + piece.bytes.size() > partial.body.size()) {
    return DataLoss(Name(piece) + " does not agree with the chunks before it");
  }
  piece.bytes.copy(partial.body.data() + at, piece.bytes.size());
  partial.have[piece.index] = true;
  if (--partial.missing > 0) return std::optional<std::string>();
  const bool whole = AsBytes(Sha256(partial.body)) == partial.sha256;
  std::string body = std::move(partial.body);
  bytes_ -= body.size();
  partials_.pop_back();
  if (!whole) return DataLoss("a body of " + std::to_string(piece.count) + " chunks is damaged");
  return std::optional<std::string>(std::move(body));
}

void Reassembly::Expire(BootTime now) {
  while (!partials_.empty() && now - partials_.front().last > limits_.partial_age) {
    Drop(partials_.begin());
  }
}

}  // namespace edge::link
