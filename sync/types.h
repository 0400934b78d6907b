#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace edge::sync {

/// The kinds of objects that go down to a node. The numbers are on the wire: never reuse one.
enum class Kind : std::uint8_t {
  kUnspecified = 0,
  kPod = 1,
  kConfigMap = 2,
  kSecret = 3,
  kService = 4,
  kNode = 5,
};

/// Which object: a name in the API. Another object may take the name later, with another UID.
struct ObjectKey {
  Kind kind = Kind::kUnspecified;
  std::string ns;  ///< empty for cluster-scoped kinds
  std::string name;
  auto operator<=>(const ObjectKey&) const = default;
};

/// SHA-256 of an object's pruned bytes, cut to 128 bits (design.md 2).
using Version = std::array<std::uint8_t, 16>;

/// A digest over a set of (kind, uid, version): 128 bits of SHA-256. Of the empty set: all zero.
using Digest = std::array<std::uint8_t, 16>;

/// One element of what a digest is made of and of the lists that resolve a difference.
struct Entry {
  ObjectKey key;
  std::string uid;
  Version version{};
  auto operator<=>(const Entry&) const = default;
};

/// Where a downward message stands in order (design.md 6): compared within one cluster UID only.
struct Order {
  std::uint64_t epoch = 0;
  std::uint64_t sequence = 0;
  auto operator<=>(const Order&) const = default;
};

/// Which token of a pod's ServiceAccount, as a volume source asks for it.
struct TokenKey {
  std::string pod_uid;
  std::string audience;                  ///< empty: the API's own
  std::uint64_t expiration_seconds = 0;  ///< 600 to 2^32
  auto operator<=>(const TokenKey&) const = default;
};

/// Pruned Kubernetes JSON, shared because it is held by cache, session and message at once and
/// never changes. Thread rule: immutable, any thread.
using ObjectBytes = std::shared_ptr<const std::string>;

/// An object as the node should hold it.
struct DesiredObject {
  Entry entry;
  ObjectBytes bytes;
};

}  // namespace edge::sync
