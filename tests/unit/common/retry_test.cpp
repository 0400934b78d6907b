#include "common/retry.h"

#include <catch2/catch.hpp>
#include <climits>

namespace edge {
namespace {

using std::chrono::seconds;

TEST_CASE("A pause before a retry lies between a half of its ceiling and the whole", "[common]") {
  SeededRandom random(1);
  for (int failures = 0; failures < 5; ++failures) {
    const Duration ceiling = seconds(1) * (1 << failures);
    for (int i = 0; i < 200; ++i) {
      const Duration pause = PauseBeforeRetry(random, failures, seconds(1), seconds(16));
      CHECK(pause >= ceiling / 2);
      CHECK(pause <= ceiling);
    }
  }
}

TEST_CASE("However many failures there were, the pause is not above its limit", "[common]") {
  SeededRandom random(1);
  for (const int failures : {5, 63, 64, 1000, INT_MAX}) {
    const Duration pause = PauseBeforeRetry(random, failures, seconds(1), seconds(20));
    CHECK(pause >= seconds(10));
    CHECK(pause <= seconds(20));
  }
  CHECK(PauseBeforeRetry(random, INT_MAX, seconds(1), Duration::max()) > seconds(1));
  CHECK(PauseBeforeRetry(random, 0, seconds(5), seconds(2)) <= seconds(2));
  CHECK(PauseBeforeRetry(random, 3, Duration::zero(), Duration::zero()) == Duration::zero());
}

}  // namespace
}  // namespace edge
