#include "cloudhub/core/fleet/fleet.h"

#include <utility>

#include "cloudhub/core/resources.h"
#include "common/log.h"

namespace edge::cloudhub {
namespace {

/// How long after a shard was taken the next one may still come, at a start or a takeover.
constexpr Duration kSettle = std::chrono::milliseconds(20);

}  // namespace

Fleet::Fleet(FleetOptions options, KubeApi& api, NodeTransport& transport, Executor& executor,
             Random& random, RenewCertificate renew_certificate, CertificateOf certificate_of,
             RevokeAll revoke_all)
    : cache_(options.config.cluster_name),
      context_{
          api,
          transport,
          executor,
          random,
          cache_,
          options.config,
          options.node_pulse,
          [this](const std::string& node, std::uint64_t floor) {
            shards_.RaiseAbove(ShardOf(node), floor);
          },
          std::move(renew_certificate),
          std::move(certificate_of),
          {api, executor, random, options.config.cluster_name, std::move(options.default_taints)},
          {api, executor, random, options.config.cluster_name, std::move(revoke_all),
           [&transport](const std::string& node, std::function<void(Status)> done) {
             transport.EndSession(node, std::move(done));
           }}},
      shards_(options.hub_id, api, executor, random, options.member_times,
              {[this](Shard shard, std::uint64_t epoch) { OnShardHeld(shard, epoch); },
               [this](Shard shard) { OnShardLost(shard); }}),
      configs_(
          api, executor,
          {[this](const sync::ObjectKey& key, const WatchEvent& event) { OnConfig(key, event); },
           [this](const sync::ObjectKey& key) { Apply(cache_.PassOn(key)); }}),
      late_pods_(api, {[this](const Json& pod) { OnPod(pod); },
                       [this](const std::string& node) { cache_.SetListed(node); }}),
      evidence_(api, executor, random),
      tolerations_(api, executor, random, [this](const std::string& uid) { return ReadPod(uid); }) {
}

void Fleet::Start() { shards_.Start(); }

void Fleet::OnShardHeld(Shard shard, std::uint64_t epoch) {
  for (const auto& [name, session] : sessions_) {
    if (ShardOf(name) == shard) session->SetEpoch(epoch);
  }
  // Of nodes in other shards nothing is kept: a new list tells of those that are ours now. One list
  // for all shards that come at once.
  follow_again_ = context_.executor.After(kSettle, [this] { FollowEdgeNodes(); });
}

void Fleet::OnShardLost(Shard shard) {
  std::vector<std::string> lost;
  for (const auto& [name, session] : sessions_) {
    if (ShardOf(name) == shard) lost.push_back(name);
  }
  for (const std::string& name : lost) {
    sessions_.erase(name);
    unlisted_.erase(name);
    Judge(name);
  }
}

// Each kind once the one before it was listed: then it is known whose pods are to be held.

void Fleet::FollowEdgeNodes() {
  for (const auto& [name, session] : sessions_) unlisted_.insert(name);
  if (pods_ != nullptr) {  // those of nodes that are ours from now on were passed over
    pods_.reset();
    cache_.SetSynced(sync::Kind::kPod, false);
    late_pods_.EndAll();
  }
  edge_nodes_ = context_.api.Follow({}, kEdgeNodes, {},
                                    [this](const WatchEvent& event) { OnEdgeNode(event); });
}

void Fleet::FollowNodes() {
  nodes_ = context_.api.Follow({}, kNodes, {}, [this](const WatchEvent& event) {
    OnObject(sync::Kind::kNode, event);
    if (event.type != WatchEvent::Type::kSynced || context_.registration.nodes_listed) return;
    context_.registration.nodes_listed = true;
    for (const auto& [name, session] : sessions_) session->OnNodesListed();
    if (pods_ == nullptr) FollowPods();
  });
}

void Fleet::FollowPods() {
  pods_ = context_.api.Follow({}, kPods, {}, [this](const WatchEvent& event) {
    if (event.type == WatchEvent::Type::kRelisted) late_pods_.EndAll();
    late_pods_.OnTold(event.object);
    OnObject(sync::Kind::kPod, event);
  });
}

void Fleet::OnEdgeNode(const WatchEvent& event) {
  const std::string name = FindString(event.object, {"metadata", "name"});
  switch (event.type) {
    case WatchEvent::Type::kRelisted:
      for (const auto& [listed, session] : sessions_) unlisted_.insert(listed);
      return;
    case WatchEvent::Type::kSynced:
      for (const std::string& unlisted : std::exchange(unlisted_, {})) LookForEdgeNode(unlisted);
      if (nodes_ == nullptr) return FollowNodes();
      if (pods_ == nullptr) FollowPods();
      return;
    case WatchEvent::Type::kDeleted: TidyAfter(event.object); return RemoveEdgeNode(name);
    default: break;
  }
  unlisted_.erase(name);
  if (!Serves(name)) return;
  auto& session = sessions_[name];
  if (session != nullptr) {
    session->SetEdgeNode(event.object);
  } else {
    session = std::make_unique<NodeSession>(context_, event.object);
    session->SetEpoch(shards_.EpochOf(ShardOf(name)));
  }
  Judge(name);
  SetTolerations(event.object);
}

void Fleet::RemoveEdgeNode(const std::string& name) {
  if (sessions_.erase(name) > 0) LogInfo("EdgeNode deleted", {{"NODE", name}});
  tolerations_.SetPolicy(name, std::nullopt);
  Judge(name);
}

/// One that went although it has not been retired: somebody took its finalizer away, or it never
/// had one. What can be done without it is done once.
void Fleet::TidyAfter(const Json& edge_node) {
  const std::string name = FindString(edge_node, {"metadata", "name"});
  const auto session = sessions_.find(name);
  if (session == sessions_.end() || session->second->Retired()) return;
  const RetirementContext& retirement = context_.retirement;
  const auto say = [name](const Status& done) {
    if (!done.ok() && done.code() != Code::kNotFound) {
      LogWarning("an EdgeNode was deleted before its terminal was retired",
                 {{"NODE", name}, {"WHY", done.ToString()}});
    }
  };
  if (retirement.revoke_all) retirement.revoke_all(edge_node, say);
  retirement.end_session(name, say);
  const std::string uid = cache_.NodeUid(name);
  if (uid.empty() || !session->second->BelongsHere()) return;
  context_.api.Delete({}, kNodes, "", name, uid, std::nullopt,
                      [say](const Result<Json>& done) { say(done.status()); });
}

void Fleet::LookForEdgeNode(const std::string& name) {
  evidence_.Look({kEdgeNodes, "", name, ""}, {[this, name]() -> std::optional<Actor> {
                                                if (!sessions_.contains(name)) return std::nullopt;
                                                return Actor{};
                                              },
                                              [this, name] { RemoveEdgeNode(name); }});
}

void Fleet::Judge(const std::string& name) {
  const auto session = sessions_.find(name);
  if (session == sessions_.end() || !session->second->BelongsHere()) {
    Apply(cache_.Drop(name));
  } else if (!cache_.NodeUid(name).empty() && cache_.Admit(name)) {
    late_pods_.Begin(name);
  }
  if (!cache_.Admitted(name)) late_pods_.End(name);
}

void Fleet::OnObject(sync::Kind kind, const WatchEvent& event) {
  switch (event.type) {
    case WatchEvent::Type::kSynced:
      for (const sync::Entry& entry : cache_.SetSynced(kind, true)) LookForEvidence(entry);
      return;
    case WatchEvent::Type::kRelisted: cache_.SetSynced(kind, false); return;
    case WatchEvent::Type::kDeleted: Apply(cache_.Delete(kind, event.object)); break;
    default:
      if (kind == sync::Kind::kPod) return OnPod(event.object);
      Apply(cache_.Apply(kind, event.object));
      break;
  }
  if (kind == sync::Kind::kNode) OnNode(event);
}

void Fleet::OnNode(const WatchEvent& event) {
  const std::string name = FindString(event.object, {"metadata", "name"});
  Judge(name);
  const auto session = sessions_.find(name);
  if (session == sessions_.end()) return;
  if (event.type == WatchEvent::Type::kDeleted) return session->second->OnNodeGone();
  session->second->OnNode(event.object);
}

void Fleet::OnPod(const Json& pod) {
  Apply(cache_.Apply(sync::Kind::kPod, pod));
  if (cache_.Admitted(FindString(pod, {"spec", "nodeName"}))) tolerations_.OnPod(pod);
}

void Fleet::SetTolerations(const Json& edge_node) {
  const std::string name = FindString(edge_node, {"metadata", "name"});
  std::optional<std::int64_t> seconds;
  if (const Json* found = Find(edge_node, {"spec", "tolerationSeconds"})) {
    if (found->is_number_integer()) seconds = found->get<std::int64_t>();
  }
  if (!tolerations_.SetPolicy(name, seconds) || !cache_.Admitted(name)) return;
  for (const sync::Entry& entry : cache_.Desired(name)) {
    if (entry.key.kind != sync::Kind::kPod) continue;
    if (const std::optional<Json> pod = ReadPod(entry.uid)) tolerations_.OnPod(*pod);
  }
}

std::optional<Json> Fleet::ReadPod(const std::string& uid) const {
  const std::optional<std::string> node = cache_.NodeOfPod(uid);
  if (!node || !cache_.Admitted(*node)) return std::nullopt;
  const auto held = cache_.Find(*node, sync::Kind::kPod, uid);
  if (!held) return std::nullopt;
  Result<Json> pod = ParseJson(*held->bytes);
  return pod.ok() ? std::optional(std::move(*pod)) : std::nullopt;
}

void Fleet::LookForEvidence(const sync::Entry& entry) {
  const sync::ObjectKey& key = entry.key;
  evidence_.Look(
      {*ResourceOf(key.kind), key.ns, key.name, entry.uid},
      {[this, entry]() -> std::optional<Actor> {
         if (!cache_.Holds(entry)) return std::nullopt;
         return Actor{cache_.ReaderOf(entry.key)};
       },
       [this, entry] {
         const Json gone = {
             {"metadata",
              {{"name", entry.key.name}, {"namespace", entry.key.ns}, {"uid", entry.uid}}}};
         OnObject(entry.key.kind, {WatchEvent::Type::kDeleted, gone});
       }});
}

void Fleet::OnConfig(const sync::ObjectKey& key, const WatchEvent& event) {
  switch (event.type) {
    case WatchEvent::Type::kSynced:
      if (const auto unlisted = cache_.SetConfigSynced(key, true)) LookForEvidence(*unlisted);
      for (const auto& [node, session] : sessions_) {
        if (cache_.Referenced(node, key)) session->OnConfigSynced();
      }
      return;
    case WatchEvent::Type::kRelisted:
    case WatchEvent::Type::kRefused: cache_.SetConfigSynced(key, false); return;
    case WatchEvent::Type::kDeleted: return Apply(cache_.Delete(key.kind, event.object));
    default: return Apply(cache_.Apply(key.kind, event.object));
  }
}

void Fleet::Apply(const CacheChanges& changes) {
  for (const FollowChange& change : changes.follows) {
    if (change.follow) {
      configs_.Follow(change.key, change.node);
    } else {
      configs_.Unfollow(change.key);
    }
  }
  for (const NodeChange& change : changes.nodes) {
    const auto session = sessions_.find(change.node);
    if (session != sessions_.end()) session->second->OnChange(change);
  }
}

void Fleet::OnMessage(const std::string& node, const sync::Header& header,
                      const sync::UpMessage& message) {
  if (!Serves(node)) return;  // another replica does
  const auto session = sessions_.find(node);
  if (session == sessions_.end()) {
    LogWarning("message of a node without an EdgeNode dropped",
               {{"NODE", node}, {"CLUSTER_UID", header.cluster_uid}});
    return;
  }
  session->second->OnMessage(header, message);
}

void Fleet::OnBadMessage(const std::string& node, const Status& status) {
  const auto session = sessions_.find(node);
  if (session != sessions_.end()) return session->second->OnBadMessage(status);
  if (!node.empty() && !Serves(node)) return;
  LogWarning("bad message", {{"NODE", node}, {"WHY", status.ToString()}});
}

}  // namespace edge::cloudhub
