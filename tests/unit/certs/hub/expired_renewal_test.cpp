#include "certs/expired_renewal.h"

#include "certs/enrolment_codec.h"
#include "cloudhub/core/enrolment/certificate_records.h"
#include "cloudhub/core/enrolment/enrolment.h"
#include "cloudhub/core/enrolment/token_secret.h"
#include "cloudhub/core/resources.h"
#include "tests/fakes/fake_kube_api.h"
#include "tests/fakes/manual_executor.h"
#include "tests/unit/certs/fixtures.h"

namespace edge::cloudhub {

namespace {

using certs::testing::NewKey;
using certs::testing::TestAuthority;

constexpr Duration kDay = std::chrono::hours(24);

/// A hub, and a terminal that enrolled with it, was off for longer than its certificate lives, and
/// whose EdgeNode allows it to renew all the same.
struct ExpiredWorld {
  fakes::ManualExecutor executor;
  fakes::FakeKubeApi api{executor};
  SystemRandom random;
  std::unique_ptr<Enrolment> hub;
  certs::ExpiredPair old;
  std::string next_key = NewKey();

  ExpiredWorld() {
    Restart();
    api.Put(kEdgeNodes,
            {{"metadata", {{"name", "till-1"}}}, {"spec", {{"clusterName", "retail-edge"}}}});
    old = Enrol();
    Allow(true);
    executor.Advance(certs::kNodeLife + kDay);
  }
  void Restart() {
    hub =
        std::make_unique<Enrolment>(certs::EnrolmentServer(TestAuthority()), api, executor, random);
  }
  Json EdgeNode() { return api.Peek(kEdgeNodes, "", "till-1"); }
  void Change(const std::function<void(Json&)>& change) {
    Json node = EdgeNode();
    change(node);
    api.Put(kEdgeNodes, node);
  }
  void Allow(bool allowed) {
    Change([&](Json& node) { node["spec"]["allowExpiredRenewal"] = allowed; });
  }

  /// With a join token, as the first of its certificates or to take the name over.
  certs::ExpiredPair Enrol() {
    certs::JoinToken token = certs::testing::TestToken(random);
    token.expires = executor.clock().Wall() + kDay;
    api.Put(kSecrets, TokenToSecret({token.id, token.node_name, token.cluster_name, token.secret,
                                     token.expires, std::nullopt}));
    const std::string key = NewKey();
    auto client = certs::EnrolmentClient::Create(token, key).value();
    const auto reply = Send(client.MakeRequest(random, "1.0"));
    REQUIRE(reply);
    return {"till-1", "retail-edge", token.ca_certificate_pem,
            client.Accept(*reply)->certificate_pem, key};
  }

