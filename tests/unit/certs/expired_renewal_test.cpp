#include "certs/expired_renewal.h"

#include "certs/mac.h"
#include "tests/unit/certs/fixtures.h"

namespace edge::certs {
using namespace testing;  // NOLINT(google-build-using-namespace)

namespace {

constexpr WallTime kLater = kNow + kNodeLife + std::chrono::hours(24);

/// A terminal whose certificate expired a day ago, and the hub that gave it.
struct ExpiredWorld {
  SystemRandom random;
  EnrolmentServer server{TestAuthority()};
  std::string old_key = NewKey();
  ExpiredPair old{"till-1", "retail-edge", TestAuthority().certificate_pem(),
                  TestAuthority().SignNode(CsrOf(old_key), "till-1", kNow).value(), old_key};
  std::string new_key = NewKey();
  ExpiredRenewalClient client = ExpiredRenewalClient::Create(old, new_key).value();
  AdmittedNode node{"retail-edge", false, true};

  EnrolRequest Request() { return client.MakeRequest(random, "1.0").value(); }

  /// What the hub says of the proof; OK when it goes on.
  Status Judge(const EnrolRequest& request, WallTime now = kLater) const {
    const auto refused = server.AuthenticateExpired(request, now);
    return refused ? refused->refusal : Status::Ok();
  }
  /// Of a certificate that the key of the terminal goes with.
  Status JudgeShown(const std::string& certificate) {
    EnrolRequest request = Request();
    request.expired_certificate_pem = certificate;
    Sign(request, old_key);
    return Judge(request);
  }
  void Sign(EnrolRequest& request, const std::string& key) const {
    const std::string ca = TestAuthority().facts().fingerprint;
    request.signature = SignBytes(key, ExpiredRenewalProof(request, ca)).value();
  }
  EnrolReply Answer(const EnrolRequest& request) {
    return EnrolmentServer::AnswerExpired(
        request, TestAuthority().SignNode(request.csr_pem, "till-1", kLater).value(), random);
  }
};

}  // namespace

TEST_CASE("A terminal with an expired certificate proves itself and gets the next", "[certs]") {
  ExpiredWorld world;
  const EnrolRequest request = world.Request();
  REQUIRE_FALSE(world.server.Screen(request));
  CHECK(world.Judge(request).ok());
  CHECK(world.server.AdmitExpired(request, &world.node).ok());
  const std::string next = world.client.Accept(world.Answer(request)).value();
  CHECK(ReadCertificate(next)->common_name == "system:node:till-1");
  CHECK(CheckKeyFits(next, world.new_key).ok());
}

TEST_CASE("An older hub refuses an expired renewal by its version before it reads on", "[certs]") {
  ExpiredWorld world;
  CHECK(world.Request().version == 2);
  EnrolReply old_hub;
  const EnrolRequest request = world.Request();
  old_hub.nonce = request.nonce;
  old_hub.refusal =
      Unimplemented("enrolment version 2 is not known to this hub", "upgrade the hub");
  const Status told = world.client.Accept(old_hub).status();
  CHECK(told.code() == Code::kUnavailable);
  CHECK(told.message().find("expired certificate of till-1") != std::string::npos);
  CHECK(told.next_step() == "upgrade the hub");
}

TEST_CASE("Every field of an expired renewal is proved", "[certs]") {
  ExpiredWorld world;
  const EnrolRequest good = world.Request();
  const auto refused = [&](auto change) {
    EnrolRequest changed = good;
    change(changed);
    const Status status = world.Judge(changed);
    CHECK((status.ok() || status.code() == Code::kPermissionDenied));
    return !status.ok();
  };
  CHECK(refused([](EnrolRequest& r) { r.nonce[0] = static_cast<char>(r.nonce[0] ^ 1); }));
  CHECK(refused([](EnrolRequest& r) { r.csr_pem = CsrOf(NewKey()); }));
  CHECK(refused([](EnrolRequest& r) { r.cluster_name += "x"; }));
  CHECK(refused([](EnrolRequest& r) { r.node_name = "till-2"; }));
  CHECK(refused([](EnrolRequest& r) { r.agent_version += "x"; }));
  CHECK(refused([](EnrolRequest& r) { r.expired_certificate_pem += "\n"; }));
  CHECK(refused([](EnrolRequest& r) { r.signature[9] = static_cast<char>(r.signature[9] ^ 1); }));
  CHECK(refused([](EnrolRequest& r) { r.signature = "x"; }));
  CHECK_FALSE(refused([](EnrolRequest&) {}));
}

TEST_CASE("A signature made for anything else proves no expired renewal", "[certs]") {
  ExpiredWorld world;
  EnrolRequest request = world.Request();
  request.signature = SignBytes(world.old_key, request.csr_pem).value();
  CHECK_FALSE(world.Judge(request).ok());
  const std::string ca = TestAuthority().facts().fingerprint;
  const std::string as_token =
      EncodeFields({"edge/enrol/request/1", request.token_id, request.node_name,
                    request.cluster_name, request.nonce, request.csr_pem, ca});
  request.signature = SignBytes(world.old_key, as_token).value();
  CHECK_FALSE(world.Judge(request).ok());
  world.Sign(request, NewKey());
  CHECK_FALSE(world.Judge(request).ok());
  world.Sign(request, world.old_key);
  CHECK(world.Judge(request).ok());
}

TEST_CASE("A certificate of another CA or name or use renews nothing", "[certs]") {
  ExpiredWorld world;
  const CertificateAuthority& ours = TestAuthority();
  const std::string csr = CsrOf(world.old_key);
  const auto other = CertificateAuthority::Create("retail-edge MQTT CA", kNow).value();
  const Status foreign = world.JudgeShown(other.SignNode(csr, "till-1", kNow).value());
  CHECK(foreign.code() == Code::kPermissionDenied);
  CHECK(foreign.message().find("node till-1") != std::string::npos);
  CHECK(foreign.message().find("was not signed by the CA") != std::string::npos);
  CHECK(foreign.next_step().find("token create\" till-1") != std::string::npos);
  CHECK(world.JudgeShown(ours.SignNode(csr, "till-2", kNow).value()).message().find("till-2") !=
        std::string::npos);
  CHECK_FALSE(world.JudgeShown(ours.SignHub(csr, kNow, kNodeLife).value()).ok());
  CHECK_FALSE(world.JudgeShown(ours.SignServer(csr, {{"mqtt.edge"}, {}}, kNow).value()).ok());
  CHECK_FALSE(world.JudgeShown(ours.certificate_pem()).ok());
  CHECK_FALSE(world.JudgeShown("junk").ok());
}

TEST_CASE("The key of the expired certificate gets no other certificate", "[certs]") {
  ExpiredWorld world;
  auto lazy = ExpiredRenewalClient::Create(world.old, world.old_key).value();
  const Status refused = world.Judge(lazy.MakeRequest(world.random, "").value());
  CHECK(refused.message().find("key of the expired certificate") != std::string::npos);
}

TEST_CASE("A certificate that has not expired is sent the normal way", "[certs]") {
  ExpiredWorld world;
  const WallTime until = ReadCertificate(world.old.certificate_pem)->not_after;
  const Status refused = world.Judge(world.Request(), until);
  CHECK(refused.code() == Code::kFailedPrecondition);
  CHECK(refused.message().find("has not expired: it lasts until " + FormatTime(until)) !=
        std::string::npos);
  CHECK(refused.next_step().find("renew over its link") != std::string::npos);
  CHECK(world.Judge(world.Request(), until + std::chrono::seconds(1)).ok());
}

TEST_CASE("An EdgeNode that does not allow it is named with both ways out", "[certs]") {
  ExpiredWorld world;
  world.node.allow_expired_renewal = false;
  const Status refused = world.server.AdmitExpired(world.Request(), &world.node);
  CHECK(refused.code() == Code::kFailedPrecondition);
  CHECK(refused.message().find("EdgeNode till-1 does not allow") != std::string::npos);
  CHECK(refused.next_step().find("spec.allowExpiredRenewal") != std::string::npos);
  CHECK(refused.next_step().find("cloudhub token create till-1") != std::string::npos);
}

TEST_CASE("An EdgeNode that is missing or of another cluster or revoked renews nothing",
          "[certs]") {
  ExpiredWorld world;
  const EnrolRequest request = world.Request();
  CHECK(world.server.AdmitExpired(request, nullptr).code() == Code::kNotFound);
  const AdmittedNode elsewhere{"other", false, true};
  CHECK(world.server.AdmitExpired(request, &elsewhere).code() == Code::kFailedPrecondition);
  const AdmittedNode stolen{"retail-edge", true, true};
  CHECK(world.server.AdmitExpired(request, &stolen).message().find("is revoked") !=
        std::string::npos);
}

TEST_CASE("A malformed expired renewal is refused before anything is looked up", "[certs]") {
  ExpiredWorld world;
  const EnrolRequest good = world.Request();
  const auto code = [&](auto change) {
    EnrolRequest changed = good;
    change(changed);
    const auto reply = world.server.Screen(changed);
    return reply ? reply->refusal.code() : Code::kOk;
  };
  CHECK(code([](EnrolRequest& r) { r.version = 3; }) == Code::kUnimplemented);
  CHECK(code([](EnrolRequest& r) { r.version = 1; }) == Code::kInvalidArgument);
  CHECK(code([](EnrolRequest& r) { r.signature.clear(); }) == Code::kInvalidArgument);
  CHECK(code([](EnrolRequest& r) { r.signature.resize(129); }) == Code::kInvalidArgument);
  CHECK(code([](EnrolRequest& r) { r.expired_certificate_pem.resize(8193); }) ==
        Code::kInvalidArgument);
  CHECK(code([](EnrolRequest& r) { r.node_name = "X"; }) == Code::kInvalidArgument);
  CHECK(code([](EnrolRequest& r) { r.csr_pem = "junk"; }) == Code::kInvalidArgument);
  CHECK(code([](EnrolRequest&) {}) == Code::kOk);
}

TEST_CASE("A terminal takes no certificate of another key or name or CA", "[certs]") {
  ExpiredWorld world;
  const EnrolRequest request = world.Request();
  const auto code = [&](const std::string& certificate) {
    const EnrolReply reply = EnrolmentServer::AnswerExpired(request, certificate, world.random);
    return world.client.Accept(reply).status().code();
  };
  const auto other = CertificateAuthority::Create("retail-edge MQTT CA", kNow).value();
  const CertificateAuthority& ours = TestAuthority();
  CHECK(code(ours.SignNode(CsrOf(NewKey()), "till-1", kLater).value()) == Code::kDataLoss);
  CHECK(code(ours.SignNode(request.csr_pem, "till-2", kLater).value()) == Code::kDataLoss);
  CHECK(code(other.SignNode(request.csr_pem, "till-1", kLater).value()) == Code::kDataLoss);
  CHECK(code("") == Code::kDataLoss);
  CHECK(code(ours.SignNode(request.csr_pem, "till-1", kLater).value()) == Code::kOk);
}

TEST_CASE("An answer that was played before is not taken for the answer", "[certs]") {
  ExpiredWorld world;
  const EnrolReply first = world.Answer(world.Request());
  CHECK(world.Request().nonce != first.nonce);
  CHECK(world.client.Accept(first).status().code() == Code::kFailedPrecondition);
}

TEST_CASE("A hub that wants another key is told from one that refuses", "[certs]") {
  ExpiredWorld world;
  const EnrolRequest request = world.Request();
  const auto told = [&](Status refusal) {
    return world.client.Accept(EnrolmentServer::Refuse(request, std::move(refusal))).status();
  };
  CHECK(told(AlreadyExists("used")).code() == Code::kAlreadyExists);
  CHECK(told(PermissionDenied("revoked")).code() == Code::kUnavailable);
  CHECK(told(PermissionDenied("revoked", "get a token")).next_step() == "get a token");
}

}  // namespace edge::certs
