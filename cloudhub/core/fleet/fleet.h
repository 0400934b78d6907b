#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "cloudhub/core/fleet/config_follower.h"
#include "cloudhub/core/fleet/evidence_seeker.h"
#include "cloudhub/core/fleet/late_pods.h"
#include "cloudhub/core/fleet/object_cache.h"
#include "cloudhub/core/fleet/toleration_keeper.h"
#include "cloudhub/core/session/node_session.h"
#include "cloudhub/core/shards/shard_keeper.h"

namespace edge::cloudhub {

struct FleetOptions {
  std::string hub_id;
  sync::HubConfig config;
  MemberTimes member_times = {};
  Duration node_pulse = {};  ///< see NodePulse
  /// core/v1 Taints of the Nodes whose EdgeNode names none.
  Json default_taints = Json::array();
};

/// All terminals of a cluster: follows what they need, keeps a session for each EdgeNode, and
/// passes on what comes in from either side. What is bound to a node is held, and read as that
/// node, only while it has an EdgeNode of this cluster and a Node that is ours (design.md 16).
///
/// Thread rule: the loop thread. The ports outlive it.
class Fleet {
 public:
  using RenewCertificate = decltype(SessionContext::renew_certificate);
  using CertificateOf = decltype(SessionContext::certificate_of);
  using RevokeAll = decltype(RetirementContext::revoke_all);

  Fleet(FleetOptions options, KubeApi& api, NodeTransport& transport, Executor& executor,
        Random& random, RenewCertificate renew_certificate, CertificateOf certificate_of = nullptr,
        RevokeAll revoke_all = nullptr);

  void Start();
  /// Leaves all nodes to the other replicas; `done` when that was tried.
  void Leave(Task done) { shards_.Leave(std::move(done)); }
  /// Whether this replica speaks with that node and for it.
  bool Serves(const std::string& node) const { return shards_.Holds(ShardOf(node)); }
  /// How much of the fleet this replica serves.
  bool leads() const { return shards_.leads(); }
  int shards() const { return shards_.held(); }
  int nodes() const { return static_cast<int>(sessions_.size()); }

  /// A message of a node: topic, header and certificate were found to name the same one.
  void OnMessage(const std::string& node, const sync::Header& header,
                 const sync::UpMessage& message);
  void OnBadMessage(const std::string& node, const Status& status);

 private:
  void OnShardHeld(Shard shard, std::uint64_t epoch);
  void OnShardLost(Shard shard);
  void FollowEdgeNodes();
  void FollowNodes();
  void FollowPods();
  void OnEdgeNode(const WatchEvent& event);
  void RemoveEdgeNode(const std::string& name);
  void TidyAfter(const Json& edge_node);
  void LookForEdgeNode(const std::string& name);
  /// Admits the node to the cache, or drops it, as things stand.
  void Judge(const std::string& name);
  void OnObject(sync::Kind kind, const WatchEvent& event);
  void OnNode(const WatchEvent& event);
  void OnPod(const Json& pod);
  void SetTolerations(const Json& edge_node);
  std::optional<Json> ReadPod(const std::string& uid) const;
  void OnConfig(const sync::ObjectKey& key, const WatchEvent& event);
  void Apply(const CacheChanges& changes);
  /// A new list lacked it: only a 404 or another UID, asked for now, says that it is gone.
  void LookForEvidence(const sync::Entry& entry);

  ObjectCache cache_;
  SessionContext context_;
  ShardKeeper shards_;
  ConfigFollower configs_;
  LatePods late_pods_;
  EvidenceSeeker evidence_;
  TolerationKeeper tolerations_;
  std::map<std::string, std::unique_ptr<NodeSession>> sessions_;
  std::set<std::string> unlisted_;  ///< EdgeNodes not seen since their last list began
  std::unique_ptr<Watch> pods_, nodes_, edge_nodes_;
  Timer follow_again_;
};

}  // namespace edge::cloudhub
