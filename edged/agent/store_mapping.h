#pragma once

#include "offline-store/store.h"
#include "sync/node_types.h"

namespace edge::edged {

/// What NodeSync wants kept, in the store's words: one for one.
offline_store::Batch ToBatch(const std::vector<sync::StoreChange>& changes);

/// What the store has, in NodeSync's words. The statuses are those of the stored pods, so that the
/// digest of what was reported survives a restart.
sync::NodeStart ToNodeStart(const offline_store::Contents& contents);

}  // namespace edge::edged
