#pragma once

#include "edged/core/pod/reconcile.h"

namespace edge::edged {

/// What the observations add to the facts: attempts, exits and their back-off, how long containers
/// have run. Idempotent: the same observation twice counts once.
PodFacts FoldFacts(const DesiredPod& desired, const ObservedPod& observed, const PodFacts& facts,
                   Now now);

}  // namespace edge::edged
