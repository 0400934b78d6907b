#include "cloudhub/core/fleet/edge_node_status.h"

#include <vector>

#include "kube/condition.h"

namespace edge::cloudhub {
namespace {

using kube::Condition;

Condition Registered(const EdgeNodeFacts& facts) {
  const std::int64_t generation = facts.registered_generation;
  if (!facts.not_registered.empty()) {
    return {"Registered", "False", "NodeNotRegistered", facts.not_registered, generation};
  }
  if (!facts.node_trouble.empty()) {
    return {"Registered", "False", "NodeNotAsWanted", facts.node_trouble, generation};
  }
  return {"Registered", "True", "NodeRegistered", "the Node exists", generation};
}

std::string Arriving(const EdgeNodeFacts& facts) {
  if (facts.broker_url.empty() || facts.broker_url == facts.wanted_broker) {
    return "heartbeats arrive";
  }
  return "heartbeats arrive by " + facts.broker_url + ", and spec.connection.brokerURL is " +
         facts.wanted_broker +
         ": the terminal goes over when that changes, and comes back when no hub answers there for "
         "10 minutes";
}

Condition Connected(const EdgeNodeFacts& facts) {
  if (!facts.other_cluster.empty()) {
    return {"Connected", "False", "OtherCluster", facts.other_cluster};
  }
  if (facts.connected && !facts.duplicate.empty()) {
    return {"Connected", "True", "DuplicateCertificate", facts.duplicate};
  }
  if (facts.connected) return {"Connected", "True", "HeartbeatReceived", Arriving(facts)};
  if (!facts.link_error.empty()) {
    return {"Connected", "False", "BadMessage", facts.link_error};
  }
  if (!facts.ever_seen) {
    return {"Connected", "False", "NeverSeen",
            "no heartbeat yet: enrol the terminal with a join token (cloudhub token create)"};
  }
  return {"Connected", "False", "HeartbeatMissing",
          "no heartbeat since " + FormatTime(facts.last_seen)};
}

Condition Ready(const EdgeNodeFacts& facts) {
  if (!facts.connected) return {"Ready", "Unknown", "NotConnected", "see condition Connected"};
  if (!facts.degraded.empty()) return {"Ready", facts.node_ready, "Degraded", facts.degraded};
  if (facts.node_ready == "True") return {"Ready", "True", "NodeReady", "the Node is ready"};
  return {"Ready", facts.node_ready, "NodeNotReady", "see the conditions of the Node"};
}

Condition NoCertificate(bool connected) {
  if (!connected) {
    return {"CertificateValid", "False", "NotIssued",
            "none was issued: enrol the terminal with a join token (cloudhub token create)"};
  }
  // One that came from another cluster shows what was issued there.
  return {"CertificateValid", "False", "NotOnRecord",
          "the one that the terminal shows is not on record here and cannot be revoked: copy the "
          "annotation edge.kubeedge.io/certificates from its EdgeNode in the cluster that it came "
          "from, or enrol the terminal anew (cloudhub token create)"};
}

Condition CertificateValid(const CertificateState& certificate, bool connected) {
  const std::string until = FormatTime(certificate.not_after);
  switch (certificate.what) {
    case CertificateState::What::kValid:
      return {"CertificateValid", "True", "CertificateValid", "valid until " + until};
    case CertificateState::What::kExpired:
      return {"CertificateValid", "False", "Expired",
              "expired on " + until +
                  ": set spec.allowExpiredRenewal, or enrol the terminal anew (cloudhub token "
                  "create)"};
    case CertificateState::What::kRevoked:
      return {"CertificateValid", "False", "Revoked",
              "revoked: enrol the terminal anew (cloudhub token create)"};
    case CertificateState::What::kNotIssued: break;
  }
  return NoCertificate(connected);
}

}  // namespace

Json ComputeEdgeNodeStatus(const EdgeNodeFacts& facts, const Json& previous, WallTime now) {
  Json conditions = Json::array();
  std::vector<Condition> stated = {Registered(facts), Connected(facts), Ready(facts),
                                   CertificateValid(facts.certificate, facts.connected)};
  if (!facts.retiring.empty()) {
    stated.push_back({"Retiring", "True", facts.retiring, facts.retiring_message});
  }
  for (Condition& condition : stated) {
    if (condition.type != "Registered") condition.generation = facts.generation;
    conditions.push_back(kube::RenderCondition(condition, previous, now));
  }
  Json status = {{"conditions", std::move(conditions)}, {"pendingObjects", facts.pending_objects}};
  if (facts.not_registered.empty()) status["nodeName"] = facts.node;
  // Whoever gives it out writes it.
  if (const Json* port = Find(previous, {"kubeletPort"})) status["kubeletPort"] = *port;
  if (facts.ever_seen) {
    status["lastSeen"] = FormatTime(facts.last_seen);
    status["agentVersion"] = facts.agent_version;
    if (!facts.broker_url.empty()) status["brokerURL"] = facts.broker_url;
  }
  if (facts.dropped_events > 0) status["droppedEvents"] = facts.dropped_events;
  return status;
}

}  // namespace edge::cloudhub
