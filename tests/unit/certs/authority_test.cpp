#include "certs/authority.h"

#include "tests/unit/certs/fixtures.h"

namespace edge::certs {
using namespace testing;  // NOLINT(google-build-using-namespace)

TEST_CASE("A node certificate names the node and its organization and is for clients only",
          "[certs]") {
  const std::string key = NewKey();
  const auto facts =
      ReadCertificate(TestAuthority().SignNode(CsrOf(key), "till-1", kNow).value()).value();
  CHECK(facts.common_name == "system:node:till-1");
  CHECK(facts.organization == "system:nodes");
  CHECK(facts.issuer_common_name == "retail-edge MQTT CA");
  CHECK(facts.client_auth);
  CHECK_FALSE(facts.server_auth);
  CHECK_FALSE(facts.is_ca);
  CHECK(facts.not_before == kNow - std::chrono::hours(1));
  CHECK(facts.not_after == kNow + std::chrono::hours(24 * 90));
  CHECK(facts.key_fingerprint == KeyFingerprint(key).value());
}

TEST_CASE("The name in the request is ignored", "[certs]") {
  const std::string csr = CsrOf(NewKey(), "system:masters");
  const auto facts = ReadCertificate(TestAuthority().SignNode(csr, "till-1", kNow).value()).value();
  CHECK(facts.common_name == "system:node:till-1");
}

TEST_CASE("Serials are random and of 128 bits", "[certs]") {
  const std::string csr = CsrOf(NewKey());
  std::size_t longest = 0;
  std::string last;
  for (int i = 0; i < 8; ++i) {
    const auto facts =
        ReadCertificate(TestAuthority().SignNode(csr, "till-1", kNow).value()).value();
    CHECK(facts.serial != last);
    last = facts.serial;
    longest = std::max(longest, last.size());
  }
  CHECK(longest >= 31);
  CHECK(longest <= 32);
}

TEST_CASE("No certificate outlives its CA and an expired CA signs nothing", "[certs]") {
  const std::string csr = CsrOf(NewKey());
  const WallTime end = TestAuthority().facts().not_after;
  const auto late = TestAuthority().SignNode(csr, "till-1", end - std::chrono::hours(1));
  CHECK(ReadCertificate(late.value())->not_after == end);
  const auto after = TestAuthority().SignNode(csr, "till-1", end + std::chrono::hours(1));
  CHECK(after.status().code() == Code::kFailedPrecondition);
  CHECK_FALSE(after.status().next_step().empty());
}

TEST_CASE("A server certificate holds the names and addresses it is asked for", "[certs]") {
  const auto facts =
      ReadCertificate(TestAuthority()
                          .SignServer(CsrOf(NewKey()),
                                      {{"mqtt.edge", "localhost"}, {"127.0.0.1", "fd00::1"}}, kNow)
                          .value())
          .value();
  CHECK(facts.dns_names == std::vector<std::string>{"mqtt.edge", "localhost"});
  CHECK(facts.ip_addresses == std::vector<std::string>{"127.0.0.1", "fd00::1"});
  CHECK(facts.server_auth);
  CHECK_FALSE(facts.client_auth);
}

TEST_CASE("A server name that is none is refused before OpenSSL reads it", "[certs]") {
  const std::string csr = CsrOf(NewKey());
  for (const char* bad : {"", "a,DNS:evil", "a b", "copy:x/y"}) {
    CHECK(TestAuthority().SignServer(csr, {{bad}, {}}, kNow).status().code() ==
          Code::kInvalidArgument);
  }
  CHECK(TestAuthority().SignServer(csr, {{}, {"1.2.3"}}, kNow).status().code() ==
        Code::kInvalidArgument);
  CHECK(TestAuthority().SignServer(csr, {}, kNow).status().code() == Code::kInvalidArgument);
}

TEST_CASE("The hub certificate carries the hub name that the broker knows", "[certs]") {
  const auto facts =
      ReadCertificate(TestAuthority().SignHub(CsrOf(NewKey()), kNow).value()).value();
  CHECK(facts.common_name == "edge:hub");
  CHECK(facts.client_auth);
}

TEST_CASE("A CA comes back from its PEM and a leaf or a foreign key does not make one", "[certs]") {
  const CertificateAuthority& ca = TestAuthority();
  CHECK(CertificateAuthority::FromPem(ca.certificate_pem(), ca.key_pem()).ok());
  CHECK(CertificateAuthority::FromPem(ca.certificate_pem(), NewKey()).status().code() ==
        Code::kFailedPrecondition);
  const std::string key = NewKey();
  const std::string leaf = ca.SignNode(CsrOf(key), "till-1", kNow).value();
  CHECK(CertificateAuthority::FromPem(leaf, key).status().code() == Code::kInvalidArgument);
}

TEST_CASE("A bad node name or request is signed by nobody", "[certs]") {
  CHECK_FALSE(TestAuthority().SignNode(CsrOf(NewKey()), "No Name", kNow).ok());
  CHECK_FALSE(TestAuthority().SignNode("junk", "till-1", kNow).ok());
}

}  // namespace edge::certs
