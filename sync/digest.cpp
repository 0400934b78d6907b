#include "sync/digest.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "common/bytes.h"

namespace edge::sync {
namespace {

/// Kind, length of the UID (4 bytes, little endian), UID, version: no two entries read alike.
std::string Frame(const Entry& entry) {
  std::string frame(1, static_cast<char>(entry.key.kind));
  const auto size = static_cast<std::uint32_t>(entry.uid.size());
  for (int shift = 0; shift < 32; shift += 8) frame += static_cast<char>((size >> shift) & 0xff);
  frame += entry.uid;
  frame.append(reinterpret_cast<const char*>(entry.version.data()), entry.version.size());
  return frame;
}

std::map<std::pair<Kind, std::string>, const Entry*> ByUid(const std::vector<Entry>& entries) {
  std::map<std::pair<Kind, std::string>, const Entry*> by_uid;
  for (const Entry& entry : entries) by_uid[{entry.key.kind, entry.uid}] = &entry;
  return by_uid;
}

}  // namespace

Digest DigestOf(const std::vector<Entry>& entries) {
  Digest digest{};
  if (entries.empty()) return digest;
  std::vector<const Entry*> sorted;
  sorted.reserve(entries.size());
  for (const Entry& entry : entries) sorted.push_back(&entry);
  std::sort(sorted.begin(), sorted.end(), [](const Entry* a, const Entry* b) {
    return std::tie(a->key.kind, a->uid, a->version) < std::tie(b->key.kind, b->uid, b->version);
  });
  std::string text;
  for (const Entry* entry : sorted) text += Frame(*entry);
  const Sha256Digest hash = Sha256(text);
  std::copy_n(hash.begin(), digest.size(), digest.begin());
  return digest;
}

Difference Compare(const std::vector<Entry>& hub, const std::vector<Entry>& node) {
  Difference difference;
  const auto wanted = ByUid(hub);
  const auto held = ByUid(node);
  for (const auto& [key, entry] : wanted) {
    const auto at = held.find(key);
    if (at == held.end()) {
      difference.missing.push_back(*entry);
    } else if (at->second->version != entry->version) {
      difference.other_version.push_back(*entry);
    }
  }
  for (const auto& [key, entry] : held) {
    if (wanted.count(key) == 0) difference.extra.push_back(*entry);
  }
  return difference;
}

}  // namespace edge::sync
