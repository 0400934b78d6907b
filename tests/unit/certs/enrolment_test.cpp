#include "certs/enrolment.h"

#include "certs/mac.h"
#include "tests/unit/certs/fixtures.h"

namespace edge::certs {
using namespace testing;  // NOLINT(google-build-using-namespace)

namespace {

using What = EnrolDecision::What;

/// A token on both sides, and a node that is admitted.
struct EnrolmentWorld {
  SystemRandom random;
  JoinToken token = TestToken(random);
  EnrolmentServer server{TestAuthority()};
  EnrolmentClient client = EnrolmentClient::Create(token, NewKey()).value();
  StoredToken stored{token.id,     token.node_name, token.cluster_name,
                     token.secret, token.expires,   std::nullopt};
  AdmittedNode node{"retail-edge", false};

  EnrolRequest Request() { return client.MakeRequest(random, "1.0"); }

  EnrolDecision Decide(const EnrolRequest& request, WallTime now = kNow) {
    return server.Decide(request, stored, &node, now, random);
  }
};

}  // namespace

TEST_CASE("A node with a good token gets a certificate for its key and name", "[certs]") {
  EnrolmentWorld world;
  const EnrolRequest request = world.Request();
  REQUIRE_FALSE(world.server.Screen(request));
  REQUIRE_FALSE(world.server.Authenticate(request, &world.stored));
  const EnrolDecision decision = world.Decide(request);
  REQUIRE(decision.what == What::kIssue);
  const Issued issued = world.client.Accept(decision.reply).value();
  CHECK(ReadCertificate(issued.certificate_pem)->common_name == "system:node:till-1");
  CHECK(CheckKeyFits(issued.certificate_pem, world.client.key_pem()).ok());
  CHECK(issued.ca_pem == TestAuthority().certificate_pem());
}

TEST_CASE("The secret is in no message", "[certs]") {
  EnrolmentWorld world;
  const EnrolRequest request = world.Request();
  const EnrolDecision decision = world.Decide(request);
  for (const std::string& text :
       {request.token_id, request.nonce, request.csr_pem, request.mac, decision.reply.mac,
        decision.reply.certificate_pem, decision.reply.hub_nonce}) {
    CHECK(text.find(world.token.secret) == std::string::npos);
  }
}

TEST_CASE("A retry with the same key gets the same certificate even after expiry", "[certs]") {
  EnrolmentWorld world;
  const EnrolDecision first = world.Decide(world.Request());
  world.stored.redemption = first.redemption;
  const EnrolDecision again = world.Decide(world.Request(), kNow + std::chrono::hours(48));
  CHECK(again.what == What::kReplyAgain);
  CHECK(world.client.Accept(again.reply)->certificate_pem == first.reply.certificate_pem);
}

TEST_CASE("A token that was used is refused to another key", "[certs]") {
  EnrolmentWorld world;
  world.stored.redemption = world.Decide(world.Request()).redemption;
  EnrolmentClient thief = EnrolmentClient::Create(world.token, NewKey()).value();
  const EnrolDecision decision = world.Decide(thief.MakeRequest(world.random, ""));
  CHECK(decision.what == What::kRefuse);
  CHECK(decision.reply.refusal.code() == Code::kAlreadyExists);
  CHECK(thief.Accept(decision.reply).status().code() == Code::kPermissionDenied);
}

TEST_CASE("An expired token is refused for good with the way out", "[certs]") {
  EnrolmentWorld world;
  const EnrolDecision decision = world.Decide(world.Request(), kNow + std::chrono::hours(24));
  CHECK(decision.reply.refusal.code() == Code::kOutOfRange);
  CHECK(decision.reply.refusal.next_step().find("token create") != std::string::npos);
  CHECK_FALSE(MayRetry(decision.reply.refusal.code()));
}

TEST_CASE("A node without an EdgeNode is told to wait for it", "[certs]") {
  EnrolmentWorld world;
  const EnrolDecision decision =
      world.server.Decide(world.Request(), world.stored, nullptr, kNow, world.random);
  CHECK(decision.reply.refusal.code() == Code::kNotFound);
  CHECK(decision.reply.refusal.message().find("EdgeNode till-1") != std::string::npos);
  CHECK(world.client.Accept(decision.reply).status().code() == Code::kUnavailable);
}

TEST_CASE("An EdgeNode of another cluster or a revoked one keeps the node out", "[certs]") {
  EnrolmentWorld world;
  world.node.cluster_name = "other";
  CHECK(world.Decide(world.Request()).reply.refusal.code() == Code::kFailedPrecondition);
  world.node = {"retail-edge", true};
  CHECK(world.Decide(world.Request()).reply.refusal.code() == Code::kFailedPrecondition);
}

TEST_CASE("An unknown id and a wrong secret and a wrong name are refused alike", "[certs]") {
  EnrolmentWorld world;
  const EnrolRequest request = world.Request();
  StoredToken other_secret = world.stored;
  other_secret.secret = std::string(32, 'x');
  StoredToken other_name = world.stored;
  other_name.node_name = "till-2";
  StoredToken no_secret = world.stored;
  no_secret.secret.clear();
  const auto unknown = world.server.Authenticate(request, nullptr);
  REQUIRE(unknown);
  CHECK(unknown->refusal.code() == Code::kPermissionDenied);
  for (const StoredToken& stored : {other_secret, other_name, no_secret}) {
    const auto reply = world.server.Authenticate(request, &stored);
    REQUIRE(reply);
    CHECK(reply->refusal.ToString() == unknown->refusal.ToString());
  }
}

TEST_CASE("A proof under an empty secret opens no unknown token", "[certs]") {
  EnrolmentWorld world;
  EnrolRequest request = world.Request();
  request.mac = RequestMac("", request, TestAuthority().facts().fingerprint);
  CHECK(world.server.Authenticate(request, nullptr));
}

TEST_CASE("Every proved field changes the proof", "[certs]") {
  EnrolmentWorld world;
  const EnrolRequest request = world.Request();
  const auto refused = [&](auto change) {
    EnrolRequest changed = request;
    change(changed);
    return world.server.Authenticate(changed, &world.stored).has_value();
  };
  CHECK(refused([](EnrolRequest& r) { r.nonce[0] = static_cast<char>(r.nonce[0] ^ 1); }));
  CHECK(refused([](EnrolRequest& r) { r.csr_pem = CsrOf(NewKey()); }));
  CHECK(refused([](EnrolRequest& r) { r.cluster_name += "x"; }));
  CHECK(refused([](EnrolRequest& r) { r.node_name += "x"; }));
  CHECK(refused([](EnrolRequest& r) { r.mac[0] = static_cast<char>(r.mac[0] ^ 1); }));
  CHECK_FALSE(refused([](EnrolRequest&) {}));
}

TEST_CASE("A hub of another CA cannot accept the proof", "[certs]") {
  EnrolmentWorld world;
  const EnrolmentServer other(CertificateAuthority::Create("retail-edge MQTT CA", kNow).value());
  CHECK(other.Authenticate(world.Request(), &world.stored));
}

TEST_CASE("A malformed request is refused before anything is looked up", "[certs]") {
  EnrolmentWorld world;
  const EnrolRequest good = world.Request();
  const auto code = [&](auto change) {
    EnrolRequest changed = good;
    change(changed);
    const auto reply = world.server.Screen(changed);
    return reply ? reply->refusal.code() : Code::kOk;
  };
  CHECK(code([](EnrolRequest& r) { r.version = 3; }) == Code::kUnimplemented);
  CHECK(code([](EnrolRequest& r) { r.version = 0; }) == Code::kUnimplemented);
  CHECK(code([](EnrolRequest& r) { r.token_id = "../x"; }) == Code::kInvalidArgument);
  CHECK(code([](EnrolRequest& r) { r.node_name = "X"; }) == Code::kInvalidArgument);
  CHECK(code([](EnrolRequest& r) { r.cluster_name.clear(); }) == Code::kInvalidArgument);
  CHECK(code([](EnrolRequest& r) { r.nonce = "short"; }) == Code::kInvalidArgument);
  CHECK(code([](EnrolRequest& r) { r.mac.clear(); }) == Code::kInvalidArgument);
  CHECK(code([](EnrolRequest& r) { r.csr_pem = "junk"; }) == Code::kInvalidArgument);
  CHECK(code([](EnrolRequest&) {}) == Code::kOk);
}

TEST_CASE("A node takes no certificate that is unproved or not its own", "[certs]") {
  EnrolmentWorld world;
  const EnrolRequest request = world.Request();
  const EnrolReply good = world.Decide(request).reply;
  const std::string ca = TestAuthority().facts().fingerprint;
  EnrolReply unproved = good;
  unproved.mac = std::string(32, 'x');
  CHECK(world.client.Accept(unproved).status().code() == Code::kDataLoss);
  const auto with = [&](const std::string& certificate) {
    EnrolReply reply = good;
    reply.certificate_pem = certificate;
    reply.mac = ReplyMac(world.token.secret, request, ca, reply);
    return world.client.Accept(reply).status().code();
  };
  const auto other_ca = CertificateAuthority::Create("other", kNow).value();
  CHECK(with(TestAuthority().SignNode(request.csr_pem, "till-2", kNow).value()) == Code::kDataLoss);
  CHECK(with(TestAuthority().SignNode(CsrOf(NewKey()), "till-1", kNow).value()) == Code::kDataLoss);
  CHECK(with(other_ca.SignNode(request.csr_pem, "till-1", kNow).value()) == Code::kDataLoss);
  CHECK(with(good.certificate_pem) == Code::kOk);
}

TEST_CASE("An answer to an earlier request is not taken for the answer", "[certs]") {
  EnrolmentWorld world;
  const EnrolReply old = world.Decide(world.Request()).reply;
  CHECK(world.client.MakeRequest(world.random, "").nonce != old.nonce);
  CHECK(world.client.Accept(old).status().code() == Code::kFailedPrecondition);
}

TEST_CASE("A renewal is signed for an admitted node and refused to a revoked one", "[certs]") {
  EnrolmentWorld world;
  const std::string csr = CsrOf(NewKey());
  const auto renewed = world.server.Renew("till-1", csr, &world.node, kNow);
  CHECK(ReadCertificate(renewed.value())->common_name == "system:node:till-1");
  CHECK_FALSE(world.server.Renew("till-1", "junk", &world.node, kNow).ok());
  CHECK(world.server.Renew("till-1", csr, nullptr, kNow).status().code() ==
        Code::kPermissionDenied);
  world.node.revoked = true;
  CHECK(world.server.Renew("till-1", csr, &world.node, kNow).status().code() ==
        Code::kPermissionDenied);
}

TEST_CASE("Fields cannot flow into each other in a proof", "[certs]") {
  CHECK(Mac("k", {"ab", "c"}) != Mac("k", {"a", "bc"}));
  CHECK(Mac("k", {"ab"}) != Mac("k", {"ab", ""}));
  CHECK(Mac("k", {"a"}) != Mac("l", {"a"}));
  CHECK(Mac("k", {"a"}).size() == 32);
  CHECK(EqualMac("abc", "abc"));
  CHECK_FALSE(EqualMac("abc", "abd"));
  CHECK_FALSE(EqualMac("abc", "ab"));
}

}  // namespace edge::certs
