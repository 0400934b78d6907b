#include "cloudhub/core/enrolment/enrolment.h"

#include "certs/enrolment_codec.h"
#include "cloudhub/core/enrolment/token_secret.h"
#include "cloudhub/core/resources.h"
#include "tests/fakes/fake_kube_api.h"
#include "tests/fakes/manual_executor.h"
#include "tests/unit/certs/fixtures.h"

namespace edge::cloudhub {

namespace {

using certs::testing::NewKey;
using certs::testing::TestAuthority;

/// A hub with one admitted EdgeNode, and tokens for it.
struct EnrolmentWorld {
  fakes::ManualExecutor executor;
  fakes::FakeKubeApi api{executor};
  SystemRandom random;
  std::unique_ptr<Enrolment> hub =
      std::make_unique<Enrolment>(certs::EnrolmentServer(TestAuthority()), api, executor, random);
  int replies = 0;

  EnrolmentWorld() { api.Put(kEdgeNodes, EdgeNode()); }

  static Json EdgeNode() {
    return {{"metadata", {{"name", "till-1"}}}, {"spec", {{"clusterName", "retail-edge"}}}};
  }
  WallTime now() { return executor.clock().Wall(); }

  /// A token in the API, and a terminal that holds its file.
  certs::EnrolmentClient Terminal(Duration life = std::chrono::hours(24)) {
    certs::JoinToken token = certs::testing::TestToken(random);
    token.expires = now() + life;
    api.Put(kSecrets, TokenToSecret({token.id, token.node_name, token.cluster_name, token.secret,
                                     token.expires, std::nullopt}));
    return certs::EnrolmentClient::Create(token, NewKey()).value();
  }
  /// Another machine with the same token.
  certs::EnrolmentClient Copy(const certs::EnrolmentClient& terminal) {
    return certs::EnrolmentClient::Create(terminal.token(), NewKey()).value();
  }

