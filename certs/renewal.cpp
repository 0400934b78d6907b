#include "certs/renewal.h"

#include <algorithm>

namespace edge::certs {
namespace {

constexpr Duration kLongestWait = std::chrono::hours(24);
constexpr Duration kFirstCeiling = std::chrono::minutes(1);
constexpr Duration kLastCeiling = std::chrono::hours(6);

}  // namespace

RenewalSchedule::RenewalSchedule(const CertificateFacts& facts, double jitter)
    : not_before_(facts.not_before), not_after_(facts.not_after) {
  const Duration life = not_after_ - not_before_;
  const Duration spread(static_cast<Duration::rep>(static_cast<double>((life / 10).count()) *
                                                   std::clamp(jitter, 0.0, 1.0)));
  // The spread lies before two thirds: nobody is later than that because of it.
  due_at_ = not_before_ + life / 3 * 2 - spread;
}

Duration RenewalSchedule::Wait(WallTime now, Duration held_for) const {
  const bool clock_believable = now >= not_before_ && now <= not_after_;
  const Duration by_wall = due_at_ - now;
  const Duration by_use = (due_at_ - not_before_) - held_for;
  const Duration wait = clock_believable ? std::min(by_wall, by_use) : by_use;
  return std::clamp(wait, Duration::zero(), kLongestWait);
}

bool RenewalSchedule::Due(WallTime now, Duration held_for) const {
  return Wait(now, held_for) == Duration::zero();
}

Duration RenewalBackoff(int attempts, Random& random) {
  const int doublings = std::clamp(attempts, 0, 9);
  return random.Jitter(std::min<Duration>(kFirstCeiling * (1 << doublings), kLastCeiling));
}

}  // namespace edge::certs
