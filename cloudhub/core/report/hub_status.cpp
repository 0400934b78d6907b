#include "cloudhub/core/report/hub_status.h"

#include "kube/condition.h"

namespace edge::cloudhub {
namespace {

using kube::Condition;

const char* NameOf(ActingAsNodes acting) {
  switch (acting) {
    case ActingAsNodes::kConstrained: return "Constrained";
    case ActingAsNodes::kLegacy: return "Legacy";
    default: return "None";
  }
}

Condition ActsAsNodes(const HubFacts& facts) {
  switch (facts.acting) {
    case ActingAsNodes::kConstrained:
      return {"ActsAsNodes", "True", "Constrained", "as its nodes alone, and as the role lists"};
    case ActingAsNodes::kLegacy:
      return {
          "ActsAsNodes", "True", "Legacy",
          "by the verb impersonate, with which this hub may be any user: from Kubernetes 1.36 on "
          "apply deploy/kustomize/base/impersonation.yaml in place of legacy-impersonation"};
    case ActingAsNodes::kNone:
      return {
          "ActsAsNodes", "False", "NotAllowed",
          "the hub's role allows no impersonation of nodes: apply deploy/kustomize/base, or the "
          "component legacy-impersonation before Kubernetes 1.36"};
    case ActingAsNodes::kUnknown: break;
  }
  return {"ActsAsNodes", "Unknown", "NotFoundOutYet", "the API server has not answered yet"};
}

Condition BrokerConnected(const HubFacts& facts) {
  if (facts.broker_connected) return {"BrokerConnected", "True", "Connected", "messages can come"};
  return {"BrokerConnected", "False", "NotConnected",
          "no terminal is heard through this replica: see its log for the broker's answer"};
}

Condition KindsCurrent(const HubFacts& facts) {
  if (!facts.kinds_revision)
    return {"KindsCurrent", "Unknown", "NotReadYet", "the CRD is not read"};
  const int held = *facts.kinds_revision;
  const std::string both = "the cluster's CRDs are of revision " + std::to_string(held) +
                           ", this hub's of " + std::to_string(kKindsRevision) + ": ";
  if (held < kKindsRevision) {
    return {"KindsCurrent", "False", "OlderKinds",
            both + "fields that it writes are dropped; apply deploy/crds of this version"};
  }
  if (held > kKindsRevision) {
    return {"KindsCurrent", "False", "NewerKinds",
            both + "fields that it does not know have no effect; update the hub"};
  }
  return {"KindsCurrent", "True", "SameRevision", "the CRDs are those of this version"};
}

Condition Ready(const HubFacts& facts) {
  const auto no = [](const char* reason, const char* message) {
    return Condition{"Ready", "False", reason, message};
  };
  if (!facts.leads) return no("LeaseNotHeld", "its own Lease is not held, and it writes nothing");
  if (facts.acting == ActingAsNodes::kNone) return no("NotAllowed", "see condition ActsAsNodes");
  if (!facts.broker_connected) return no("BrokerNotConnected", "see condition BrokerConnected");
  return {"Ready", "True", "Serving", "it serves its part of the terminals"};
}

}  // namespace

Json ComputeHubStatus(const HubFacts& facts, const Json& previous, WallTime now) {
  Json conditions = Json::array();
  for (const Condition& condition :
       {Ready(facts), ActsAsNodes(facts), BrokerConnected(facts), KindsCurrent(facts)}) {
    conditions.push_back(kube::RenderCondition(condition, previous, now));
  }
  return {{"conditions", std::move(conditions)},
          {"version", facts.version},
          {"impersonation", NameOf(facts.acting)},
          {"buckets", facts.buckets},
          {"nodes", facts.nodes},
          {"lastSeen", FormatTime(now)}};
}

}  // namespace edge::cloudhub