  /// The hub's answer; none when it drops the request.
  std::optional<certs::EnrolReply> Send(const certs::EnrolRequest& request) {
    std::optional<certs::EnrolReply> reply;
    hub->Enrol(certs::EncodeEnrolRequest(request),
               [&](const std::string& bytes) { reply = certs::DecodeEnrolReply(bytes).value(); });
    executor.RunReady();
    return reply;
  }
  Result<std::string> Ask() {
    auto client = certs::ExpiredRenewalClient::Create(old, next_key).value();
    const auto reply = Send(client.MakeRequest(random, "1.0").value());
    REQUIRE(reply);
    return client.Accept(*reply);
  }
  /// What is said to a terminal that is refused.
  std::string Refusal() {
    const Result<std::string> answer = Ask();
    REQUIRE_FALSE(answer.ok());
    return answer.status().ToString();
  }
  void APauseLater() { executor.Advance(std::chrono::minutes(1)); }
  std::vector<CertificateRecord> Records() { return RecordsOf(EdgeNode()); }
  Json Event() {
    Json found;
    for (const auto& call : api.calls()) {
      if (call.verb != "create" || !call.what.starts_with("events/default/")) continue;
      found = api.Peek(kEvents, "default", call.what.substr(std::string("events/default/").size()));
    }
    return found;
  }
};

bool Says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("A terminal that was off longer than its certificate lives gets the next one",
          "[enrolment]") {
  ExpiredWorld world;
  const std::string certificate = world.Ask().value();
  CHECK(certs::CheckKeyFits(certificate, world.next_key).ok());
  const auto facts = certs::ReadCertificate(certificate).value();
  CHECK(facts.not_after > world.executor.clock().Wall());
  REQUIRE(world.Records().size() == 2);
  CHECK(world.Records()[1].serial == facts.serial);
  CHECK(world.Records()[1].key_fingerprint == facts.key_fingerprint);
}

TEST_CASE("Without allowExpiredRenewal the refusal names it and stands on the EdgeNode",
          "[enrolment]") {
  ExpiredWorld world;
  world.Allow(false);
  const std::string refusal = world.Refusal();
  CHECK(Says(refusal, "EdgeNode till-1 does not allow its renewal"));
  CHECK(Says(refusal, "set spec.allowExpiredRenewal to true on EdgeNode till-1"));
  CHECK(world.Records().size() == 1);
  const Json event = world.Event();
  CHECK(event["reason"] == "ExpiredRenewalRefused");
  CHECK(event["involvedObject"]["uid"] == world.EdgeNode()["metadata"]["uid"]);
  CHECK(Says(event["message"], "spec.allowExpiredRenewal"));
  world.APauseLater();
  world.Refusal();
  CHECK(world.Event()["count"] == 2);
  world.APauseLater();
  world.Allow(true);
  CHECK(world.Ask().ok());
}

TEST_CASE("A certificate that has not expired is not renewed on the enrolment listener",
          "[enrolment]") {
  ExpiredWorld world;
  world.old = world.Enrol();
  CHECK(Says(world.Refusal(), "has not expired"));
  CHECK(world.Records().size() == 1);
}

TEST_CASE("A certificate that another enrolment replaced renews nothing", "[enrolment]") {
  ExpiredWorld world;
  world.Enrol();
  CHECK(Says(world.Refusal(), "is revoked"));
  // That row goes with time, since the certificate has expired. What stays is the record.
  world.api.Erase(kConfigMaps, "edge-system", "edge-revocations");
  world.APauseLater();
  CHECK(Says(world.Refusal(), "is not among those that its EdgeNode has on record"));
  CHECK(world.Records().size() == 1);
}

TEST_CASE("A certificate that is revoked renews nothing though it is on record", "[enrolment]") {
  ExpiredWorld world;
  const std::vector<CertificateRecord> records = world.Records();
  world.api.Put(kConfigMaps, EmptyRevocations());
  const Json map = world.api.Peek(kConfigMaps, "edge-system", "edge-revocations");
  Json revoked = map;
  revoked.merge_patch(RevocationsPatch(map, "till-1", records, world.executor.clock().Wall()));
  world.api.Put(kConfigMaps, revoked);
  CHECK(Says(world.Refusal(), "is revoked"));
}

TEST_CASE("An EdgeNode that was made anew or is gone or stolen renews nothing", "[enrolment]") {
  ExpiredWorld world;
  world.Change([](Json& node) { node["spec"]["stolen"] = true; });
  CHECK(Says(world.Refusal(), "EdgeNode till-1 is revoked"));
  world.APauseLater();
  world.api.Erase(kEdgeNodes, "", "till-1");
  CHECK(Says(world.Refusal(), "there is no EdgeNode till-1"));
  world.APauseLater();
  world.api.Put(kEdgeNodes,
                {{"metadata", {{"name", "till-1"}}},
                 {"spec", {{"clusterName", "retail-edge"}, {"allowExpiredRenewal", true}}}});
  CHECK(Says(world.Refusal(), "is not among those"));
}

TEST_CASE("A request that is not proved does not reach the API", "[enrolment]") {
  ExpiredWorld world;
  auto client = certs::ExpiredRenewalClient::Create(world.old, world.next_key).value();
  certs::EnrolRequest altered = client.MakeRequest(world.random, "1.0").value();
  altered.csr_pem = certs::testing::CsrOf(NewKey());
  const std::size_t before = world.api.calls().size();
  CHECK(world.Send(altered)->refusal.code() == Code::kPermissionDenied);
  CHECK(world.api.calls().size() == before);
  CHECK(world.Ask().ok());  // and takes nothing of what the terminal may ask for
}

TEST_CASE("A lost answer is repeated and the expired certificate stays on record", "[enrolment]") {
  ExpiredWorld world;
  const std::string first = world.Ask().value();
  CHECK(world.Ask().value() == first);
  CHECK(world.Records().size() == 2);
  world.Restart();
  world.next_key = NewKey();
  const std::string second = world.Ask().value();
  CHECK(second != first);
  CHECK(world.Records().size() == 3);
}

TEST_CASE("A request that is played again later gets nothing", "[enrolment]") {
  ExpiredWorld world;
  auto client = certs::ExpiredRenewalClient::Create(world.old, world.next_key).value();
  const certs::EnrolRequest request = client.MakeRequest(world.random, "1.0").value();
  REQUIRE(client.Accept(*world.Send(request)).ok());
  world.executor.Advance(std::chrono::hours(2));
  const auto replayed = world.Send(request);
  REQUIRE(replayed);
  CHECK(replayed->certificate_pem.empty());
  CHECK(replayed->refusal.code() == Code::kAlreadyExists);
  CHECK(client.Accept(*replayed).status().code() == Code::kAlreadyExists);
  CHECK(world.Records().size() == 2);
}

TEST_CASE("A terminal that asks without end gets four certificates a day", "[enrolment]") {
  ExpiredWorld world;
  int given = 0;
  std::string refused;
  for (int minute = 0; minute < 10; ++minute) {
    world.next_key = NewKey();
    const auto answer = world.Ask();
    given += answer.ok() ? 1 : 0;
    if (!answer.ok()) refused = answer.status().ToString();
    world.APauseLater();
  }
  CHECK(given == 4);
  CHECK(Says(refused, "it may ask again from"));
}

TEST_CASE("A terminal is judged by the API once in a minute", "[enrolment]") {
  ExpiredWorld world;
  world.Allow(false);
  world.Refusal();
  const std::size_t before = world.api.calls().size();
  CHECK(Says(world.Refusal(), "less than a minute ago"));
  CHECK(world.api.calls().size() == before);
}

TEST_CASE("A request that comes twice at once is answered once and blocks nobody", "[enrolment]") {
  ExpiredWorld world;
  auto client = certs::ExpiredRenewalClient::Create(world.old, world.next_key).value();
  const std::string bytes =
      certs::EncodeEnrolRequest(client.MakeRequest(world.random, "1.0").value());
  int replies = 0;
  for (int i = 0; i < 1000; ++i) {
    world.hub->Enrol(bytes, [&](const std::string&) { ++replies; });
  }
  world.executor.RunReady();
  CHECK(replies == 1);
  CHECK(world.Records().size() == 2);
  CHECK(world.Ask().ok());
}

TEST_CASE("An API that fails at any step makes a refusal and the next request gets through",
          "[enrolment]") {
  for (const char* call : {"get configmaps", "get edgenodes", "patch edgenodes"}) {
    INFO(call);
    ExpiredWorld world;
    const std::string text = call;
    const std::size_t space = text.find(' ');
    world.api.FailNext(text.substr(0, space), text.substr(space + 1), Unavailable("cut"));
    CHECK(Says(world.Refusal(), "cannot read or write the Kubernetes API now"));
    CHECK(world.Records().size() == 1);
    world.APauseLater();
    CHECK(world.Ask().ok());
    CHECK(world.Records().size() == 2);
  }
}

TEST_CASE("An EdgeNode that changes while an expired certificate is renewed is read again",
          "[enrolment]") {
  ExpiredWorld world;
  world.api.BeforeNext("patch", "edgenodes", [&] { world.Allow(true); });
  CHECK(world.Ask().ok());
  CHECK(world.Records().size() == 2);
}

TEST_CASE("The next renewal over the link takes the expired certificate off the record",
          "[enrolment]") {
  ExpiredWorld world;
  REQUIRE(world.Ask().ok());
  world.APauseLater();
  std::optional<sync::CertificateReply> reply;
  world.hub->Renew("till-1", certs::testing::CsrOf(NewKey()),
                   [&](sync::CertificateReply r) { reply = std::move(r); });
  world.executor.RunReady();
  REQUIRE(reply);
  CHECK(reply->refused.empty());
  CHECK(world.Records().size() == 2);
  world.APauseLater();
  world.next_key = NewKey();
  CHECK(Says(world.Refusal(), "is not among those"));
}

TEST_CASE("An answer that comes after the hub part is gone is dropped with its request",
          "[enrolment]") {
  ExpiredWorld world;
  int replies = 0;
  auto client = certs::ExpiredRenewalClient::Create(world.old, world.next_key).value();
  world.hub->Enrol(certs::EncodeEnrolRequest(client.MakeRequest(world.random, "").value()),
                   [&](const std::string&) { ++replies; });
  world.hub.reset();
  world.executor.RunReady();
  CHECK(replies == 0);
}

}  // namespace edge::cloudhub
