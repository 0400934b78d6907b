#pragma once

#include <vector>

#include "sync/types.h"

namespace edge::sync {

/// SHA-256 over the (kind, uid, version) of the entries in their order, cut to 128 bits; all zero
/// for no entries. The order in which they are given does not matter. Pure.
Digest DigestOf(const std::vector<Entry>& entries);

/// What the hub has and the node has not, and the other way round. Compared by kind and UID.
struct Difference {
  std::vector<Entry> missing;        ///< the hub's; the node has no such UID
  std::vector<Entry> other_version;  ///< the hub's; the node has another version of that UID
  std::vector<Entry> extra;          ///< the node's. Not evidence that they are gone (design.md 5)
  bool empty() const { return missing.empty() && other_version.empty() && extra.empty(); }
};
Difference Compare(const std::vector<Entry>& hub, const std::vector<Entry>& node);

}  // namespace edge::sync