  Result<certs::Issued> Ask(certs::EnrolmentClient& terminal) {
    std::string reply;
    hub->Enrol(certs::EncodeEnrolRequest(terminal.MakeRequest(random, "1.0")),
               [&](std::string bytes) {
                 ++replies;
                 reply = std::move(bytes);
               });
    executor.RunReady();
    REQUIRE_FALSE(reply.empty());
    return terminal.Accept(certs::DecodeEnrolReply(reply).value());
  }
  sync::CertificateReply Renew(const std::string& node, const std::string& csr) {
    std::optional<sync::CertificateReply> reply;
    hub->Renew(node, csr, [&](sync::CertificateReply r) { reply = std::move(r); });
    executor.RunReady();
    REQUIRE(reply);
    return *reply;
  }
  std::vector<CertificateRecord> Records() { return RecordsOf(api.Peek(kEdgeNodes, "", "till-1")); }
  std::vector<certs::RevokedCertificate> Revoked() {
    return RevocationsOf(api.Peek(kConfigMaps, "edge-system", "edge-revocations"));
  }
  static std::string SerialOf(const std::string& pem) {
    return certs::ReadCertificate(pem)->serial;
  }
};

}  // namespace

TEST_CASE("An enrolment is recorded on Secret and EdgeNode before the terminal is answered",
          "[enrolment]") {
  EnrolmentWorld world;
  auto terminal = world.Terminal();
  const certs::Issued issued = world.Ask(terminal).value();
  const Json secret = world.api.Peek(kSecrets, "edge-system", TokenSecretName(terminal.token().id));
  CHECK(TokenFromSecret(secret)->redemption->certificate_pem == issued.certificate_pem);
  REQUIRE(world.Records().size() == 1);
  CHECK(world.Records()[0].serial == EnrolmentWorld::SerialOf(issued.certificate_pem));
  CHECK(world.Revoked().empty());
}

TEST_CASE("A lost reply is repeated by the same hub and by another replica", "[enrolment]") {
  EnrolmentWorld world;
  auto terminal = world.Terminal();
  const std::string first = world.Ask(terminal)->certificate_pem;
  CHECK(world.Ask(terminal)->certificate_pem == first);
  world.hub = std::make_unique<Enrolment>(certs::EnrolmentServer(TestAuthority()), world.api,
                                          world.executor, world.random);
  CHECK(world.Ask(terminal)->certificate_pem == first);
  CHECK(world.Records().size() == 1);
}

TEST_CASE("A used token does nothing for a second machine", "[enrolment]") {
  EnrolmentWorld world;
  auto terminal = world.Terminal();
  auto copy = world.Copy(terminal);
  REQUIRE(world.Ask(terminal).ok());
  CHECK(world.Ask(copy).status().code() == Code::kPermissionDenied);
  CHECK(world.Records().size() == 1);
}

TEST_CASE("Two machines that race with one token get one certificate between them", "[enrolment]") {
  EnrolmentWorld world;
  auto terminal = world.Terminal();
  auto copy = world.Copy(terminal);
  world.api.BeforeNext("patch", "secrets", [&] {
    world.hub->Enrol(certs::EncodeEnrolRequest(copy.MakeRequest(world.random, "")),
                     [](const std::string&) {});
  });
  const bool first = world.Ask(terminal).ok();
  const bool second = world.Ask(copy).ok();
  CHECK(first != second);
  CHECK(world.Records().size() == 1);
}

TEST_CASE("A new token revokes the certificate that the name had", "[enrolment]") {
  EnrolmentWorld world;
  auto dead = world.Terminal();
  const std::string old_serial = EnrolmentWorld::SerialOf(world.Ask(dead)->certificate_pem);
  world.executor.Advance(std::chrono::hours(1));
  auto replacement = world.Terminal();
  const std::string serial = EnrolmentWorld::SerialOf(world.Ask(replacement)->certificate_pem);
  REQUIRE(world.Revoked().size() == 1);
  CHECK(world.Revoked()[0].serial == old_serial);
  REQUIRE(world.Records().size() == 1);
  CHECK(world.Records()[0].serial == serial);
}

TEST_CASE("A replaced machine that repeats itself does not revoke its successor", "[enrolment]") {
  EnrolmentWorld world;
  auto dead = world.Terminal();
  REQUIRE(world.Ask(dead).ok());
  world.executor.Advance(std::chrono::hours(1));
  auto replacement = world.Terminal();
  REQUIRE(world.Ask(replacement).ok());
  CHECK(world.Ask(dead).status().code() == Code::kPermissionDenied);
  CHECK(world.Revoked().size() == 1);
}

TEST_CASE("A crash after each write ends in the same enrolment when repeated", "[enrolment]") {
  for (const char* verb_and_plural : {"patch secrets", "create configmaps", "patch edgenodes"}) {
    INFO(verb_and_plural);
    EnrolmentWorld world;
    auto dead = world.Terminal();
    REQUIRE(world.Ask(dead).ok());
    world.executor.Advance(std::chrono::hours(1));
    auto terminal = world.Terminal();
    const std::string text = verb_and_plural;
    const std::size_t space = text.find(' ');
    world.api.FailNext(text.substr(0, space), text.substr(space + 1), Unavailable("cut"));
    CHECK(world.Ask(terminal).status().code() == Code::kUnavailable);
    const certs::Issued issued = world.Ask(terminal).value();
    REQUIRE(world.Records().size() == 1);
    CHECK(world.Records()[0].serial == EnrolmentWorld::SerialOf(issued.certificate_pem));
    CHECK(world.Revoked().size() == 1);
  }
}

TEST_CASE("A terminal without an EdgeNode gets in once the EdgeNode is there", "[enrolment]") {
  EnrolmentWorld world;
  auto terminal = world.Terminal();
  world.api.Erase(kEdgeNodes, "", "till-1");
  const Status refused = world.Ask(terminal).status();
  CHECK(refused.code() == Code::kUnavailable);
  CHECK(refused.message().find("there is no EdgeNode till-1") != std::string::npos);
  world.api.Put(kEdgeNodes, EnrolmentWorld::EdgeNode());
  CHECK(world.Ask(terminal).ok());
}

TEST_CASE("A stolen or leaving EdgeNode keeps its terminal out", "[enrolment]") {
  EnrolmentWorld world;
  auto terminal = world.Terminal();
  Json stolen = EnrolmentWorld::EdgeNode();
  stolen["spec"]["stolen"] = true;
  world.api.Put(kEdgeNodes, stolen);
  CHECK(world.Ask(terminal).status().message().find("revoked") != std::string::npos);
  Json leaving = EnrolmentWorld::EdgeNode();
  leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  world.api.Put(kEdgeNodes, leaving);
  CHECK_FALSE(world.Ask(terminal).ok());
}

TEST_CASE("A deleted token and one that never was are refused in the same words", "[enrolment]") {
  EnrolmentWorld world;
  auto terminal = world.Terminal();
  auto unknown = world.Terminal();
  world.api.Erase(kSecrets, "edge-system", TokenSecretName(terminal.token().id));
  certs::JoinToken forged = unknown.token();
  forged.secret = std::string(32, 'x');
  auto forger = certs::EnrolmentClient::Create(forged, NewKey()).value();
  const Status gone = world.Ask(terminal).status();
  CHECK(gone.code() == Code::kPermissionDenied);
  CHECK(world.Ask(forger).status().ToString() == gone.ToString());
}

TEST_CASE("An expired token and an API outage are told apart", "[enrolment]") {
  EnrolmentWorld world;
  auto late = world.Terminal(std::chrono::hours(1));
  world.executor.Advance(std::chrono::hours(2));
  CHECK(world.Ask(late).status().code() == Code::kPermissionDenied);
  auto terminal = world.Terminal();
  world.api.FailNext("get", "secrets", Unavailable("down"));
  CHECK(world.Ask(terminal).status().code() == Code::kUnavailable);
  world.api.FailNext("get", "edgenodes", Status(Code::kUnauthenticated, "401"));
  CHECK(world.Ask(terminal).status().code() == Code::kUnavailable);
  CHECK(world.Ask(terminal).ok());
}

TEST_CASE("An EdgeNode that changes meanwhile makes the hub look again", "[enrolment]") {
  EnrolmentWorld world;
  auto terminal = world.Terminal();
  world.api.BeforeNext("patch", "edgenodes",
                       [&] { world.api.Put(kEdgeNodes, EnrolmentWorld::EdgeNode()); });
  CHECK(world.Ask(terminal).ok());
  CHECK(world.Records().size() == 1);
}

TEST_CASE("Garbage on the enrolment topic gets no answer and does no harm", "[enrolment]") {
  EnrolmentWorld world;
  world.hub->Enrol("\xff\xff\xff", [&](const std::string&) { ++world.replies; });
  world.hub->Enrol(std::string(100000, 'x'), [&](const std::string&) { ++world.replies; });
  world.executor.RunReady();
  CHECK(world.replies == 0);
  CHECK(world.api.calls().empty());
}

TEST_CASE("A flood of requests is cut off and the hub answers again afterwards", "[enrolment]") {
  EnrolmentWorld world;
  auto terminal = world.Terminal();
  const std::string bytes = certs::EncodeEnrolRequest(terminal.MakeRequest(world.random, ""));
  for (int i = 0; i < 1000; ++i) {
    world.hub->Enrol(bytes, [&](const std::string&) { ++world.replies; });
  }
  CHECK(world.api.calls().size() == 256);
  world.executor.RunReady();
  CHECK(world.Ask(terminal).ok());
}

TEST_CASE("A renewal is recorded beside the certificate that is in use", "[enrolment]") {
  EnrolmentWorld world;
  auto terminal = world.Terminal();
  REQUIRE(world.Ask(terminal).ok());
  const std::string key = NewKey();
  const auto reply = world.Renew("till-1", certs::testing::CsrOf(key));
  CHECK(reply.refused.empty());
  CHECK(certs::CheckKeyFits(reply.certificate_pem, key).ok());
  CHECK(world.Records().size() == 2);
  CHECK(world.Revoked().empty());
}

TEST_CASE("A renewal without an EdgeNode or with a bad request is refused with a reason",
          "[enrolment]") {
  EnrolmentWorld world;
  const std::string csr = certs::testing::CsrOf(NewKey());
  CHECK(world.Renew("till-2", csr).refused.find("no EdgeNode till-2") != std::string::npos);
  CHECK_FALSE(world.Renew("till-1", "junk").refused.empty());
  world.executor.Advance(std::chrono::minutes(1));
  world.api.FailNext("patch", "edgenodes", Aborted("conflict"), 2);
  CHECK(world.Renew("till-1", csr).refused.empty());
  world.executor.Advance(std::chrono::minutes(1));
  world.api.FailNext("patch", "edgenodes", Unavailable("down"));
  const auto unrecorded = world.Renew("till-1", certs::testing::CsrOf(NewKey()));
  CHECK(unrecorded.certificate_pem.empty());
  CHECK_FALSE(unrecorded.refused.empty());
}

TEST_CASE("A node that asks for certificates without end gets four a day and all stay revocable",
          "[enrolment]") {
  EnrolmentWorld world;
  int given = 0;
  std::string refused;
  for (int minute = 0; minute < 60; ++minute) {
    const auto reply = world.Renew("till-1", certs::testing::CsrOf(NewKey()));
    given += reply.refused.empty() ? 1 : 0;
    if (!reply.refused.empty()) refused = reply.refused;
    world.executor.Advance(std::chrono::minutes(1));
  }
  CHECK(given == 4);
  CHECK(world.Records().size() == 4);
  CHECK(refused.find("node till-1 was given 4 certificates") != std::string::npos);
  CHECK(refused.find("it may ask again from") != std::string::npos);
  world.executor.Advance(std::chrono::hours(24));
  CHECK(world.Renew("till-1", certs::testing::CsrOf(NewKey())).refused.empty());
  CHECK(world.Records().size() == 5);
}

TEST_CASE("A flood of renewals does not reach the API", "[enrolment]") {
  EnrolmentWorld world;
  REQUIRE(world.Renew("till-1", certs::testing::CsrOf(NewKey())).refused.empty());
  const std::size_t before = world.api.calls().size();
  for (int i = 0; i < 50; ++i) {
    CHECK(world.Renew("till-1", certs::testing::CsrOf(NewKey()))
              .refused.find("less than a minute ago") != std::string::npos);
  }
  CHECK(world.api.calls().size() == before);
}

TEST_CASE("A renewal whose reply was lost is answered with the same certificate", "[enrolment]") {
  EnrolmentWorld world;
  const std::string csr = certs::testing::CsrOf(NewKey());
  const auto first = world.Renew("till-1", csr);
  REQUIRE(first.refused.empty());
  CHECK(world.Renew("till-1", csr).certificate_pem == first.certificate_pem);
  CHECK(world.Records().size() == 1);
}

TEST_CASE("A renewal that is doubled on its way is answered once", "[enrolment]") {
  EnrolmentWorld world;
  const std::string csr = certs::testing::CsrOf(NewKey());
  for (int i = 0; i < 2; ++i) {
    world.hub->Renew("till-1", csr, [&](const sync::CertificateReply&) { ++world.replies; });
  }
  world.executor.RunReady();
  CHECK(world.replies == 1);
  CHECK(world.Records().size() == 1);
}

TEST_CASE("All certificates of an EdgeNode are revoked when it leaves", "[enrolment]") {
  EnrolmentWorld world;
  auto terminal = world.Terminal();
  REQUIRE(world.Ask(terminal).ok());
  world.Renew("till-1", certs::testing::CsrOf(NewKey()));
  std::optional<Status> status;
  world.hub->RevokeAll(world.api.Peek(kEdgeNodes, "", "till-1"),
                       [&](const Status& result) { status = result; });
  world.executor.RunReady();
  REQUIRE(status);
  CHECK(status->ok());
  CHECK(world.Revoked().size() == 2);
}

TEST_CASE("Answers that come after the hub part is gone are dropped", "[enrolment]") {
  EnrolmentWorld world;
  auto terminal = world.Terminal();
  world.hub->Enrol(certs::EncodeEnrolRequest(terminal.MakeRequest(world.random, "")),
                   [&](const std::string&) { ++world.replies; });
  world.hub.reset();
  world.executor.RunReady();
  CHECK(world.replies == 0);
}

}  // namespace edge::cloudhub
