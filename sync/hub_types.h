#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "sync/messages.h"

namespace edge::sync {

/// What the API wants of one node, as the hub's watch caches have it. The caches may lag, be
/// partial or empty: nothing here is evidence that an object is gone.
///
/// Thread rule: the loop thread.
class DesiredView {
 public:
  virtual ~DesiredView() = default;
  /// The first list of that kind came through and the watch has not been refused since. While pods
  /// are not synced no digest is compared; of a kind that is not, nothing is examined for removal.
  virtual bool Synced(Kind kind) const = 0;
  /// All that the node should hold, with versions by that pruning rule: its pods (bound to it and
  /// not gone), its Node, the ConfigMaps, Secrets and Services that its pods use. In any order.
  virtual std::vector<Entry> Desired(std::uint32_t prune_rule) const = 0;
  /// One of them with its bytes; nullopt when it is not (or no more) among them.
  virtual std::optional<DesiredObject> Find(Kind kind, const std::string& uid,
                                            std::uint32_t prune_rule) const = 0;
  /// Whether a pod of the node uses that ConfigMap, Secret or Service, existing or not.
  virtual bool Referenced(const ObjectKey& key) const = 0;
  /// Statuses in the API of the node's pods and of its Node; version: StatusVersion.
  virtual std::vector<Entry> Statuses() const = 0;
};

struct HubConfig {
  std::string cluster_uid;
  std::string cluster_name;
  std::string hub_version;
  std::uint32_t heartbeat_seconds = 15;
  std::size_t max_in_flight = 64;                  ///< messages to the node without an ack
  std::size_t max_in_flight_bytes = 256 * 1024;    ///< one larger object goes alone
  Duration retry_first = std::chrono::seconds(3);  ///< grows by two, with jitter
  Duration retry_limit = std::chrono::seconds(60);
};

/// A read for evidence, to be made now, without resourceVersion (design.md 5). `entry` is what the
/// node holds.
struct GetRequest {
  Entry entry;
};

struct GetAnswer {
  Entry entry;  ///< the request's
  enum class What {
    kFound,     ///< `uid` is what lives under the name
    kNotFound,  ///< HTTP 404 and nothing else
    kError,     ///< anything else: 401, 403, 5xx, time-out. No evidence
  } what = What::kError;
  std::string uid;
};

/// Why the node did not take an object.
struct Refusal {
  Entry entry;
  Outcome outcome = Outcome::kUnspecified;
  std::string message;
  Duration wait{0};
  BootTime retry_at;
};

/// What the owner has to do; each part may be empty.
struct HubOutput {
  std::vector<DownMessage> send;
  std::vector<GetRequest> gets;
  /// The node has seen this epoch, which is not below ours.
  std::optional<std::uint64_t> raise_epoch_above;
  /// The node's store is another one than before: sequences of its reports start afresh.
  bool store_changed = false;
  /// A heartbeat came that is neither doubled nor late: the node is there, and its Lease is
  /// renewed.
  bool heard = false;
  /// Two agents take turns under this node's certificate (design.md 22).
  bool twin_seen = false;
  /// A new session of the agent, or the first heartbeat after silence.
  bool connected_now = false;
  /// Heartbeats have stopped.
  bool disconnected_now = false;
};

}  // namespace edge::sync
