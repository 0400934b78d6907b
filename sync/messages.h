#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "sync/types.h"

namespace edge::sync {

// What the two ends say to each other, without its wire form (proto/edge/v1, link/codec). The
// numbers of the enums are on the wire: never reuse one.

/// What every message carries beside its body.
struct Header {
  std::string cluster_uid;  ///< kube-system's UID; empty from a node that belongs to none yet
  std::string node;         ///< node name; checked against the topic and the certificate
  std::uint32_t link_version = 1;      ///< version of this message's form
  std::uint32_t min_link_version = 1;  ///< oldest form that the sender still reads
};

/// Why the hub says that an object is gone (design.md 5).
enum class Evidence : std::uint8_t {
  kUnspecified = 0,
  kWatchDeleted = 1,
  kGetNotFound = 2,
  kGetOtherUid = 3,
  /// No pod bound to the node refers to it; the node checks that against the pods it holds.
  kUnreferenced = 4,
};

/// Whether the API said that this UID is gone, and not merely that the node needs it no more.
constexpr bool IsProof(Evidence evidence) {
  return evidence == Evidence::kWatchDeleted || evidence == Evidence::kGetNotFound ||
         evidence == Evidence::kGetOtherUid;
}

enum class Outcome : std::uint8_t {
  kUnspecified = 0,
  kCommitted = 1,      ///< it is on the node's disk
  kAlreadyHeld = 2,    ///< nothing to do: held before, or gone before
  kStale = 3,          ///< a higher order was applied for the object, or a higher epoch seen
  kTombstoned = 4,     ///< that UID was removed on the node and does not come back
  kOtherCluster = 5,   ///< the node belongs to another cluster (design.md 7)
  kInvalid = 6,        ///< the object cannot be read; `message` says why
  kStoreFailed = 7,    ///< not kept; `message` says why; the hub sends it again later
  kNoEvidence = 8,     ///< a removal without evidence
  kStillReferred = 9,  ///< kept until no held pod refers to it
};

// Down: hub to node.

struct Put {
  DesiredObject object;
  std::uint32_t prune_rule = 0;
  Order order;
};

struct Remove {
  Entry entry;
  Order order;
  Evidence evidence = Evidence::kUnspecified;
};

/// Asks for the list behind a digest.
struct ListRequest {
  enum class Which : std::uint8_t { kDesired = 0, kStatus = 1 } which = Which::kDesired;
  std::uint64_t id = 0;  ///< comes back in the Inventory
  std::uint64_t epoch = 0;
};

/// Asks for the full status of these objects again, although the node may have had them acked.
struct StatusRequest {
  std::vector<std::string> uids;
};

/// What became of rows of the node's status outbox; sent after the API took or refused them.
struct StatusAck {
  struct Row {
    std::string uid;
    std::uint64_t sequence = 0;
    std::string refused;  ///< empty: written. Else why the API refused it for good
  };
  std::vector<Row> rows;
};

/// All events up to and including `sequence` are settled.
struct EventAck {
  std::uint64_t sequence = 0;
};

/// Settings of the link that the hub decides; sent on the first heartbeat of a session and on
/// change.
struct Welcome {
  std::uint64_t epoch = 0;
  std::string cluster_name;
  std::string hub_version;
  std::uint32_t heartbeat_seconds = 15;
  /// Confirms that the node may leave this cluster for the header's one (design.md 7).
  std::string confirmed_from_cluster_uid;
  /// The hub of this epoch reads HeartbeatUnchanged.
  bool reads_unchanged = false;
  std::string broker_url = {};  ///< where the node is to connect to; empty: not said
};

/// The answer to a CertificateRequest.
struct CertificateReply {
  std::string certificate_pem;  ///< leaf, then intermediates; empty when refused
  std::string refused;          ///< cause and next step
};

/// Asks for a whole heartbeat at once: the hub lacks the one that a HeartbeatUnchanged names.
struct HeartbeatRequest {
  std::string session_id;      ///< of the HeartbeatUnchanged, as is the sequence
  std::uint64_t sequence = 0;  ///< a whole heartbeat sent since is the answer already
};

/// The answer to a TokenRequest: a token, or a refusal. Never logged.
struct TokenReply {
  TokenKey key;
  std::string token;                   ///< empty when refused
  std::uint64_t lifetime_seconds = 0;  ///< as the API gave it
  std::int64_t expires_at = 0;         ///< the end of that, seconds since the epoch
  std::string refused;                 ///< cause and next step
};

using DownMessage = std::variant<Put, Remove, ListRequest, StatusRequest, StatusAck, EventAck,
                                 Welcome, CertificateReply, HeartbeatRequest, TokenReply>;

// Up: node to hub.

struct Heartbeat {
  std::string store_id;  ///< another one: sequences start afresh (design.md 6)
  std::string boot_id;
  std::string session_id;      ///< random at each start of the agent: two at once are two machines
  std::uint64_t sequence = 0;  ///< rises by one within a session
  std::string agent_version;
  std::uint32_t prune_rule = 0;
  std::string held_cluster_uid;  ///< the cluster it belongs to
  std::uint64_t epoch = 0;       ///< highest seen from that cluster
  Digest desired{};              ///< over the held objects that are not retained
  Digest status{};               ///< over the statuses it last put into its outbox
  std::uint32_t pending_statuses = 0, pending_events = 0;
  std::uint64_t dropped_events = 0;
  std::uint32_t interval_seconds = 15;
  std::string degraded;  ///< what is wrong with the store or runtime; empty when nothing
  std::uint32_t held_unknown_sandboxes = 0;  ///< running ones of ours that the store does not know
  bool unwelcomed = false;      ///< this session has heard no Welcome of `epoch`: send it again
  std::string broker_url = {};  ///< the broker that it is connected to
  bool operator==(const Heartbeat&) const = default;
};

/// As an earlier heartbeat of the session, in all but the sequence.
struct HeartbeatUnchanged {
  std::string session_id;
  std::uint64_t sequence = 0;  ///< one count with the whole ones
  std::uint64_t whole = 0;     ///< sequence of that earlier one, which was a whole one
};

/// What became of Puts and Removes.
struct Ack {
  struct Row {
    Entry entry;
    Order order;
    Outcome outcome = Outcome::kUnspecified;
    std::string message;
  };
  std::vector<Row> rows;
};

/// The list behind a digest, whole.
struct Inventory {
  ListRequest::Which which = ListRequest::Which::kDesired;
  std::uint64_t id = 0;
  std::vector<Entry> entries;
};

struct StatusReport {
  struct Row {
    std::uint64_t sequence = 0;
    Entry entry;        ///< version: of `bytes`
    std::string bytes;  ///< {"metadata": {name, namespace, uid}, "status": {...}}
  };
  std::vector<Row> rows;
};

struct EventReport {
  struct Row {
    std::uint64_t sequence = 0;
    std::string bytes;  ///< a core/v1 Event
  };
  std::vector<Row> rows;
  std::uint64_t dropped = 0;  ///< since the store was made
};

/// A message was dropped because the node has seen a higher epoch.
struct Stale {
  std::uint64_t epoch = 0;
};

/// Asks for a new certificate over the node's own, authenticated link.
struct CertificateRequest {
  std::string csr_pem;
};

/// Asks for a token of a pod's ServiceAccount, which is in no digest (design.md 2).
struct TokenRequest {
  TokenKey key;
  std::string ns, name;  ///< of the pod
  std::string service_account;
};

using UpMessage = std::variant<Heartbeat, Ack, Inventory, StatusReport, EventReport, Stale,
                               CertificateRequest, HeartbeatUnchanged, TokenRequest>;

}  // namespace edge::sync
