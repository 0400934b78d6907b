#include "link/wire_fields.h"

#include <algorithm>

#include "common/bytes.h"

namespace edge::link {
namespace {

constexpr std::size_t kUuidBytes = 16;
constexpr std::size_t kUuidText = 36;

bool IsDash(std::size_t index) { return index == 8 || index == 13 || index == 18 || index == 23; }

bool IsCanonicalUuid(std::string_view id) {
  if (id.size() != kUuidText) return false;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const char c = id[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (IsDash(i) ? c != '-' : !hex) return false;
  }
  return true;
}

std::string UuidText(std::string_view bytes) {
  std::string text = HexEncode(bytes);
  for (const std::size_t at : {8, 13, 18, 23}) text.insert(at, 1, '-');
  return text;
}

}  // namespace

std::string PackId(std::string_view id) {
  if (id.size() == kUuidBytes) return std::string(1, '\0') + std::string(id);
  if (!IsCanonicalUuid(id)) return std::string(id);
  std::string digits(id);
  std::erase(digits, '-');
  return HexDecode(digits).value();
}

Result<std::string> UnpackId(std::string_view packed, std::string_view field) {
  EDGE_RETURN_IF_ERROR(CheckSize(packed.size(), kMaxId, field));
  if (packed.size() == kUuidBytes) return UuidText(packed);
  if (packed.size() == kUuidBytes + 1 && packed.front() == '\0') packed.remove_prefix(1);
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  if (std::any_of(packed.begin(), packed.end(), control)) {
    return InvalidArgument(std::string(field) + " has control characters");
  }
  return std::string(packed);
}

Status CheckSize(std::size_t size, std::size_t limit, std::string_view field) {
  if (size <= limit) return Status::Ok();
  return InvalidArgument(std::string(field) + " has a length of " + std::to_string(size) +
                         ", more than " + std::to_string(limit));
}

std::string CutText(std::string_view text, std::size_t limit) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = Utf8Length(text);
    if (out.size() + std::max<std::size_t>(length, 1) > limit) break;
    out += length == 0 ? std::string_view("?") : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string PackHash(const sync::Digest& hash) {
  if (hash == sync::Digest{}) return {};
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

Status UnpackHash(std::string_view packed, std::string_view field, sync::Digest& out) {
  out = {};
  if (packed.empty()) return Status::Ok();
  if (packed.size() != out.size()) {
    return InvalidArgument(std::string(field) + " has " + std::to_string(packed.size()) +
                           " bytes instead of 16");
  }
  std::copy(packed.begin(), packed.end(), out.begin());
  return Status::Ok();
}

void PackEntry(const sync::Entry& entry, edge::v1::Entry& out) {
  out.set_kind(static_cast<edge::v1::Kind>(entry.key.kind));
  out.set_ns(entry.key.ns);
  out.set_name(entry.key.name);
  out.set_uid(PackId(entry.uid));
  out.set_version(PackHash(entry.version));
}

Result<sync::Entry> UnpackEntry(const edge::v1::Entry& entry) {
  if (!edge::v1::Kind_IsValid(entry.kind()) || entry.kind() == edge::v1::KIND_UNSPECIFIED) {
    return InvalidArgument("object of unknown kind " + std::to_string(entry.kind()));
  }
  EDGE_RETURN_IF_ERROR(CheckSize(entry.ns().size(), kMaxNamespace, "namespace"));
  EDGE_RETURN_IF_ERROR(CheckSize(entry.name().size(), kMaxObjectName, "name"));
  sync::Entry out;
  out.key = {static_cast<sync::Kind>(entry.kind()), entry.ns(), entry.name()};
  EDGE_ASSIGN_OR_RETURN(out.uid, UnpackId(entry.uid(), "uid"));
  EDGE_RETURN_IF_ERROR(UnpackHash(entry.version(), "version", out.version));
  return out;
}

Result<sync::TokenKey> UnpackTokenKey(std::string_view pod_uid, const std::string& audience,
                                      std::uint64_t expiration_seconds) {
  EDGE_RETURN_IF_ERROR(CheckSize(audience.size(), kMaxText, "audience"));
  if (expiration_seconds < kMinTokenSeconds || expiration_seconds > kMaxTokenSeconds) {
    return InvalidArgument("expiration_seconds " + std::to_string(expiration_seconds) +
                           " is not within 600 to 2^32");
  }
  sync::TokenKey key{{}, audience, expiration_seconds};
  EDGE_ASSIGN_OR_RETURN(key.pod_uid, UnpackId(pod_uid, "pod_uid"));
  return key;
}

void PackOrder(const sync::Order& order, edge::v1::Order& out) {
  out.set_epoch(order.epoch);
  out.set_sequence(order.sequence);
}

sync::Order UnpackOrder(const edge::v1::Order& order) { return {order.epoch(), order.sequence()}; }

}  // namespace edge::link
