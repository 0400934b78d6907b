#pragma once

#include "common/clock.h"
#include "common/random.h"

namespace edge {

/// How long to wait after the `failures`-th failure in a row (0 the first): between a half of a
/// ceiling and the whole, so that thousands who lost one connection do not come back at once. The
/// ceiling starts at `first`, doubles with each failure, and ends at `last`.
Duration PauseBeforeRetry(Random& random, int failures, Duration first, Duration last);

}  // namespace edge
