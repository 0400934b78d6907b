#include "cloudhub/core/session/node_session.h"

#include <utility>

#include "cloudhub/core/fleet/finalizer.h"
#include "cloudhub/core/resources.h"
#include "cloudhub/core/status/refusal_event.h"
#include "common/log.h"
#include "kube/condition.h"
#include "sync/prune.h"

namespace edge::cloudhub {
namespace {

/// As many may be missing before a node counts as disconnected.
constexpr int kMissedHeartbeats = 3;
constexpr Duration kFinalizerRetry = std::chrono::seconds(30);
/// How long one sign of a second machine is shown.
constexpr Duration kTwinShown = std::chrono::minutes(5);

bool IsOfItsCluster(const sync::UpMessage& message) {
  return std::holds_alternative<sync::StatusReport>(message) ||
         std::holds_alternative<sync::EventReport>(message) ||
         std::holds_alternative<sync::TokenRequest>(message);
}

}  // namespace

NodeSession::NodeSession(const SessionContext& context, const Json& edge_node)
    : context_(context),
      node_(FindString(edge_node, {"metadata", "name"})),
      view_(context.cache, node_),
      sync_(context.config, view_, context.random),
      statuses_(node_, context.api, context.executor, context.random,
                {[this](const sync::Entry& entry) { return RefuseStatus(entry); },
                 [this](sync::StatusAck::Row row) { Send(sync::StatusAck{{std::move(row)}}); }}),
      events_(node_, context.api, context.executor, context.random,
              {[this](const Json& event, auto done) { JudgeEvent(event, std::move(done)); },
               [this](std::uint64_t sequence) { Send(sync::EventAck{sequence}); }}),
      tokens_(node_, context.api, context.executor, context.random, view_,
              [this](sync::TokenReply reply) { Send(std::move(reply)); }),
      lease_(node_, context.api),
      pulse_(node_, context.api, context.executor, context.random, context.node_pulse),
      registrar_(node_, context.registration,
                 [this](const Registration& registration) {
                   const bool was_foreign = std::exchange(registration_, registration).foreign;
                   if (registration.foreign && !was_foreign) TellForeign();
                   reporter_.WriteSoon();
                 }),
      reporter_(node_, context.api, context.executor, context.random, edge_node,
                [this](const Json& written) { return Facts(written); }) {
  if (const Json* status = Find(edge_node, {"status"})) {
    Assume(*status);
    if (auto seen = ParseTime(FindString(*status, {"lastSeen"})); seen.ok()) last_seen_ = *seen;
  }
  SetEdgeNode(edge_node);
}

void NodeSession::SetEdgeNode(const Json& edge_node) {
  SetCertificate(edge_node);
  if (!IsLeaving(edge_node)) KeepFinalizer(edge_node);
  const std::int64_t generation = FindInt(edge_node, {"metadata", "generation"});
  if (generation == generation_) return;  // our own status write
  generation_ = generation;
  cluster_name_ = FindString(edge_node, {"spec", "clusterName"});
  if (BelongsHere()) {
    registrar_.Want(edge_node);
  } else {
    registrar_.Release();
    registration_ = {true, false, false, NotRegistered(), generation_};
  }
  const std::string confirmed = FindString(edge_node, {"spec", "confirmedFromClusterUID"});
  if (!confirmed.empty()) Do(sync_.ConfirmFrom(confirmed, context_.executor.clock().Boot()));
  Do(sync_.SetBroker(FindString(edge_node, {"spec", "connection", "brokerURL"}),
                     context_.executor.clock().Boot()));
  if (IsLeaving(edge_node)) Retire(edge_node);
  reporter_.WriteSoon();
}

/// After a conflict the watch brings the EdgeNode again.
void NodeSession::KeepFinalizer(const Json& edge_node) {
  const Json patch = FinalizerPatch(edge_node, true);
  if (FindString(edge_node, {"spec", "clusterName"}) != context_.config.cluster_name ||
      patch.is_null() || std::exchange(finalizing_, true)) {
    return;
  }
  context_.api.Patch({}, kEdgeNodes, "", node_, "", PatchType::kMerge, patch,
                     [this, alive = std::weak_ptr(alive_)](const Result<Json>& done) {
                       if (alive.expired()) return;
                       finalizing_ = false;
                       const Code code = done.status().code();
                       if (done.ok() || code == Code::kNotFound || code == Code::kAborted) return;
                       LogWarning("the EdgeNode's finalizer is not written, trying again",
                                  {{"NODE", node_}, {"WHY", done.status().ToString()}});
                       look_again_ =
                           context_.executor.After(kFinalizerRetry, [this] { LookAgain(); });
                     });
}

void NodeSession::LookAgain() {
  context_.api.Get(
      {}, kEdgeNodes, "", node_, [this, alive = std::weak_ptr(alive_)](const Result<Json>& found) {
        if (alive.expired()) return;
        if (found.ok()) return SetEdgeNode(*found);
        if (found.status().code() == Code::kNotFound) return;
        look_again_ = context_.executor.After(kFinalizerRetry, [this] { LookAgain(); });
      });
}

/// What it takes to delete the EdgeNode. One that is another cluster's, or whose terminal was never
/// seen, has no pods to wait for.
void NodeSession::Retire(const Json& edge_node) {
  if (retirement_ != nullptr) return retirement_->SetEdgeNode(edge_node);
  const bool may_run = BelongsHere() && last_seen_ != WallTime{};
  retirement_ = std::make_unique<Retirement>(
      context_.retirement, edge_node, may_run,
      Retirement::Side{[this] { return Pods(); },
                       [this] { return sync_.connected() && sync_.pending() == 0; },
                       [this] { OnRetirement(); }});
}

void NodeSession::OnRetirement() {
  // From here on nobody puts the Node back.
  if (retirement_->stage() >= Retirement::Stage::kRemoving) registrar_.Release();
  reporter_.WriteSoon();
}

std::optional<std::vector<BoundPod>> NodeSession::Pods() const {
  // Of a Node that is not ours no pod is ours either.
  if (registration_.known && !registration_.ours) return std::vector<BoundPod>();
  if (!view_.Synced(sync::Kind::kPod)) return std::nullopt;
  std::vector<BoundPod> pods;
  for (const sync::Entry& entry : view_.Desired(sync::kPruneRule)) {
    if (entry.key.kind != sync::Kind::kPod) continue;
    const auto held = context_.cache.Find(node_, sync::Kind::kPod, entry.uid);
    const Result<Json> pod = held ? ParseJson(*held->bytes) : Result<Json>(NotFound(""));
    pods.push_back({entry.key.ns, entry.key.name, entry.uid, pod.ok() && IsLeaving(*pod)});
  }
  return pods;
}

void NodeSession::SetCertificate(const Json& edge_node) {
  if (!context_.certificate_of) return;
  const CertificateState now = context_.certificate_of(edge_node);
  if (now == certificate_) return;
  certificate_ = now;
  expiry_.Cancel();
  if (now.what == CertificateState::What::kValid) {
    const Duration left = now.not_after - context_.executor.clock().Wall();
    expiry_ = context_.executor.After(left, [this] { Expire(); });
  }
  reporter_.WriteSoon();
}

void NodeSession::Expire() {
  certificate_.what = CertificateState::What::kExpired;
  reporter_.WriteSoon();
}

std::string NodeSession::NotRegistered() const {
  if (!BelongsHere()) {
    return "spec.clusterName is \"" + cluster_name_ + "\" and this hub serves \"" +
           context_.config.cluster_name + "\": correct the EdgeNode";
  }
  if (registration_.ours) return "";
  return registration_.known ? registration_.trouble : "the Node is being registered";
}

/// Conditions are overlooked where nobody asks for them.
void NodeSession::TellForeign() {
  context_.api.Get({}, kEdgeNodes, "", node_,
                   [this, why = registration_.trouble,
                    alive = std::weak_ptr(alive_)](const Result<Json>& edge_node) {
                     if (alive.expired() || !edge_node.ok()) return;
                     WriteRefusalEvent(context_.api, *edge_node, "NodeNotRegistered",
                                       FailedPrecondition(why), context_.executor.clock().Wall());
                   });
}

void NodeSession::SetEpoch(std::uint64_t epoch) {
  Do(sync_.SetEpoch(epoch, context_.executor.clock().Boot()));
}

bool NodeSession::ConfigsSynced() const {
  return view_.Synced(sync::Kind::kConfigMap) && view_.Synced(sync::Kind::kSecret);
}

void NodeSession::OnConfigSynced() {
  if (!ConfigsSynced()) return;
  for (const auto& [uid, pod] : std::exchange(waiting_pods_, {})) {
    Do(sync_.Changed(pod, context_.executor.clock().Boot()));
  }
}

void NodeSession::OnChange(const NodeChange& change) {
  const BootTime now = context_.executor.clock().Boot();
  const bool pod_changed =
      change.what == NodeChange::What::kChanged && change.entry.key.kind == sync::Kind::kPod;
  // Digests bring it down even if a list never comes.
  if (pod_changed && !ConfigsSynced()) {
    waiting_pods_[change.entry.uid] = change.entry;
    return;
  }
  switch (change.what) {
    case NodeChange::What::kChanged: Do(sync_.Changed(change.entry, now)); break;
    case NodeChange::What::kDeleted: Do(sync_.Deleted(change.entry, now)); break;
    case NodeChange::What::kUnreferenced: Do(sync_.Unreferenced(change.entry, now)); break;
  }
  if (retirement_ != nullptr) retirement_->Look();
  reporter_.WriteSoon();
}

void NodeSession::OnNode(const Json& node) {
  registrar_.OnNode(node);
  reporter_.WriteSoon();
}

void NodeSession::OnNodeGone() {
  registrar_.OnNodeGone();  // the EdgeNode is still there, and so the Node comes back
  reporter_.WriteSoon();
}

void NodeSession::OnMessage(const sync::Header& header, const sync::UpMessage& message) {
  if (const std::string why = NotRegistered(); !why.empty()) {
    LogWarning("message of a node that is not registered dropped", {{"NODE", node_}, {"WHY", why}});
    return;
  }
  if (retirement_ != nullptr && retirement_->stage() != Retirement::Stage::kStopping) {
    LogDebug("message of a retired node dropped", {{"NODE", node_}});
    return;
  }
  // What it says of its pods is meant for the cluster that it belongs to, until it leaves that.
  if (!header.cluster_uid.empty() && header.cluster_uid != context_.config.cluster_uid &&
      IsOfItsCluster(message)) {
    LogDebug("message for another cluster dropped",
             {{"NODE", node_}, {"CLUSTER_UID", header.cluster_uid}});
    return;
  }
  if (const auto* report = std::get_if<sync::StatusReport>(&message)) {
    return statuses_.Report(*report);
  }
  if (const auto* report = std::get_if<sync::EventReport>(&message)) return events_.Report(*report);
  if (const auto* request = std::get_if<sync::CertificateRequest>(&message)) {
    context_.renew_certificate(node_, request->csr_pem,
                               [this, alive = std::weak_ptr(alive_)](sync::CertificateReply reply) {
                                 if (!alive.expired()) Send(reply);
                               });
    return;
  }
  if (const auto* request = std::get_if<sync::TokenRequest>(&message)) return tokens_.Ask(*request);
  const std::size_t pending = sync_.pending();
  const sync::HubOutput output = sync_.Receive(message, context_.executor.clock().Boot());
  Do(output);
  if (retirement_ != nullptr) retirement_->Look();
  // While there still are some, the next heartbeat brings the number up to date: that is enough.
  if (pending > 0 && sync_.pending() == 0) reporter_.WriteSoon();
}

void NodeSession::OnHeard() {
  last_seen_ =
      std::max(context_.executor.clock().Wall(), last_seen_ + std::chrono::microseconds(1));
  link_error_.clear();
  if (sync_.other_cluster().empty()) {
    lease_.Renew(last_seen_, context_.cache.NodeUid(node_));
    pulse_.Beat(last_seen_, context_.cache.NodeReady(node_));
  }
  if (const auto& heartbeat = sync_.heartbeat(); heartbeat && heartbeat->dropped_events > 0) {
    LogDebug("events dropped on the node",
             {{"NODE", node_}, {"COUNT", std::to_string(heartbeat->dropped_events)}});
  }
  reporter_.WriteSoon();
}

void NodeSession::Assume(const Json& status) {
  const Json* connected = kube::FindCondition(status, "Connected");
  if (connected == nullptr || FindString(*connected, {"status"}) != "True") return;
  const Duration patience =
      kMissedHeartbeats * std::chrono::seconds(context_.config.heartbeat_seconds);
  assumed_until_ = context_.executor.clock().Boot() + patience;
  assumed_ = context_.executor.After(patience, [this] { reporter_.WriteSoon(); });
}

void NodeSession::OnBadMessage(const Status& status) {
  LogWarning("bad message", {{"NODE", node_}, {"WHY", status.ToString()}});
  link_error_ = status.message();
  reporter_.WriteSoon();
}

std::optional<std::string> NodeSession::RefuseStatus(const sync::Entry& entry) const {
  if (entry.key.kind == sync::Kind::kNode) {
    if (entry.key.name == node_) return std::nullopt;
    return "node " + node_ + " may not write the status of node " + entry.key.name;
  }
  const auto owner = context_.cache.NodeOfPod(entry.uid);
  // A pod that the cache does not know is judged by the API, which sees the UID as a precondition.
  if (entry.key.kind == sync::Kind::kPod && (!owner || *owner == node_)) return std::nullopt;
  return entry.key.ns + "/" + entry.key.name + " is not bound to node " + node_;
}

void NodeSession::JudgeEvent(const Json& event, std::function<void(const Status&)> done) const {
  const auto about = [&](const char* field) {
    return FindString(event, {"involvedObject", field});
  };
  const Status refused = PermissionDenied("node " + node_ + " may not write an Event about " +
                                          about("kind") + " " + about("name"));
  if (about("kind") == "Node") return done(about("name") == node_ ? Status::Ok() : refused);
  if (about("kind") != "Pod" || about("name").empty()) return done(refused);
  if (const auto owner = context_.cache.NodeOfPod(about("uid"))) {
    return done(*owner == node_ ? Status::Ok() : refused);
  }
  // One that is gone, or one of a node that is none of ours: the cache knows neither.
  context_.api.Get(
      {}, kPods, about("namespace"), about("name"),
      [node = node_, uid = about("uid"), refused, done = std::move(done)](const Result<Json>& pod) {
        if (pod.status().code() == Code::kNotFound) return done(Status::Ok());
        if (!pod.ok()) return done(pod.status());
        const bool own = FindString(*pod, {"spec", "nodeName"}) == node;
        const bool other = !uid.empty() && uid != FindString(*pod, {"metadata", "uid"});
        done(own || other ? Status::Ok() : refused);
      });
}

void NodeSession::Do(const sync::HubOutput& output) {
  if (output.heard) OnHeard();
  for (const sync::DownMessage& message : output.send) Send(message);
  for (const sync::GetRequest& request : output.gets) Get(request);
  if (output.raise_epoch_above) context_.raise_epoch_above(node_, *output.raise_epoch_above);
  if (output.store_changed) {
    statuses_.StartAfresh();
    events_.StartAfresh();
  }
  if (output.twin_seen) {
    twin_until_ = context_.executor.clock().Boot() + kTwinShown;
    LogError("two machines use the certificate of one node", {{"NODE", node_}});
  }
  if (output.connected_now) LogInfo("node connected", {{"NODE", node_}});
  if (output.disconnected_now) LogWarning("node disconnected", {{"NODE", node_}});
  if (output.connected_now || output.disconnected_now || output.twin_seen) reporter_.WriteSoon();
  ArmTick();
}

void NodeSession::Send(const sync::DownMessage& message) {
  const Status sent = context_.transport.Send(node_, message);
  if (!sent.ok()) LogDebug("not sent", {{"NODE", node_}, {"WHY", sent.ToString()}});
}

void NodeSession::Get(const sync::GetRequest& request) {
  const sync::Entry& entry = request.entry;
  const Resource* resource = ResourceOf(entry.key.kind);
  if (resource == nullptr) return;
  const bool config = resource == &kConfigMaps || resource == &kSecrets;
  context_.api.Get({config ? node_ : ""}, *resource, entry.key.ns, entry.key.name,
                   [this, entry, alive = std::weak_ptr(alive_)](const Result<Json>& found) {
                     if (alive.expired()) return;
                     sync::GetAnswer answer{entry, sync::GetAnswer::What::kError, ""};
                     if (found.ok()) {
                       answer.what = sync::GetAnswer::What::kFound;
                       answer.uid = FindString(*found, {"metadata", "uid"});
                     } else if (found.status().code() == Code::kNotFound) {
                       answer.what = sync::GetAnswer::What::kNotFound;
                     }
                     Do(sync_.Answer(answer, context_.executor.clock().Boot()));
                   });
}

void NodeSession::ArmTick() {
  const std::optional<BootTime> next = sync_.next_tick();
  if (!next) {
    tick_.Cancel();
    return;
  }
  const Duration wait = std::max(*next - context_.executor.clock().Boot(), Duration::zero());
  tick_ = context_.executor.After(wait, [this] { Tick(); });
}

void NodeSession::Tick() { Do(sync_.Tick(context_.executor.clock().Boot())); }

std::optional<EdgeNodeFacts> NodeSession::Facts(const Json& written) const {
  if (!registration_.known) return std::nullopt;  // what it will be is written then, once
  if (Retired()) return std::nullopt;             // the EdgeNode is gone, or about to be
  EdgeNodeFacts facts;
  facts.node = node_;
  facts.generation = generation_;
  facts.registered_generation = registration_.generation;
  facts.not_registered = NotRegistered();
  facts.node_trouble = registration_.trouble;
  facts.certificate = certificate_;
  facts.connected = sync_.connected() || context_.executor.clock().Boot() < assumed_until_;
  facts.ever_seen = last_seen_ != WallTime{};
  facts.last_seen = last_seen_;
  facts.node_ready = context_.cache.NodeReady(node_);
  facts.pending_objects = sync_.pending();
  facts.link_error = link_error_;
  facts.wanted_broker = sync_.broker_url();
  if (retirement_ != nullptr) {
    facts.retiring = retirement_->Reason();
    facts.retiring_message = retirement_->Message();
  }
  if (const auto& heartbeat = sync_.heartbeat()) {
    facts.agent_version = heartbeat->agent_version;
    facts.degraded = heartbeat->degraded;
    facts.dropped_events = heartbeat->dropped_events;
    facts.broker_url = heartbeat->broker_url;
  } else {
    facts.agent_version = FindString(written, {"agentVersion"});
    facts.broker_url = FindString(written, {"brokerURL"});
  }
  if (context_.executor.clock().Boot() < twin_until_) {
    facts.duplicate =
        "two machines use this node's certificate in turn: find the copy, and enrol "
        "one of them under another name";
  }
  if (!sync_.other_cluster().empty()) {
    facts.other_cluster = "the terminal belongs to cluster " + sync_.other_cluster() +
                          ": to take it over, set spec.confirmedFromClusterUID to that UID";
  }
  return facts;
}

}  // namespace edge::cloudhub
