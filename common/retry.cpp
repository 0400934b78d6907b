#include "common/retry.h"

#include <algorithm>

namespace edge {

Duration PauseBeforeRetry(Random& random, int failures, Duration first, Duration last) {
  Duration ceiling = std::min(first, last);
  if (ceiling <= Duration::zero()) return Duration::zero();
  // Halved and not doubled: no number of failures overflows.
  for (int i = 0; i < failures && ceiling < last; ++i) {
    ceiling = ceiling > last / 2 ? last : ceiling * 2;
  }
  return ceiling / 2 + random.Jitter(ceiling / 2);
}

}  // namespace edge
