#pragma once

#include <algorithm>

#include "common/random.h"

namespace edge::cloudhub::kubernetes {

/// Ever longer waits, from about a second to about half a minute; each between a half of its
/// ceiling and the whole, so that thousands who lost one connection do not come back at once.
///
/// Thread rule: one thread.
class Backoff {
 public:
  explicit Backoff(Random& random) : random_(random) {}

  /// `at_least`: what the server asked for.
  Duration Next(Duration at_least = Duration::zero()) {
    const Duration wait = ceiling_ / 2 + random_.Jitter(ceiling_ / 2);
    ceiling_ = std::min<Duration>(ceiling_ * 2, kLongest);
    if (at_least <= wait) return wait;
    return at_least + random_.Jitter(kFirst);
  }
  void Reset() { ceiling_ = kFirst; }

 private:
  static constexpr Duration kFirst = std::chrono::seconds(1);
  static constexpr Duration kLongest = std::chrono::seconds(30);

  Random& random_;
  Duration ceiling_ = kFirst;
};

}  // namespace edge::cloudhub::kubernetes
