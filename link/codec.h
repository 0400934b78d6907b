#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/status.h"
#include "sync/messages.h"

namespace edge::link {

/// The link versions that this program writes and reads (proto/edge/v1/link.proto).
inline constexpr std::uint32_t kLinkVersion = 1;
inline constexpr std::uint32_t kMinLinkVersion = 1;

/// Hard caps of the link's form. A sender that keeps them is read by every receiver.
struct CodecLimits {
  std::size_t packet_bytes = 64 * 1024;         ///< of one MQTT payload; at least 1,024
  std::size_t compress_from = 512;              ///< bodies below this many bytes stay as they are
  std::size_t plain_bytes = 4 * 1024 * 1024;    ///< of a body unpacked
  std::size_t ratio = 200;                      ///< of a body unpacked to packed
  std::size_t partial_bytes = 8 * 1024 * 1024;  ///< of one sender's unfinished messages
  std::size_t partial_messages = 8;             ///< of one sender
  Duration partial_age = std::chrono::minutes(5);  ///< since its last chunk: then it is dropped
};

/// The packets that carry these messages, in order: one, or the chunks of a body that is larger
/// than a packet. The header's link versions are ignored: ours are written.
/// Errors: kResourceExhausted when the body is larger than `plain_bytes`.
Result<std::vector<std::string>> EncodeUp(const sync::Header& header,
                                          std::span<const sync::UpMessage> messages,
                                          const CodecLimits& limits = {});
Result<std::vector<std::string>> EncodeDown(const sync::Header& header,
                                            std::span<const sync::DownMessage> messages,
                                            const CodecLimits& limits = {});

/// About how many bytes a message takes in a body, never less; for those who fill packets.
std::size_t EncodedSize(const sync::UpMessage& message);
std::size_t EncodedSize(const sync::DownMessage& message);

/// What came out of a packet.
template <typename Message>
struct Decoded {
  sync::Header header;
  /// Empty when the packet was a chunk and others are still missing.
  std::vector<Message> messages;
  /// One error for each message of the body that could not be read: of a kind that this version
  /// does not know, or with a field out of its bounds. The others are in `messages`.
  std::vector<Status> skipped;
};

class Reassembly;

/// Reads the packets of one sender, in whatever order they come and however often.
///
/// Thread rule: one thread at a time. Memory: `partial_bytes` at most, none when nothing is
/// unfinished.
template <typename Message>
class Decoder {
 public:
  explicit Decoder(CodecLimits limits = {});
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  /// `now` is of a clock's Boot(). Errors: kInvalidArgument (garbage, or a field out of bounds),
  /// kResourceExhausted (over a cap), kFailedPrecondition (a link version that this program does
  /// not read; the message names both versions), kDataLoss (chunks that do not add up).
  Result<Decoded<Message>> Decode(std::string_view packet, BootTime now);

  /// Drops unfinished messages that have had no chunk for `partial_age`.
  void Expire(BootTime now);
  /// Bytes held for unfinished messages.
  std::size_t partial_bytes() const;

 private:
  CodecLimits limits_;
  std::unique_ptr<Reassembly> reassembly_;  // made with the first chunk
};

using UpDecoder = Decoder<sync::UpMessage>;
using DownDecoder = Decoder<sync::DownMessage>;

}  // namespace edge::link
