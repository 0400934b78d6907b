#include "cloudhub/core/fleet/fleet.h"

#include <optional>
#include <utility>

#include "cloudhub/core/resources.h"
#include "common/log.h"

namespace edge::cloudhub {

Fleet::Fleet(FleetOptions options, KubeApi& api, NodeTransport& transport, Executor& executor,
             Random& random, RenewCertificate renew_certificate)
    : cache_(options.config.cluster_name),
      context_{api,
               transport,
               executor,
               random,
               cache_,
               options.config,
               [this](std::uint64_t floor) { epoch_.RaiseAbove(floor); },
               std::move(renew_certificate)},
      epoch_(std::move(options.hub_id), api, executor,
             [this](std::uint64_t epoch) {
               for (const auto& [name, session] : sessions_) session->SetEpoch(epoch);
             }),
      configs_(
          api, executor,
          {[this](const sync::ObjectKey& key, const WatchEvent& event) { OnConfig(key, event); },
           [this](const sync::ObjectKey& key) { Apply(cache_.PassOn(key)); }}),
      late_pods_(api, {[this](const Json& pod) { Apply(cache_.Apply(sync::Kind::kPod, pod)); },
                       [this](const std::string& node) { cache_.SetListed(node); }}),
      evidence_(api, executor, random) {}

void Fleet::Start() {
  epoch_.RaiseAbove(0);
  FollowEdgeNodes();
}

// Each kind once the one before it was listed: then it is known whose pods are to be held.

void Fleet::FollowEdgeNodes() {
  edge_nodes_ = context_.api.Follow({}, kEdgeNodes, {},
                                    [this](const WatchEvent& event) { OnEdgeNode(event); });
}

void Fleet::FollowNodes() {
  nodes_ = context_.api.Follow({}, kNodes, {}, [this](const WatchEvent& event) {
    OnObject(sync::Kind::kNode, event);
    if (event.type == WatchEvent::Type::kSynced && pods_ == nullptr) FollowPods();
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
      if (nodes_ == nullptr) FollowNodes();
      return;
    case WatchEvent::Type::kDeleted: return RemoveEdgeNode(name);
    default: break;
  }
  unlisted_.erase(name);
  auto& session = sessions_[name];
  if (session != nullptr) {
    session->SetEdgeNode(event.object);
  } else {
    session = std::make_unique<NodeSession>(context_, event.object);
    if (epoch_.epoch() > 0) session->SetEpoch(epoch_.epoch());
  }
  Judge(name);
}

void Fleet::RemoveEdgeNode(const std::string& name) {
  if (sessions_.erase(name) > 0) LogInfo("EdgeNode deleted", {{"NODE", name}});
  Judge(name);
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
    default: Apply(cache_.Apply(kind, event.object)); break;
  }
  if (kind != sync::Kind::kNode) return;
  const std::string name = FindString(event.object, {"metadata", "name"});
  Judge(name);
  const auto session = sessions_.find(name);
  if (session == sessions_.end()) return;
  session->second->OnNodeChanged(event.type == WatchEvent::Type::kDeleted);
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
         Apply(cache_.Delete(entry.key.kind, gone));
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
  const auto session = sessions_.find(node);
  if (session == sessions_.end()) {
    LogWarning("message of a node without an EdgeNode dropped",
               {{"NODE", node}, {"CLUSTER_UID", header.cluster_uid}});
    return;
  }
  session->second->OnMessage(message);
}

void Fleet::OnBadMessage(const std::string& node, const Status& status) {
  const auto session = sessions_.find(node);
  if (session != sessions_.end()) return session->second->OnBadMessage(status);
  LogWarning("bad message", {{"NODE", node}, {"WHY", status.ToString()}});
}

}  // namespace edge::cloudhub
