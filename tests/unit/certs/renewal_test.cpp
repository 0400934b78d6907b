#include "certs/renewal.h"

#include "tests/unit/certs/fixtures.h"

namespace edge::certs {
using namespace testing;  // NOLINT(google-build-using-namespace)

namespace {

constexpr Duration kDay = std::chrono::hours(24);

/// A certificate of 90 days.
CertificateFacts Facts() {
  CertificateFacts facts;
  facts.not_before = kNow;
  facts.not_after = kNow + 90 * kDay;
  return facts;
}

}  // namespace

TEST_CASE("A certificate is renewed at two thirds of its life", "[certs]") {
  const RenewalSchedule schedule(Facts(), 0);
  CHECK_FALSE(schedule.Due(kNow + 59 * kDay, 59 * kDay));
  CHECK(schedule.Due(kNow + 60 * kDay, Duration::zero()));
}

TEST_CASE("Jitter only makes a renewal earlier and by no more than a tenth of the life",
          "[certs]") {
  CHECK(RenewalSchedule(Facts(), 1).due_at() == kNow + 51 * kDay);
  CHECK(RenewalSchedule(Facts(), 0.5).due_at() > RenewalSchedule(Facts(), 1).due_at());
  CHECK(RenewalSchedule(Facts(), 7).due_at() == RenewalSchedule(Facts(), 1).due_at());
}

TEST_CASE("A clock outside the life of the certificate does not decide", "[certs]") {
  const RenewalSchedule schedule(Facts(), 0);
  CHECK_FALSE(schedule.Due(WallTime{}, Duration::zero()));
  CHECK_FALSE(schedule.Due(kNow + 3650 * kDay, Duration::zero()));
  CHECK(schedule.Due(WallTime{}, 60 * kDay));
}

TEST_CASE("The schedule looks at the clock once a day at least", "[certs]") {
  const RenewalSchedule schedule(Facts(), 0);
  CHECK(schedule.Wait(kNow, Duration::zero()) == kDay);
  CHECK(schedule.Wait(kNow + 60 * kDay - std::chrono::hours(1), Duration::zero()) ==
        std::chrono::hours(1));
}

TEST_CASE("The wait between renewal attempts grows from a minute to six hours", "[certs]") {
  SeededRandom random(1);
  Duration longest{};
  for (int i = 0; i < 200; ++i) {
    CHECK(RenewalBackoff(0, random) <= std::chrono::minutes(1));
    longest = std::max(longest, RenewalBackoff(1000, random));
  }
  CHECK(longest <= std::chrono::hours(6));
  CHECK(longest > std::chrono::hours(5));
}

}  // namespace edge::certs
