#include "sync/digest.h"

#include <catch2/catch.hpp>

#include "common/bytes.h"
#include "sync/prune.h"

namespace edge::sync {
namespace {

Entry Make(Kind kind, const char* uid, const char* content) {
  return {{kind, "shop", uid}, uid, VersionOf(content)};
}

}  // namespace

TEST_CASE("The digest of no entries is all zero", "[sync]") { CHECK(DigestOf({}) == Digest{}); }

TEST_CASE("A digest does not depend on the order of its entries", "[sync]") {
  const Entry a = Make(Kind::kPod, "a", "1");
  const Entry b = Make(Kind::kSecret, "b", "1");
  CHECK(DigestOf({a, b}) == DigestOf({b, a}));
}

TEST_CASE("A digest tells kinds and UIDs and versions apart", "[sync]") {
  const Digest digest = DigestOf({Make(Kind::kPod, "a", "1")});
  CHECK(digest != DigestOf({Make(Kind::kPod, "a", "2")}));
  CHECK(digest != DigestOf({Make(Kind::kPod, "b", "1")}));
  CHECK(digest != DigestOf({Make(Kind::kSecret, "a", "1")}));
}

TEST_CASE("The form of the digest that terminals in the field carry stays as it is", "[sync]") {
  const std::string version(16, '\x11');
  Entry entry{{Kind::kPod, "shop", "web"}, "u1", {}};
  entry.version.fill(0x11);
  const auto whole = Sha256(std::string("\x01\x02\x00\x00\x00u1", 7) + version);
  const Digest digest = DigestOf({entry});
  CHECK(std::equal(digest.begin(), digest.end(), whole.begin()));
}

TEST_CASE("A comparison sorts entries into missing and other version and extra", "[sync]") {
  const Entry a = Make(Kind::kPod, "a", "1");
  const Entry b = Make(Kind::kPod, "b", "1");
  const Entry b2 = Make(Kind::kPod, "b", "2");
  const Entry c = Make(Kind::kPod, "c", "1");
  const Difference difference = Compare({a, b2}, {b, c});
  CHECK(difference.missing == std::vector<Entry>{a});
  CHECK(difference.other_version == std::vector<Entry>{b2});
  CHECK(difference.extra == std::vector<Entry>{c});
  CHECK(Compare({a, b}, {b, a}).empty());
}

}  // namespace edge::sync
