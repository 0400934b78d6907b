#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sync/heartbeat_shortener.h"
#include "sync/node_state.h"
#include "sync/node_types.h"

namespace edge::sync {

/// The node's end of the link: decides what of the hub's messages is kept, what goes, and what is
/// answered (design.md 1-7). Pure values in and out; it does no I/O itself.
///
/// Wiring, in the agent:
///
///   NodeSync sync(start from Store::Load, references);
///   on a Put, Remove, ListRequest, StatusRequest, HeartbeatRequest or Welcome:
///                                                          Do(sync.Receive(header, message));
///   on a StatusAck or EventAck: only if sync.FromOwnCluster(header);
///   Do(out): out.commit non-empty -> Store::Commit(mapped, [..](Status s) { Do(sync.Committed(s));
///   });
///            publish out.send; wake the reconciler for out.changed; put out.resend_statuses
///            into the outbox again; apply out.welcome; out.heartbeat_now: send one now.
///   for a heartbeat: publish sync.Beat(heartbeat), whole or short.
///   when the connection is lost: sync.BeatWhole().
///   when a status row was committed to the outbox: sync.StatusReported(entry).
///
/// One batch is in the store's hands at a time; what arrives meanwhile waits and makes the next
/// batch, so a burst of a hundred pods is two commits. Acks leave NodeSync only after the commit;
/// a failed one changes nothing here and is answered with kStoreFailed for the hub to try again.
///
/// Rules that its users meet:
/// - Another cluster's hub gets kOtherCluster and nothing else, until its Welcome confirms the
///   move away from the held cluster. Then the new cluster's orders count and the objects stay
///   until it removes them with evidence. A node of no cluster takes the first that speaks to it.
/// - A message of an epoch below the highest seen, or below the object's order, is dropped as
///   kStale. A removed UID leaves a tombstone and does not come back.
/// - A new UID under a held name is stored BESIDE the old one: a Put from a lagging cache is no
///   evidence that the old one is gone. Both are in the digest, so the hub looks and removes the
///   one that is. The pod core starts the new one once the old one is torn down; who reads a
///   ConfigMap, Secret or Service by name asks Current().
/// - A ConfigMap or Secret that is removed while a held pod refers to it is retained: usable, in
///   no digest. It goes with the last pod that refers to it, or when its name is stored anew.
/// - A redelivery of what is held is acked kAlreadyHeld without any store change.
///
/// Thread rule: one thread (the loop's). Failure modes: none of its own; a message that cannot be
/// taken is answered with an Outcome that says why.
class NodeSync {
 public:
  NodeSync(NodeStart start, References references);

  /// A message from the hub. StatusAck, EventAck and CertificateReply are not for it: ignored.
  /// Beyond kMaxWaiting messages behind a commit the rest is dropped; the hub sends it again.
  NodeOutput Receive(const Header& header, const DownMessage& message);
  /// What became of the last NodeOutput::commit. A call without one in flight does nothing.
  NodeOutput Committed(const Status& status);

  /// Whether the sender's cluster is the held one.
  bool FromOwnCluster(const Header& header) const;

  /// A status was put into the outbox; `entry.version` is StatusVersion of it.
  void StatusReported(const Entry& entry);
  /// The object's status is reported no more (the pod is gone on both sides).
  void StatusForgotten(Kind kind, const std::string& uid);
  std::vector<Entry> Statuses() const;

  /// held_cluster_uid, epoch, prune_rule, the two digests and unwelcomed.
  void Fill(Heartbeat* heartbeat) const;
  /// Fills it. What to send: the heartbeat, or, to a hub that reads it, that nothing has changed
  /// since an earlier one.
  UpMessage Beat(Heartbeat heartbeat);
  /// The next heartbeat goes whole: who knows what of the last connection came through.
  void BeatWhole() { shortener_.Reset(); }
  /// The next heartbeat asks the hub for its Welcome, be it known or not.
  void AskForWelcome() {
    hub_.reset();
    shortener_.Reset();
  }

  /// What is held and committed, by kind and UID; retained ones included.
  const HeldMap& held() const { return state_.held(); }
  /// The object to use under a name: of several UIDs the one that is not retained and was ordered
  /// last. nullptr when none is held. Valid until the next call.
  const StoredObject* Current(const ObjectKey& key) const { return state_.Current(key); }
  const std::string& cluster_uid() const { return state_.cluster_uid(); }
  std::uint64_t epoch() const { return state_.epoch(); }
  /// Whether a commit's result is awaited.
  bool committing() const { return committing_; }

  /// Messages that wait behind a commit at most: over ten times a hub's in-flight budget.
  static constexpr std::size_t kMaxWaiting = 1024;

 private:
  using Waiting = std::vector<std::pair<Header, DownMessage>>;

  NodeOutput RunBatch(const Waiting& batch);
  void ApplyOne(const Header& header, const DownMessage& message);
  void ApplyWelcome(const Header& header, const Welcome& welcome);
  void AddRow(const Entry& entry, const Order& order, Verdict verdict);
  NodeOutput Settle();
  void Answer(const ListRequest& request, NodeOutput* out) const;
  bool Welcomed() const { return hub_ && hub_->epoch == state_.epoch(); }

  NodeState state_;   // what is committed
  NodeState staged_;  // state_ with the batch in hand applied
  StagedChanges changes_;
  std::vector<Ack::Row> rows_;
  bool say_stale_ = false;
  bool store_epoch_ = false;
  std::optional<Welcome> welcome_;
  std::optional<Welcome> hub_;  // the last one applied: it speaks for the hub of its epoch only
  HeartbeatShortener shortener_;
  bool committing_ = false;
  Waiting waiting_;
  Waiting asked_;  // requests from a cluster that may be the held one after the commit
  std::map<std::pair<Kind, std::string>, Entry> statuses_;
};

}  // namespace edge::sync
