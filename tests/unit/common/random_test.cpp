#include "common/random.h"

#include <catch2/catch.hpp>
#include <set>

namespace edge {
namespace {

TEST_CASE("A seed gives the same sequence again and another seed another", "[common]") {
  SeededRandom a(7);
  SeededRandom b(7);
  SeededRandom c(8);
  const std::string bytes = a.Bytes(33);
  CHECK(bytes.size() == 33);
  CHECK(bytes == b.Bytes(33));
  CHECK(bytes != c.Bytes(33));
}

TEST_CASE("A number below a bound is below it and reaches both ends", "[common]") {
  SeededRandom random(1);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.Below(5));
  CHECK(seen == std::set<std::uint64_t>{0, 1, 2, 3, 4});
  CHECK(random.Below(1) == 0);
  CHECK(random.Below(UINT64_MAX) < UINT64_MAX);
}

TEST_CASE("Jitter lies between nothing and its ceiling", "[common]") {
  SeededRandom random(1);
  for (int i = 0; i < 1000; ++i) {
    const Duration jitter = random.Jitter(std::chrono::seconds(1));
    CHECK(jitter >= Duration::zero());
    CHECK(jitter <= std::chrono::seconds(1));
  }
  CHECK(random.Jitter(Duration::zero()) == Duration::zero());
  CHECK(random.Jitter(Duration(-5)) == Duration::zero());
  CHECK(random.Jitter(Duration::max()) >= Duration::zero());
}

TEST_CASE("A UUID has the form of version 4 and is not repeated", "[common]") {
  SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string uuid = random.Uuid();
    REQUIRE(uuid.size() == 36);
    CHECK(uuid[8] == '-');
    CHECK(uuid[13] == '-');
    CHECK(uuid[14] == '4');
    CHECK(uuid[18] == '-');
    CHECK(std::string("89ab").find(uuid[19]) != std::string::npos);
    CHECK(uuid[23] == '-');
    seen.insert(uuid);
  }
  CHECK(seen.size() == 100);
}

}  // namespace
}  // namespace edge
