#pragma once

#include "common/random.h"
#include "common/retry.h"

namespace edge::cloudhub::kubernetes {

/// Ever longer waits, from about a second to about half a minute, as PauseBeforeRetry gives them.
///
/// Thread rule: one thread.
class Backoff {
 public:
  explicit Backoff(Random& random) : random_(random) {}

  /// `at_least`: what the server asked for.
  Duration Next(Duration at_least = Duration::zero()) {
    const Duration wait = PauseBeforeRetry(random_, failures_++, kFirst, kLongest);
    if (at_least <= wait) return wait;
    return at_least + random_.Jitter(kFirst);
  }
  void Reset() { failures_ = 0; }

 private:
  static constexpr Duration kFirst = std::chrono::seconds(1);
  static constexpr Duration kLongest = std::chrono::seconds(30);

  Random& random_;
  int failures_ = 0;
};

}  // namespace edge::cloudhub::kubernetes
