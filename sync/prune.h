#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/json.h"
#include "sync/types.h"

namespace edge::sync {

// What of an object goes down to a node, and what of a status the node answers for. The rules are
// part of the link: terminals in the field compare by them, so a rule that was released never
// changes; a new one gets the next number (design.md 2). Pure; any thread.

/// The rule that PruneObject follows.
inline constexpr std::uint32_t kPruneRule = 1;

/// Whether this build can prune by that rule.
constexpr bool KnowsPruneRule(std::uint32_t rule) { return rule == kPruneRule; }

/// The canonical bytes of an object as a node holds it: sorted keys, compact, with apiVersion and
/// kind (items of lists lack them), without what a node never reads or wrote itself:
/// resourceVersion, managedFields, selfLink, the last-applied annotation, generation (but of pods:
/// observedGeneration needs it) and status. deletionTimestamp and its grace are desired state and
/// stay. Of a pod's status only the conditions stay that its readinessGates name: others write
/// them and the node reads them.
std::string PruneObject(Kind kind, const Json& object);

/// SHA-256 of the bytes, cut to 128 bits.
Version VersionOf(std::string_view bytes);

/// What PruneObject's bytes are about. `object` needs metadata with name and uid; an entry whose
/// uid is empty belongs to an object that cannot be sent.
Entry EntryOf(Kind kind, const Json& object, Version version);

/// The part of a Pod's or Node's status that the node itself writes; what scheduler, controllers
/// and webhooks add (PodScheduled, DisruptionTarget, nominatedNodeName, extended resources,
/// foreign conditions) is left out. Empty object for other kinds.
Json OwnedStatus(Kind kind, const Json& status);

/// The hash that both ends compare: over OwnedStatus without null and empty values (the API server
/// drops some and fills in others) and with conditions and container statuses in the order of
/// their names. A Node's addresses, daemonEndpoints and heartbeat times are left out: the hub
/// rewrites the first two (design.md 18). Quantities must be in canonical form.
Version StatusVersion(Kind kind, const Json& status);

}  // namespace edge::sync
