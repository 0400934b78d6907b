#include "cloudhub/core/fleet/edge_node_status.h"
#include "cloudhub/core/status/worth_writing.h"

#include <catch2/catch.hpp>

namespace edge::cloudhub {
namespace {

const WallTime kNow{std::chrono::seconds(1767225600)};

Json ConditionOf(const Json& status, const std::string& type) {
  for (const Json& condition : status["conditions"]) {
    if (condition["type"] == type) return condition;
  }
  return nullptr;
}

EdgeNodeFacts ConnectedNode() {
  EdgeNodeFacts facts;
  facts.generation = facts.registered_generation = 3;
  facts.connected = facts.ever_seen = true;
  facts.last_seen = kNow;
  facts.agent_version = "0.1.0";
  facts.node_ready = "True";
  return facts;
}

TEST_CASE("a connected terminal that is ready says so in every condition", "[edgenode]") {
  const Json status = ComputeEdgeNodeStatus(ConnectedNode(), nullptr, kNow);
  for (const char* type : {"Registered", "Connected", "Ready"}) {
    CHECK(ConditionOf(status, type)["status"] == "True");
    CHECK(ConditionOf(status, type)["observedGeneration"] == 3);
  }
  CHECK(status["lastSeen"] == FormatTime(kNow));
  CHECK(status["agentVersion"] == "0.1.0");
}

TEST_CASE("a terminal that never enrolled is told apart from one that went away", "[edgenode]") {
  EdgeNodeFacts facts;
  CHECK(ConditionOf(ComputeEdgeNodeStatus(facts, nullptr, kNow), "Connected")["reason"] ==
        "NeverSeen");
  facts.ever_seen = true;
  facts.last_seen = kNow;
  const Json status = ComputeEdgeNodeStatus(facts, nullptr, kNow);
  CHECK(ConditionOf(status, "Connected")["reason"] == "HeartbeatMissing");
  CHECK(ConditionOf(status, "Ready")["status"] == "Unknown");
}

TEST_CASE("a condition keeps its time of transition while its status is the same", "[edgenode]") {
  const Json before = ComputeEdgeNodeStatus(ConnectedNode(), nullptr, kNow);
  const WallTime later = kNow + std::chrono::minutes(5);
  EdgeNodeFacts facts = ConnectedNode();
  facts.duplicate = "two machines";
  const Json after = ComputeEdgeNodeStatus(facts, before, later);
  CHECK(ConditionOf(after, "Connected")["lastTransitionTime"] == FormatTime(kNow));
  CHECK(ConditionOf(after, "Connected")["reason"] == "DuplicateCertificate");
  facts.connected = false;
  CHECK(ConditionOf(ComputeEdgeNodeStatus(facts, after, later),
                    "Connected")["lastTransitionTime"] == FormatTime(later));
}

TEST_CASE("a new time alone is written once a minute and any other change at once", "[edgenode]") {
  EdgeNodeFacts facts = ConnectedNode();
  const Json written = ComputeEdgeNodeStatus(facts, nullptr, kNow);
  facts.last_seen = kNow + std::chrono::seconds(59);
  CHECK_FALSE(IsWorthWriting(written, ComputeEdgeNodeStatus(facts, written, kNow)));
  facts.last_seen = kNow + std::chrono::seconds(60);
  CHECK(IsWorthWriting(written, ComputeEdgeNodeStatus(facts, written, kNow)));
  facts.last_seen = kNow;
  facts.pending_objects = 1;
  CHECK(IsWorthWriting(written, ComputeEdgeNodeStatus(facts, written, kNow)));
}

TEST_CASE("each condition answers for the generation that it was judged by", "[edgenode]") {
  EdgeNodeFacts facts = ConnectedNode();
  facts.node = "till-1";
  facts.registered_generation = 2;
  const Json status = ComputeEdgeNodeStatus(facts, {{"kubeletPort", 31001}}, kNow);
  CHECK(ConditionOf(status, "Registered")["observedGeneration"] == 2);
  CHECK(ConditionOf(status, "CertificateValid")["observedGeneration"] == 3);
  CHECK(status["nodeName"] == "till-1");
  CHECK(status["kubeletPort"] == 31001);
}

TEST_CASE("a certificate that is not valid says why and what to do", "[edgenode]") {
  using What = CertificateState::What;
  const auto condition = [](What what, bool connected = true) {
    EdgeNodeFacts facts = ConnectedNode();
    facts.connected = connected;
    facts.certificate = {what, kNow};
    return ConditionOf(ComputeEdgeNodeStatus(facts, nullptr, kNow), "CertificateValid");
  };
  CHECK(condition(What::kValid)["status"] == "True");
  CHECK(condition(What::kValid)["message"] == "valid until " + FormatTime(kNow));
  for (const auto& [what, reason] : {std::pair(What::kNotIssued, "NotOnRecord"),
                                     {What::kExpired, "Expired"},
                                     {What::kRevoked, "Revoked"}}) {
    CHECK(condition(what)["status"] == "False");
    CHECK(condition(what)["reason"] == reason);
    CHECK_THAT(condition(what)["message"].get<std::string>(), Catch::Contains("enrol"));
  }
  CHECK(condition(What::kNotIssued, false)["reason"] == "NotIssued");
}

TEST_CASE("a terminal that is not at the broker of its EdgeNode says where it is", "[edgenode]") {
  EdgeNodeFacts facts = ConnectedNode();
  facts.wanted_broker = "tls://new:8883";
  facts.broker_url = "tls://new:8883";
  const Json there = ComputeEdgeNodeStatus(facts, nullptr, kNow);
  CHECK(there["brokerURL"] == "tls://new:8883");
  CHECK(ConditionOf(there, "Connected")["message"] == "heartbeats arrive");
  facts.broker_url = "tls://old:8883";
  const Json elsewhere = ComputeEdgeNodeStatus(facts, nullptr, kNow);
  CHECK(elsewhere["brokerURL"] == "tls://old:8883");
  CHECK_THAT(std::string(ConditionOf(elsewhere, "Connected")["message"]),
             Catch::StartsWith("heartbeats arrive by tls://old:8883, and "
                               "spec.connection.brokerURL is tls://new:8883: "));
}

}  // namespace
}  // namespace edge::cloudhub
