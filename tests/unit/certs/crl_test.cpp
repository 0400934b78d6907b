#include "certs/authority.h"
#include "tests/unit/certs/fixtures.h"

namespace edge::certs {
using namespace testing;  // NOLINT(google-build-using-namespace)

TEST_CASE("A revocation list holds the serials and its number and its times", "[certs]") {
  const WallTime later = kNow + std::chrono::hours(24);
  const auto pem = TestAuthority().MakeCrl({{"ab12", kNow, later}, {"0a", kNow, later}}, 7, kNow);
  const CrlFacts facts = ReadCrl(pem.value()).value();
  CHECK(facts.number == 7);
  CHECK(facts.serials == std::vector<std::string>{"a", "ab12"});
  CHECK(facts.next_update == kNow + std::chrono::hours(24 * 30));
}

TEST_CASE("An empty revocation list can be made and read", "[certs]") {
  CHECK(ReadCrl(TestAuthority().MakeCrl({}, 1, kNow).value())->serials.empty());
}

TEST_CASE("Expired certificates drop out of the revocation list", "[certs]") {
  const auto pem = TestAuthority().MakeCrl(
      {{"1", kNow, kNow - std::chrono::hours(1)}, {"2", kNow, kNow + std::chrono::hours(1)}}, 1,
      kNow);
  CHECK(ReadCrl(pem.value())->serials == std::vector<std::string>{"2"});
}

TEST_CASE("A revocation list is renewed when a day old or when its rows changed", "[certs]") {
  const std::vector<RevokedCertificate> rows = {{"2", kNow, kNow + std::chrono::hours(1000)}};
  const CrlFacts facts = ReadCrl(TestAuthority().MakeCrl(rows, 1, kNow).value()).value();
  CHECK_FALSE(CrlNeedsRenewal(facts, rows, kNow + std::chrono::hours(23)));
  CHECK(CrlNeedsRenewal(facts, rows, kNow + std::chrono::hours(24)));
  CHECK(CrlNeedsRenewal(facts, {}, kNow));
  CHECK(CrlNeedsRenewal(facts, rows, kNow - std::chrono::hours(24 * 365)));
}

TEST_CASE("A serial that is not hex is refused", "[certs]") {
  const WallTime later = kNow + std::chrono::hours(24);
  for (const char* bad : {"", "xyz", "12 34"}) {
    CHECK(TestAuthority().MakeCrl({{bad, kNow, later}}, 1, kNow).status().code() ==
          Code::kInvalidArgument);
  }
  CHECK(ReadCrl("junk").status().code() == Code::kInvalidArgument);
}

}  // namespace edge::certs
