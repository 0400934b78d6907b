#pragma once

#include <string>

#include "offline-store/store.h"
#include "sync/node_types.h"

namespace edge::edged {

/// Name of the stored meta value that holds this node's name.
inline constexpr const char* kMetaNodeName = "agent.node_name";

/// What NodeSync wants kept, in the store's words: one for one.
offline_store::Batch ToBatch(const std::vector<sync::StoreChange>& changes);

/// What the store has, in NodeSync's words. The statuses are those of the stored pods, so that the
/// digest of what was reported survives a restart.
sync::NodeStart ToNodeStart(const offline_store::Contents& contents);

/// The node whose pods the store holds; empty when it holds none. It is what this machine is called
/// when its identity cannot be read.
std::string StoredNodeName(const offline_store::Contents& contents);

}  // namespace edge::edged
