#pragma once

#include <cstdint>
#include <string>

#include "common/clock.h"
#include "common/json.h"

namespace edge::cloudhub {

/// How it stands with the certificates of a terminal.
struct CertificateState {
  enum class What { kNotIssued, kValid, kExpired, kRevoked } what = What::kNotIssued;
  WallTime not_after{};  ///< of the one that lasts longest
  bool operator==(const CertificateState&) const = default;
};

/// What the status of an EdgeNode is made of.
struct EdgeNodeFacts {
  std::string node;  ///< the EdgeNode's name, and the Node's
  std::int64_t generation = 0;
  /// The generation that the Node was last judged by.
  std::int64_t registered_generation = 0;
  /// Empty: the core/v1 Node is there and ours. Else why not, and what to do.
  std::string not_registered;
  /// Empty: the Node is as the EdgeNode wants it. Else what is not, and why.
  std::string node_trouble;
  CertificateState certificate;
  bool connected = false;
  bool ever_seen = false;
  WallTime last_seen{};
  std::string agent_version;
  std::string broker_url;     ///< that it was last heard by; empty: it did not say
  std::string wanted_broker;  ///< spec.connection.brokerURL
  /// Status of the Node's own Ready condition, "True", "False" or "Unknown".
  std::string node_ready = "Unknown";
  std::size_t pending_objects = 0;
  std::uint64_t dropped_events = 0;
  std::string degraded;       ///< the agent's own words; empty when it is well
  std::string link_error;     ///< what was wrong with its last message; empty when nothing
  std::string duplicate;      ///< set while two machines use one certificate
  std::string other_cluster;  ///< set while the node belongs to another cluster
  /// Set while the EdgeNode is being deleted: reason and message of how far that is.
  std::string retiring, retiring_message;
};

/// The status of an EdgeNode (edge.kubeedge.io/v1), with lastTransitionTime of conditions taken
/// from `previous` where nothing changed. Pure, and equal for equal inputs.
Json ComputeEdgeNodeStatus(const EdgeNodeFacts& facts, const Json& previous, WallTime now);

}  // namespace edge::cloudhub
