#pragma once

#include <optional>
#include <string>

#include "common/clock.h"
#include "common/json.h"

namespace edge::cloudhub {

/// How a replica of the hub acts as its nodes (design.md 16).
enum class ActingAsNodes {
  kUnknown,      ///< the API server has not answered yet
  kConstrained,  ///< constrained impersonation: as nodes alone, and for what the role lists
  kLegacy,       ///< the older verb, which reaches any user
  kNone,
};

/// The revision of the EdgeNode and EdgeHub kinds that this hub was written for: the annotation
/// `edge.kubeedge.io/revision` of the CRDs in deploy/crds. Raised with each field that is added.
inline constexpr int kKindsRevision = 1;
inline constexpr const char* kKindsRevisionAnnotation = "edge.kubeedge.io/revision";

/// What the status of an EdgeHub is made of.
struct HubFacts {
  std::string version;
  ActingAsNodes acting = ActingAsNodes::kUnknown;
  bool leads = false;  ///< its own Lease holds
  bool broker_connected = false;
  int buckets = 0;
  int nodes = 0;
  /// Revision of the CRD that the cluster has; 0: it names none; nullopt: not read yet.
  std::optional<int> kinds_revision;
};

/// The status of an EdgeHub (edge.kubeedge.io/v1), with times of change taken from `previous` where
/// nothing changed. Pure.
Json ComputeHubStatus(const HubFacts& facts, const Json& previous, WallTime now);

}  // namespace edge::cloudhub
