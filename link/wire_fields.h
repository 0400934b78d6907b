#pragma once

#include <string>
#include <string_view>

#include "common/status.h"
#include "proto/edge/v1/link.pb.h"
#include "sync/messages.h"

namespace edge::link {

// Fields shared by several messages, to and from the wire. Everything read is checked against the
// bounds that proto/edge/v1/link.proto states.

inline constexpr std::size_t kMaxNamespace = 63;
inline constexpr std::size_t kMaxObjectName = 253;
inline constexpr std::size_t kMaxId = 128;
inline constexpr std::size_t kMaxVersionText = 64;
inline constexpr std::size_t kMaxBrokerUrl = 270;
inline constexpr std::size_t kMaxText = 1024;
inline constexpr int kMaxRows = 4096;
inline constexpr int kMaxInventory = 16384;

/// A UUID in 16 bytes, any other text as it is (see the top of link.proto).
std::string PackId(std::string_view id);
Result<std::string> UnpackId(std::string_view packed, std::string_view field);

/// kInvalidArgument naming the field when `size` (bytes or elements) is over the limit.
Status CheckSize(std::size_t size, std::size_t limit, std::string_view field);

/// A text for people, which may be any error's: cut to what its field may hold, and '?' for what is
/// not UTF-8, because protobuf's strings must be.
std::string CutText(std::string_view text, std::size_t limit = kMaxText);

/// 16 bytes, or none for all zero: of versions and digests.
std::string PackHash(const sync::Digest& hash);
Status UnpackHash(std::string_view packed, std::string_view field, sync::Digest& out);

void PackEntry(const sync::Entry& entry, edge::v1::Entry& out);
Result<sync::Entry> UnpackEntry(const edge::v1::Entry& entry);

/// Of a token's life, as the API bounds it.
inline constexpr std::uint64_t kMinTokenSeconds = 600;
inline constexpr std::uint64_t kMaxTokenSeconds = std::uint64_t{1} << 32;

/// The fields that TokenRequest and TokenReply share.
template <typename Message>
void PackTokenKey(const sync::TokenKey& key, Message& out) {
  out.set_pod_uid(PackId(key.pod_uid));
  out.set_audience(key.audience);
  out.set_expiration_seconds(key.expiration_seconds);
}
Result<sync::TokenKey> UnpackTokenKey(std::string_view pod_uid, const std::string& audience,
                                      std::uint64_t expiration_seconds);

void PackOrder(const sync::Order& order, edge::v1::Order& out);
sync::Order UnpackOrder(const edge::v1::Order& order);

}  // namespace edge::link
