#include "certs/x509.h"

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>

#include "certs/adapters/openssl/handles.h"
#include "common/bytes.h"

namespace edge::certs {
namespace {

using namespace openssl;  // NOLINT(google-build-using-namespace): our own, of this folder

std::string AddressText(const ASN1_OCTET_STRING* address) {
  const int size = ASN1_STRING_length(address);
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = size == 4 ? AF_INET : AF_INET6;
  if (size != 4 && size != 16) return {};
  inet_ntop(family, ASN1_STRING_get0_data(address), text.data(), text.size());
  return text.data();
}

void ReadNames(X509* certificate, CertificateFacts& facts) {
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_DNS) {
      const ASN1_IA5STRING* text = name->d.dNSName;
      facts.dns_names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                                   static_cast<std::size_t>(ASN1_STRING_length(text)));
    } else if (name->type == GEN_IPADD) {
      facts.ip_addresses.push_back(AddressText(name->d.iPAddress));
    }
  }
  GENERAL_NAMES_free(names);
}

std::string FingerprintOf(X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  X509_digest(certificate, EVP_sha256(), digest.data(), &size);
  return HexEncode({reinterpret_cast<const char*>(digest.data()), size});
}

/// EC P-256, as we make them; anything else in a request would be a key that we never tested.
bool IsP256(const EVP_PKEY* key) {
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC) return false;
  std::array<char, 64> group{};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) != 1) return false;
  return OBJ_sn2nid(group.data()) == NID_X9_62_prime256v1;
}

}  // namespace

Result<std::string> GenerateKey() {
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  if (key == nullptr) return OpenSslError("generating a key");
  return ToPem(key.get());
}

Result<CertificateFacts> ReadCertificate(std::string_view pem) {
  EDGE_ASSIGN_OR_RETURN(const Certificate certificate, ParseCertificate(pem));
  X509* x509 = certificate.get();
  CertificateFacts facts;
  facts.common_name = NameEntry(X509_get_subject_name(x509), NID_commonName);
  facts.organization = NameEntry(X509_get_subject_name(x509), NID_organizationName);
  facts.issuer_common_name = NameEntry(X509_get_issuer_name(x509), NID_commonName);
  facts.serial = SerialHex(X509_get0_serialNumber(x509));
  facts.not_before = FromAsn1Time(X509_get0_notBefore(x509));
  facts.not_after = FromAsn1Time(X509_get0_notAfter(x509));
  facts.fingerprint = FingerprintOf(x509);
  EVP_PKEY* key = X509_get0_pubkey(x509);
  if (key == nullptr) return InvalidArgument("the certificate's public key cannot be read");
  facts.key_fingerprint = openssl::FingerprintOf(key);
  ReadNames(x509, facts);
  const std::uint32_t flags = X509_get_extension_flags(x509);
  facts.is_ca = (flags & EXFLAG_CA) != 0;
  const std::uint32_t usage = (flags & EXFLAG_XKUSAGE) ? X509_get_extended_key_usage(x509) : 0;
  facts.client_auth = (usage & XKU_SSL_CLIENT) != 0;
  facts.server_auth = (usage & XKU_SSL_SERVER) != 0;
  ERR_clear_error();
  return facts;
}

Status CheckKeyFits(std::string_view certificate_pem, std::string_view key_pem) {
  EDGE_ASSIGN_OR_RETURN(const Certificate certificate, ParseCertificate(certificate_pem));
  EDGE_ASSIGN_OR_RETURN(const Key key, ParseKey(key_pem));
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    ERR_clear_error();
    return FailedPrecondition("the private key does not belong to the certificate");
  }
  return Status::Ok();
}

Status CheckSignedBy(std::string_view certificate_pem, std::string_view ca_pem) {
  EDGE_ASSIGN_OR_RETURN(const Certificate certificate, ParseCertificate(certificate_pem));
  EDGE_ASSIGN_OR_RETURN(const Certificate ca, ParseCertificate(ca_pem));
  const std::string ca_name = NameEntry(X509_get_subject_name(ca.get()), NID_commonName);
  if (X509_check_ca(ca.get()) != 1) {
    return FailedPrecondition("the certificate " + ca_name + " is not a CA's");
  }
  if (X509_check_issued(ca.get(), certificate.get()) != X509_V_OK ||
      X509_verify(certificate.get(), X509_get0_pubkey(ca.get())) != 1) {
    ERR_clear_error();
    return FailedPrecondition("the certificate was not signed by the CA " + ca_name);
  }
  return Status::Ok();
}

Result<std::string> MakeCsr(std::string_view key_pem, std::string_view common_name) {
  EDGE_ASSIGN_OR_RETURN(const Key key, ParseKey(key_pem));
  const Request request(X509_REQ_new());
  const Name name(X509_NAME_new());
  const bool made =
      X509_NAME_add_entry_by_NID(name.get(), NID_commonName, MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(common_name.data()),
                                 static_cast<int>(common_name.size()), -1, 0) == 1 &&
      X509_REQ_set_subject_name(request.get(), name.get()) == 1 &&
      X509_REQ_set_pubkey(request.get(), key.get()) == 1 &&
      X509_REQ_sign(request.get(), key.get(), EVP_sha256()) > 0;
  if (!made) return OpenSslError("making a signing request");
  return ToPem(request.get());
}

Result<CsrFacts> ReadCsr(std::string_view pem) {
  EDGE_ASSIGN_OR_RETURN(const Request request, ParseRequest(pem));
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  if (key == nullptr || !IsP256(key)) {
    ERR_clear_error();
    return InvalidArgument("the signing request's key is not EC P-256");
  }
  if (X509_REQ_verify(request.get(), key) != 1) {
    ERR_clear_error();
    return InvalidArgument("the signing request is not signed by its own key");
  }
  return CsrFacts{openssl::FingerprintOf(key)};
}

Result<std::string> KeyFingerprint(std::string_view key_pem) {
  EDGE_ASSIGN_OR_RETURN(const Key key, ParseKey(key_pem));
  return openssl::FingerprintOf(key.get());
}

}  // namespace edge::certs
