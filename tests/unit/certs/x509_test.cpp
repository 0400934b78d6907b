#include "certs/x509.h"

#include "tests/unit/certs/fixtures.h"

namespace edge::certs {
using namespace testing;  // NOLINT(google-build-using-namespace)

TEST_CASE("Two generated keys differ and fit only their own certificates", "[certs]") {
  const std::string key = NewKey();
  const std::string other = NewKey();
  REQUIRE(key != other);
  const std::string certificate = TestAuthority().SignNode(CsrOf(key), "till-1", kNow).value();
  CHECK(CheckKeyFits(certificate, key).ok());
  CHECK(CheckKeyFits(certificate, other).code() == Code::kFailedPrecondition);
}

TEST_CASE("A certificate is known to be signed by its CA and by no other", "[certs]") {
  const auto other = CertificateAuthority::Create("retail-edge MQTT CA", kNow).value();
  const std::string certificate = TestAuthority().SignNode(CsrOf(NewKey()), "till-1", kNow).value();
  CHECK(CheckSignedBy(certificate, TestAuthority().certificate_pem()).ok());
  CHECK(CheckSignedBy(certificate, other.certificate_pem()).code() == Code::kFailedPrecondition);
  CHECK(CheckSignedBy(certificate, certificate).code() == Code::kFailedPrecondition);
}

TEST_CASE("The fingerprint of a request is that of its key", "[certs]") {
  const std::string key = NewKey();
  CHECK(ReadCsr(CsrOf(key))->key_fingerprint == KeyFingerprint(key).value());
}

TEST_CASE("A request that was changed after signing is refused", "[certs]") {
  const std::string a = CsrOf(NewKey(), "name-a");
  std::string bytes = a;
  const std::size_t middle = bytes.size() / 2;
  bytes[middle] = bytes[middle] == 'A' ? 'B' : 'A';
  CHECK(ReadCsr(bytes).status().code() == Code::kInvalidArgument);
}

TEST_CASE("A request with an RSA key is refused in clear words", "[certs]") {
  const std::string rsa = R"(-----BEGIN CERTIFICATE REQUEST-----
MIICUTCCATkCAQAwDDEKMAgGA1UEAwwBeDCCASIwDQYJKoZIhvcNAQEBBQADggEP
-----END CERTIFICATE REQUEST-----
)";
  CHECK(ReadCsr(rsa).status().code() == Code::kInvalidArgument);
}

TEST_CASE("Text that is no PEM or is over the cap is refused and never crashes", "[certs]") {
  for (const std::string& junk : {std::string(), std::string("junk"), std::string(100, '\0'),
                                  std::string("-----BEGIN CERTIFICATE-----\n")}) {
    CHECK(ReadCertificate(junk).status().code() == Code::kInvalidArgument);
    CHECK(ReadCsr(junk).status().code() == Code::kInvalidArgument);
    CHECK(KeyFingerprint(junk).status().code() == Code::kInvalidArgument);
    CHECK(MakeCsr(junk, "x").status().code() == Code::kInvalidArgument);
  }
  CHECK(ReadCertificate(std::string(kMaxCertificatePem + 1, 'A'))
            .status()
            .message()
            .find("longer than") != std::string::npos);
}

TEST_CASE("A key that is encrypted is refused without asking for a passphrase", "[certs]") {
  const std::string encrypted =
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIH0\n-----END ENCRYPTED PRIVATE KEY-----\n";
  CHECK(KeyFingerprint(encrypted).status().code() == Code::kInvalidArgument);
}

}  // namespace edge::certs
