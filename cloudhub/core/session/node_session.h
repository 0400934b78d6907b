#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cloudhub/core/fleet/edge_node_status.h"
#include "cloudhub/core/fleet/lease_keeper.h"
#include "cloudhub/core/fleet/node_pulse.h"
#include "cloudhub/core/fleet/node_registrar.h"
#include "cloudhub/core/fleet/object_cache.h"
#include "cloudhub/core/fleet/retirement.h"
#include "cloudhub/core/session/edge_node_reporter.h"
#include "cloudhub/core/session/token_issuer.h"
#include "cloudhub/core/status/event_writer.h"
#include "cloudhub/core/status/status_writer.h"
#include "cloudhub/ports/kube_api.h"
#include "cloudhub/ports/node_transport.h"
#include "common/executor.h"
#include "common/random.h"
#include "sync/hub_side.h"

namespace edge::cloudhub {

/// What all sessions share; it outlives them.
struct SessionContext {
  KubeApi& api;
  NodeTransport& transport;
  Executor& executor;
  Random& random;
  const ObjectCache& cache;
  sync::HubConfig config;
  Duration node_pulse;  ///< see NodePulse
  /// The node has seen an epoch that is not below ours.
  std::function<void(const std::string& node, std::uint64_t floor)> raise_epoch_above;
  /// Answers a node's request for a new certificate; `done` gets the reply to send.
  std::function<void(const std::string& node, const std::string& csr_pem,
                     std::function<void(sync::CertificateReply)> done)>
      renew_certificate;
  /// Judges by the records of certificates that the EdgeNode carries.
  std::function<CertificateState(const Json& edge_node)> certificate_of;
  RegistrarContext registration;
  RetirementContext retirement;
};

/// Everything that the hub does for one EdgeNode: brings its desired state down, its status and
/// Events up, renews its Lease, and keeps the EdgeNode's own status.
///
/// Thread rule: the loop thread.
class NodeSession {
 public:
  NodeSession(const SessionContext& context, const Json& edge_node);

  void SetEdgeNode(const Json& edge_node);
  void SetEpoch(std::uint64_t epoch);
  void OnChange(const NodeChange& change);
  /// A ConfigMap or Secret that the node's pods refer to was listed: pods that waited for it go.
  void OnConfigSynced();
  void OnMessage(const sync::Header& header, const sync::UpMessage& message);
  /// A packet on the node's topic could not be read: said in its condition Connected.
  void OnBadMessage(const Status& status);
  /// The Node object as the watch delivered it.
  void OnNode(const Json& node);
  void OnNodeGone();
  void OnNodesListed() { registrar_.OnNodesListed(); }

  const std::string& node() const { return node_; }
  /// Its EdgeNode was being deleted, and all that this takes was done.
  bool Retired() const {
    return retirement_ != nullptr && retirement_->stage() == Retirement::Stage::kReleased;
  }
  /// The EdgeNode names the cluster that this hub serves.
  bool BelongsHere() const { return cluster_name_ == context_.config.cluster_name; }
  /// Why the node may not speak of that object; nullopt: it may (design.md 16).
  std::optional<std::string> RefuseStatus(const sync::Entry& entry) const;

 private:
  void Do(const sync::HubOutput& output);
  void Send(const sync::DownMessage& message);
  void Get(const sync::GetRequest& request);
  void OnHeard();
  void Assume(const Json& status);
  void JudgeEvent(const Json& event, std::function<void(const Status&)> done) const;
  void ArmTick();
  void Tick();
  std::optional<EdgeNodeFacts> Facts(const Json& written) const;
  void SetCertificate(const Json& edge_node);
  void Expire();
  void KeepFinalizer(const Json& edge_node);
  void LookAgain();
  void Retire(const Json& edge_node);
  void OnRetirement();
  std::optional<std::vector<BoundPod>> Pods() const;
  /// Why the hub neither reads nor writes as this node; empty: it does.
  std::string NotRegistered() const;
  void TellForeign();
  bool ConfigsSynced() const;

  const SessionContext& context_;
  const std::string node_;
  const NodeView view_;
  sync::HubSession sync_;
  StatusWriter statuses_;
  EventWriter events_;
  TokenIssuer tokens_;
  LeaseKeeper lease_;
  NodePulse pulse_;
  NodeRegistrar registrar_;
  EdgeNodeReporter reporter_;

  std::int64_t generation_ = -1;
  std::string cluster_name_;  ///< spec.clusterName
  Registration registration_;
  CertificateState certificate_;
  std::string link_error_;
  BootTime twin_until_{};
  /// Until then a node that was connected when this session began counts as connected: at a hub's
  /// start or a takeover its next heartbeat is yet to come.
  BootTime assumed_until_{};
  WallTime last_seen_{};
  /// Pods that are sent once what they refer to is known, so that they start at once.
  std::map<std::string, sync::Entry> waiting_pods_;  // by UID
  bool finalizing_ = false;                          ///< the finalizer is being written
  Timer tick_, expiry_, look_again_, assumed_;
  std::unique_ptr<Retirement> retirement_;  ///< while the EdgeNode is being deleted
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::cloudhub
