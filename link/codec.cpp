#include "link/codec.h"

#include <google/protobuf/stubs/logging.h>

#include <optional>

#include "common/bytes.h"
#include "link/body.h"
#include "link/element_count.h"
#include "link/pack.h"
#include "link/reassembly.h"
#include "link/wire_fields.h"
#include "proto/edge/v1/link.pb.h"

namespace edge::link {
namespace {

using edge::v1::Envelope;

// What an envelope takes beside its body, generously: versions, cluster UID, name, chunk.
constexpr std::size_t kEnvelopeBytes = 384;
constexpr std::size_t kMaxMessages = 4096;
// Of all messages of a body together: the longest list, and a few fields for each message.
constexpr std::size_t kMaxFields = 65536;
constexpr std::size_t kMaxNode = 63;

template <typename Message>
struct Wire;
template <>
struct Wire<sync::UpMessage> {
  using Body = edge::v1::UpBody;
  using One = edge::v1::UpMessage;
};
template <>
struct Wire<sync::DownMessage> {
  using Body = edge::v1::DownBody;
  using One = edge::v1::DownMessage;
};

Envelope MakeEnvelope(const sync::Header& header) {
  Envelope envelope;
  envelope.set_link_version(kLinkVersion);
  envelope.set_min_link_version(kMinLinkVersion);
  envelope.set_cluster_uid(PackId(header.cluster_uid));
  envelope.set_node(header.node);
  return envelope;
}

std::vector<std::string> Split(Envelope& envelope, const std::string& body, std::size_t piece) {
  const std::size_t count = (body.size() + piece - 1) / piece;
  edge::v1::Chunk& chunk = *envelope.mutable_chunk();
  chunk.set_sha256(std::string(AsBytes(Sha256(body))));
  chunk.set_count(static_cast<std::uint32_t>(count));
  chunk.set_total_size(static_cast<std::uint32_t>(body.size()));
  std::vector<std::string> packets;
  for (std::size_t i = 0; i < count; ++i) {
    chunk.set_index(static_cast<std::uint32_t>(i));
    envelope.set_body(body.substr(i * piece, piece));
    packets.push_back(envelope.SerializeAsString());
  }
  return packets;
}

template <typename Message>
Result<std::vector<std::string>> Encode(const sync::Header& header,
                                        std::span<const Message> messages,
                                        const CodecLimits& limits) {
  typename Wire<Message>::Body packed;
  for (const Message& message : messages) Pack(header, message, *packed.add_messages());
  std::string body = packed.SerializeAsString();
  if (body.size() > limits.plain_bytes) {
    return ResourceExhausted("message of " + std::to_string(body.size()) + " bytes for node " +
                                 header.node + "; the link takes " +
                                 std::to_string(limits.plain_bytes),
                             "make the object smaller");
  }
  Envelope envelope = MakeEnvelope(header);
  if (body.size() >= limits.compress_from) {
    if (std::string smaller = Compress(body, limits.ratio); !smaller.empty()) {
      envelope.set_compression(edge::v1::COMPRESSION_ZSTD);
      envelope.set_plain_size(static_cast<std::uint32_t>(body.size()));
      body = std::move(smaller);
    }
  }
  const std::size_t room = limits.packet_bytes - kEnvelopeBytes;
  if (body.size() > room) return Split(envelope, body, room);
  envelope.set_body(std::move(body));
  return std::vector<std::string>{envelope.SerializeAsString()};
}

Status CheckVersion(const Envelope& envelope) {
  const std::uint32_t theirs = envelope.link_version();
  if (theirs == 0) return InvalidArgument("not a packet of the link: it has no link version");
  if (theirs >= kMinLinkVersion && theirs <= kLinkVersion) return Status::Ok();
  return {Code::kFailedPrecondition,
          "packet of link version " + std::to_string(theirs) + " (its sender reads from " +
              std::to_string(envelope.min_link_version()) + " on), and this program reads " +
              std::to_string(kMinLinkVersion) + " to " + std::to_string(kLinkVersion),
          theirs > kLinkVersion ? "upgrade this program" : "upgrade the sender"};
}

Result<sync::Header> UnpackHeader(const Envelope& envelope) {
  EDGE_RETURN_IF_ERROR(CheckSize(envelope.node().size(), kMaxNode, "node"));
  sync::Header header;
  EDGE_ASSIGN_OR_RETURN(header.cluster_uid, UnpackId(envelope.cluster_uid(), "cluster_uid"));
  header.node = envelope.node();
  header.link_version = envelope.link_version();
  header.min_link_version = envelope.min_link_version();
  return header;
}

/// The library writes a line to stderr for each string that is not UTF-8: nobody shall fill a log
/// by sending such. What it cannot read it says by its return values too.
void SilenceProtobuf() {
  [[maybe_unused]] static const auto kOld = google::protobuf::SetLogHandler(nullptr);
}

Result<Envelope> ReadEnvelope(std::string_view packet, const CodecLimits& limits) {
  SilenceProtobuf();
  if (packet.size() > limits.packet_bytes) {
    return ResourceExhausted("packet of " + std::to_string(packet.size()) + " bytes; at most " +
                             std::to_string(limits.packet_bytes) + " are taken");
  }
  Envelope envelope;
  if (!envelope.ParseFromArray(packet.data(), static_cast<int>(packet.size()))) {
    return InvalidArgument("not a packet of the link (" + std::to_string(packet.size()) +
                           " bytes that are no envelope)");
  }
  EDGE_RETURN_IF_ERROR(CheckVersion(envelope));
  return envelope;
}

Piece PieceOf(const Envelope& envelope, const std::string& context) {
  const edge::v1::Chunk& chunk = envelope.chunk();
  return {chunk.sha256(),     chunk.index(),   chunk.count(),
          chunk.total_size(), envelope.body(), context};
}

Result<std::string> Unpacked(const Envelope& envelope, std::string body,
                             const CodecLimits& limits) {
  switch (envelope.compression()) {
    case edge::v1::COMPRESSION_NONE: return body;
    case edge::v1::COMPRESSION_ZSTD:
      return Decompress(body, envelope.plain_size(), limits.plain_bytes, limits.ratio);
    default: break;
  }
  return InvalidArgument("body with unknown compression " + std::to_string(envelope.compression()));
}

template <typename Message>
Status ReadBody(const std::string& plain, Decoded<Message>& out) {
  const ElementCount count = CountElements(plain);
  EDGE_RETURN_IF_ERROR(CheckSize(count.messages, kMaxMessages, "the list of messages"));
  EDGE_RETURN_IF_ERROR(CheckSize(count.fields, kMaxFields, "the messages' fields"));
  typename Wire<Message>::Body body;
  if (!body.ParseFromString(plain)) return InvalidArgument("the packet's body is no message list");
  for (const auto& packed : body.messages()) {
    Result<Message> message = Unpack(out.header, packed);
    if (message.ok()) {
      out.messages.push_back(std::move(*message));
    } else {
      out.skipped.push_back(message.status());
    }
  }
  return Status::Ok();
}

}  // namespace

Result<std::vector<std::string>> EncodeUp(const sync::Header& header,
                                          std::span<const sync::UpMessage> messages,
                                          const CodecLimits& limits) {
  return Encode(header, messages, limits);
}

Result<std::vector<std::string>> EncodeDown(const sync::Header& header,
                                            std::span<const sync::DownMessage> messages,
                                            const CodecLimits& limits) {
  return Encode(header, messages, limits);
}

std::size_t EncodedSize(const sync::UpMessage& message) {
  edge::v1::UpMessage packed;
  Pack({}, message, packed);
  return packed.ByteSizeLong() +
         24;  // the field's own tag and length, and ids that the header saves
}

std::size_t EncodedSize(const sync::DownMessage& message) {
  edge::v1::DownMessage packed;
  Pack({}, message, packed);
  return packed.ByteSizeLong() + 24;
}

template <typename Message>
Decoder<Message>::Decoder(CodecLimits limits) : limits_(limits) {}
template <typename Message>
Decoder<Message>::~Decoder() = default;
template <typename Message>
Decoder<Message>::Decoder(Decoder&&) noexcept = default;
template <typename Message>
Decoder<Message>& Decoder<Message>::operator=(Decoder&&) noexcept = default;

template <typename Message>
Result<Decoded<Message>> Decoder<Message>::Decode(std::string_view packet, BootTime now) {
  EDGE_ASSIGN_OR_RETURN(Envelope envelope, ReadEnvelope(packet, limits_));
  Decoded<Message> out;
  EDGE_ASSIGN_OR_RETURN(out.header, UnpackHeader(envelope));
  std::string body;
  if (envelope.has_chunk()) {
    if (reassembly_ == nullptr) reassembly_ = std::make_unique<Reassembly>(limits_);
    const std::string context = envelope.cluster_uid() + "/" + envelope.node() + "/" +
                                std::to_string(envelope.compression()) + "/" +
                                std::to_string(envelope.plain_size());
    auto whole = reassembly_->Add(PieceOf(envelope, context), now);
    if (reassembly_->bytes() == 0) reassembly_.reset();
    if (!whole.ok()) return whole.status();
    if (!whole->has_value()) return out;
    body = std::move(**whole);
  } else {
    body = std::move(*envelope.mutable_body());
  }
  EDGE_ASSIGN_OR_RETURN(const std::string plain, Unpacked(envelope, std::move(body), limits_));
  EDGE_RETURN_IF_ERROR(ReadBody(plain, out));
  return out;
}

template <typename Message>
void Decoder<Message>::Expire(BootTime now) {
  if (reassembly_ == nullptr) return;
  reassembly_->Expire(now);
  if (reassembly_->bytes() == 0) reassembly_.reset();
}

template <typename Message>
std::size_t Decoder<Message>::partial_bytes() const {
  return reassembly_ == nullptr ? 0 : reassembly_->bytes();
}

template class Decoder<sync::UpMessage>;
template class Decoder<sync::DownMessage>;

}  // namespace edge::link
