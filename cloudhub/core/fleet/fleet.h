#pragma once

#include <map>
#include <memory>
#include <string>

#include "cloudhub/core/fleet/config_follower.h"
#include "cloudhub/core/fleet/epoch_keeper.h"
#include "cloudhub/core/fleet/object_cache.h"
#include "cloudhub/core/session/node_session.h"

namespace edge::cloudhub {

struct FleetOptions {
  std::string hub_id;
  sync::HubConfig config;
};

/// All terminals of a cluster: follows what they need, keeps a session for each EdgeNode, and
/// passes on what comes in from either side.
///
/// Thread rule: the loop thread. The ports outlive it.
class Fleet {
 public:
  using RenewCertificate = decltype(SessionContext::renew_certificate);

  Fleet(FleetOptions options, KubeApi& api, NodeTransport& transport, Executor& executor,
        Random& random, RenewCertificate renew_certificate);

  void Start();

  /// A message of a node: topic, header and certificate were found to name the same one.
  void OnMessage(const std::string& node, const sync::Header& header,
                 const sync::UpMessage& message);
  void OnBadMessage(const std::string& node, const Status& status);

 private:
  void OnEdgeNode(const WatchEvent& event);
  void OnObject(sync::Kind kind, const WatchEvent& event);
  void OnConfig(const sync::ObjectKey& key, const WatchEvent& event);
  void Apply(const CacheChanges& changes);
  /// A new list lacked it: only a 404 or another UID, asked for now, says that it is gone.
  void LookForEvidence(const sync::Entry& entry);

  ObjectCache cache_;
  SessionContext context_;
  EpochKeeper epoch_;
  ConfigFollower configs_;
  std::map<std::string, std::unique_ptr<NodeSession>> sessions_;
  std::unique_ptr<Watch> pods_, nodes_, edge_nodes_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::cloudhub
