#include "cloudhub/core/fleet/fleet.h"

#include <utility>

#include "cloudhub/core/resources.h"
#include "common/log.h"

namespace edge::cloudhub {

Fleet::Fleet(FleetOptions options, KubeApi& api, NodeTransport& transport, Executor& executor,
             Random& random, RenewCertificate renew_certificate)
    : context_{api,
               transport,
               executor,
               random,
               cache_,
               std::move(options.config),
               [this](std::uint64_t floor) { epoch_.RaiseAbove(floor); },
               std::move(renew_certificate)},
      epoch_(std::move(options.hub_id), api, executor,
             [this](std::uint64_t epoch) {
               for (const auto& [name, session] : sessions_) session->SetEpoch(epoch);
             }),
      configs_(api, [this](const sync::ObjectKey& key, const WatchEvent& event) {
        OnConfig(key, event);
      }) {}

void Fleet::Start() {
  epoch_.RaiseAbove(0);
  KubeApi& api = context_.api;
  edge_nodes_ =
      api.Follow({}, kEdgeNodes, {}, [this](const WatchEvent& event) { OnEdgeNode(event); });
  nodes_ = api.Follow({}, kNodes, {},
                      [this](const WatchEvent& event) { OnObject(sync::Kind::kNode, event); });
  pods_ = api.Follow({}, kPods, {},
                     [this](const WatchEvent& event) { OnObject(sync::Kind::kPod, event); });
}

void Fleet::OnEdgeNode(const WatchEvent& event) {
  if (!event.object.is_object()) return;
  const std::string name = FindString(event.object, {"metadata", "name"});
  if (event.type == WatchEvent::Type::kDeleted) {
    sessions_.erase(name);
    LogInfo("EdgeNode deleted", {{"NODE", name}});
    return;
  }
  auto& session = sessions_[name];
  if (session != nullptr) return session->SetEdgeNode(event.object);
  session = std::make_unique<NodeSession>(context_, event.object);
  if (epoch_.epoch() > 0) session->SetEpoch(epoch_.epoch());
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
  const auto session = sessions_.find(FindString(event.object, {"metadata", "name"}));
  if (session == sessions_.end()) return;
  session->second->OnNodeChanged(event.type == WatchEvent::Type::kDeleted);
}

void Fleet::LookForEvidence(const sync::Entry& entry) {
  const bool pod = entry.key.kind == sync::Kind::kPod;
  context_.api.Get(
      {}, pod ? kPods : kNodes, entry.key.ns, entry.key.name,
      [this, entry, alive = std::weak_ptr(alive_)](const Result<Json>& found) {
        if (alive.expired()) return;
        const bool other = found.ok() && FindString(*found, {"metadata", "uid"}) != entry.uid;
        if (!other && found.status().code() != Code::kNotFound) return;
        const Json gone = {
            {"metadata",
             {{"name", entry.key.name}, {"namespace", entry.key.ns}, {"uid", entry.uid}}}};
        Apply(cache_.Delete(entry.key.kind, gone));
      });
}

void Fleet::OnConfig(const sync::ObjectKey& key, const WatchEvent& event) {
  switch (event.type) {
    case WatchEvent::Type::kSynced:
      cache_.SetConfigSynced(key, true);
      for (const auto& [node, session] : sessions_) {
        if (cache_.Referenced(node, key)) session->OnConfigSynced();
      }
      return;
    case WatchEvent::Type::kRelisted: cache_.SetConfigSynced(key, false); return;
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
