#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/random.h"
#include "sync/heartbeat_filter.h"
#include "sync/hub_queue.h"
#include "sync/hub_types.h"

namespace edge::sync {

/// The hub's end of the link to one node: brings what the node holds to what the API wants of it,
/// and asks for statuses that the API has lost (design.md 3-7). Holds no truth: all that it needs
/// to know comes back with heartbeats, so it can be thrown away at any time. A few KB each.
///
/// Wiring, in the hub (one per EdgeNode that this replica's Lease covers):
///
///   HubSession session(config, view, random);
///   Do(session.SetEpoch(lease's epoch, now)): nothing is sent before that;
///   watch ADDED/MODIFIED of an object in the node's desired set:  Do(session.Changed(entry, now));
///   watch DELETED (a real event, not absence from a list):        Do(session.Deleted(entry, now));
///   a ConfigMap, Secret or Service that no pod of the node refers to any more:
///                                                        Do(session.Unreferenced(entry, now));
///   Heartbeat, HeartbeatUnchanged, Ack, Inventory, Stale from the node (checked against topic
///   and certificate):                            Do(session.Receive(message, now));
///   Do(out): publish out.send with the hub's Header; for each of out.gets one KubeApi::Get, its
///            result to Do(session.Answer(answer, now)); out.raise_epoch_above: if this replica
///            still holds the Lease, write a higher epoch there, then SetEpoch; else forget it;
///            out.heard: renew the node's Lease.
///   Timer: Do(session.Tick(now)) at next_tick(), or every second for all sessions.
///   Lease lost: destroy the session.
///
/// StatusReport, EventReport and CertificateRequest are others' business: Receive ignores them.
/// When out.store_changed is set, their sequences start afresh too.
///
/// A HeartbeatUnchanged is completed from the whole heartbeat that it names, and from no other: a
/// digest that the node does not have is never compared. Without that one it shows life, no more,
/// and the whole one is asked for; the next short one repeats that.
///
/// While a watch lists (until kSynced, or after kRelisted) only what differs from the cache before
/// is told: after a hub's start nothing is, the digests find what the node lacks.
///
/// Changes made while the node is away are queued by UID (kMaxQueued at most; the digests find the
/// rest) and counted in pending().
///
/// Thread rule: one thread (the loop's). `config`, `view` and `random` outlive it. Failure modes:
/// none of its own.
class HubSession {
 public:
  HubSession(const HubConfig& config, const DesiredView& view, Random& random);
  HubSession(HubConfig&& config, const DesiredView& view, Random& random) = delete;

  /// The epoch under which this replica speaks; what is in flight is sent again under it.
  /// A lower or equal one does nothing.
  HubOutput SetEpoch(std::uint64_t epoch, BootTime now);
  HubOutput Changed(const Entry& entry, BootTime now);
  HubOutput Deleted(const Entry& entry, BootTime now);
  HubOutput Unreferenced(const Entry& entry, BootTime now);
  HubOutput Receive(const UpMessage& message, BootTime now);
  HubOutput Answer(const GetAnswer& answer, BootTime now);
  HubOutput Tick(BootTime now);
  /// An operator confirms that the node may leave `cluster_uid` for this hub's cluster.
  HubOutput ConfirmFrom(const std::string& cluster_uid, BootTime now);
  /// The broker that the node is to connect to.
  HubOutput SetBroker(const std::string& broker_url, BootTime now);
  const std::string& broker_url() const { return broker_url_; }

  /// When Tick has something to do; nullopt: only a message can bring work.
  std::optional<BootTime> next_tick() const;
  /// A heartbeat came within the last three intervals.
  bool connected() const { return connected_; }
  /// Objects that the node is known not to hold as wanted: for EdgeNode.status.pendingObjects.
  std::size_t pending() const { return queue_.size() + refused_.size(); }
  /// Objects that the node refused, and why; for conditions and Events. Tried again with back-off.
  const std::map<std::string, Refusal>& refused() const { return refused_; }
  /// The other cluster that the node says it belongs to; empty when it is ours or not known.
  const std::string& other_cluster() const { return other_cluster_; }
  /// The last heartbeat taken, be it completed from a short one; nullopt before the first.
  const std::optional<Heartbeat>& heartbeat() const { return heartbeat_; }

 private:
  struct Round {  // a ListRequest on its way, and what changed since it was asked
    ListRequest request;
    BootTime expires;
    std::set<std::string> touched;
  };
  struct Quiet {  // a difference that was looked into; again after a growing wait
    Digest hub{}, node{};
    Duration wait{0};
    BootTime until;
  };

  bool Ready() const;
  bool Hear(const std::string& session_id, std::uint64_t sequence, BootTime now, HubOutput* out);
  void OnHeartbeat(const Heartbeat& heartbeat, BootTime now, HubOutput* out);
  void OnUnchanged(const HeartbeatUnchanged& unchanged, BootTime now, HubOutput* out);
  void Take(const Heartbeat& heartbeat, BootTime now, HubOutput* out);
  void OnRow(const Ack::Row& row, BootTime now, HubOutput* out);
  void OnInventory(const Inventory& inventory, BootTime now, HubOutput* out);
  void Resolve(const Inventory& inventory, BootTime now, HubOutput* out);
  void ResolveStatuses(const Inventory& inventory, HubOutput* out);
  void Examine(const Entry& extra, HubOutput* out);
  void CompareDigests(BootTime now, HubOutput* out);
  bool Look(Quiet* quiet, const Digest& hub, const Digest& node, BootTime now) const;
  void StartRound(ListRequest::Which which, BootTime now, HubOutput* out);
  void Touch(const Entry& entry);
  bool IsRefused(const Entry& entry, BootTime now) const;
  void Refuse(const Ack::Row& row, BootTime now);
  void PruneRefused(const std::vector<Entry>& desired);
  void SendWelcome(HubOutput* out) const;
  void Fill(BootTime now, HubOutput* out);
  std::uint32_t Rule() const;
  Duration Interval() const;

  const HubConfig& config_;
  const DesiredView& view_;
  Random& random_;
  HubQueue queue_;
  HeartbeatFilter filter_;
  std::optional<Heartbeat> heartbeat_;
  // Sequence of the whole heartbeat that heartbeat_ is or repeats; none of the session heard last.
  std::optional<std::uint64_t> whole_;
  bool greet_ = false;  // connected anew, and no heartbeat taken since
  BootTime heard_{};
  bool connected_ = false;
  std::uint64_t epoch_ = 0;
  std::string other_cluster_;
  std::string confirmed_from_;
  std::string broker_url_;
  std::optional<Round> round_;
  std::uint64_t next_list_id_ = 1;
  Quiet quiet_desired_, quiet_status_;
  std::map<std::string, Refusal> refused_;  // by UID
};

}  // namespace edge::sync
