#include "certs/authority.h"

#include <arpa/inet.h>
#include <openssl/bn.h>

#include <algorithm>
#include <array>

#include "certs/adapters/openssl/handles.h"
#include "certs/names.h"

namespace edge::certs {
namespace {

using namespace openssl;  // NOLINT(google-build-using-namespace): our own, of this folder

struct Extension {
  int nid;
  std::string value;
};

struct Subject {
  std::string_view common_name;
  std::string_view organization;
};

bool AddNameEntry(X509_NAME* name, int nid, std::string_view value) {
  return value.empty() ||
         X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(value.data()),
                                    static_cast<int>(value.size()), -1, 0) == 1;
}

bool SetSubject(X509* certificate, const Subject& subject) {
  X509_NAME* name = X509_get_subject_name(certificate);
  return AddNameEntry(name, NID_organizationName, subject.organization) &&
         AddNameEntry(name, NID_commonName, subject.common_name);
}

bool SetRandomSerial(X509* certificate) {
  const BigNumber number(BN_new());
  return BN_rand(number.get(), 128, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool SetTimes(X509* certificate, WallTime from, WallTime to) {
  const Time not_before = ToAsn1Time(from);
  const Time not_after = ToAsn1Time(to);
  return X509_set1_notBefore(certificate, not_before.get()) == 1 &&
         X509_set1_notAfter(certificate, not_after.get()) == 1;
}

bool AddExtensions(X509* certificate, X509* issuer, const std::vector<Extension>& extensions) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  for (const Extension& extension : extensions) {
    X509_EXTENSION* made =
        X509V3_EXT_conf_nid(nullptr, &context, extension.nid, extension.value.c_str());
    const bool added = made != nullptr && X509_add_ext(certificate, made, -1) == 1;
    X509_EXTENSION_free(made);
    if (!added) return false;
  }
  return true;
}

/// Everything but subject, key and issuer, which differ between a CA and what it signs.
bool Fill(X509* certificate, const Subject& subject, EVP_PKEY* public_key, WallTime from,
          WallTime to) {
  return X509_set_version(certificate, X509_VERSION_3) == 1 && SetRandomSerial(certificate) &&
         SetTimes(certificate, from, to) && SetSubject(certificate, subject) &&
         X509_set_pubkey(certificate, public_key) == 1;
}

Result<std::string> Sign(const CertificateAuthority& authority, std::string_view csr_pem,
                         const Subject& subject, WallTime now, Duration life,
                         std::vector<Extension> extensions) {
  EDGE_RETURN_IF_ERROR(ReadCsr(csr_pem).status());
  EDGE_ASSIGN_OR_RETURN(const Request request, ParseRequest(csr_pem));
  EDGE_ASSIGN_OR_RETURN(const Certificate ca, ParseCertificate(authority.certificate_pem()));
  EDGE_ASSIGN_OR_RETURN(const Key ca_key, ParseKey(authority.key_pem()));
  const WallTime until = std::min(now + life, authority.facts().not_after);
  if (until <= now) {
    return FailedPrecondition("the CA " + authority.facts().common_name + " expired at " +
                                  FormatTime(authority.facts().not_after),
                              "check this machine's clock; if it is right make a new CA");
  }
  const std::vector<Extension> common = {{NID_basic_constraints, "critical,CA:FALSE"},
                                         {NID_key_usage, "critical,digitalSignature"},
                                         {NID_subject_key_identifier, "hash"},
                                         {NID_authority_key_identifier, "keyid:always"}};
  extensions.insert(extensions.begin(), common.begin(), common.end());
  const Certificate certificate(X509_new());
  const bool made = Fill(certificate.get(), subject, X509_REQ_get0_pubkey(request.get()),
                         now - kBackDating, until) &&
                    X509_set_issuer_name(certificate.get(), X509_get_subject_name(ca.get())) == 1 &&
                    AddExtensions(certificate.get(), ca.get(), extensions) &&
                    X509_sign(certificate.get(), ca_key.get(), EVP_sha256()) > 0;
  if (!made) return OpenSslError("signing a certificate for " + std::string(subject.common_name));
  return ToPem(certificate.get());
}

/// Only what a name may hold, so that nothing in it is taken for OpenSSL's configuration syntax.
bool IsDnsName(std::string_view name) {
  if (name.substr(0, 2) == "*.") name.remove_prefix(2);
  return !name.empty() && name.size() <= 253 &&
         name.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") ==
             std::string_view::npos;
}

bool IsAddress(const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

Result<std::string> SubjectAltName(const ServerNames& names) {
  std::string value;
  for (const std::string& name : names.dns_names) {
    if (!IsDnsName(name)) {
      return InvalidArgument("\"" + name + "\" is no DNS name", "write one like mqtt.example.com");
    }
    value += (value.empty() ? "DNS:" : ",DNS:") + name;
  }
  for (const std::string& address : names.ip_addresses) {
    if (!IsAddress(address)) return InvalidArgument("\"" + address + "\" is no IP address");
    value += (value.empty() ? "IP:" : ",IP:") + address;
  }
  if (value.empty()) {
    return InvalidArgument("a server certificate needs a name",
                           "give at least one DNS name or IP address that clients dial");
  }
  return value;
}

}  // namespace

CertificateAuthority::CertificateAuthority(std::string certificate_pem, std::string key_pem,
                                           CertificateFacts facts)
    : certificate_pem_(std::move(certificate_pem)),
      key_pem_(std::move(key_pem)),
      facts_(std::move(facts)) {}

Result<CertificateAuthority> CertificateAuthority::Create(std::string_view common_name,
                                                          WallTime now) {
  EDGE_ASSIGN_OR_RETURN(std::string key_pem, GenerateKey());
  EDGE_ASSIGN_OR_RETURN(const Key key, ParseKey(key_pem));
  const Certificate ca(X509_new());
  const bool made =
      Fill(ca.get(), {common_name, {}}, key.get(), now - kBackDating, now + kAuthorityLife) &&
      X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get())) == 1 &&
      AddExtensions(ca.get(), ca.get(),
                    {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                     {NID_key_usage, "critical,keyCertSign,cRLSign"},
                     {NID_subject_key_identifier, "hash"}}) &&
      X509_sign(ca.get(), key.get(), EVP_sha256()) > 0;
  if (!made) return OpenSslError("making the CA " + std::string(common_name));
  return FromPem(ToPem(ca.get()), std::move(key_pem));
}

Result<CertificateAuthority> CertificateAuthority::FromPem(std::string certificate_pem,
                                                           std::string key_pem) {
  EDGE_ASSIGN_OR_RETURN(CertificateFacts facts, ReadCertificate(certificate_pem));
  if (!facts.is_ca) {
    return InvalidArgument("the certificate " + facts.common_name + " is not a CA's");
  }
  EDGE_RETURN_IF_ERROR(CheckKeyFits(certificate_pem, key_pem));
  return CertificateAuthority(std::move(certificate_pem), std::move(key_pem), std::move(facts));
}

Result<std::string> CertificateAuthority::SignNode(std::string_view csr_pem,
                                                   std::string_view node_name, WallTime now,
                                                   Duration life) const {
  EDGE_RETURN_IF_ERROR(CheckNodeName(node_name));
  const std::string common_name = NodeCommonName(node_name);
  return Sign(*this, csr_pem, {common_name, kNodesOrganization}, now, life,
              {{NID_ext_key_usage, "clientAuth"}});
}

Result<std::string> CertificateAuthority::SignHub(std::string_view csr_pem, WallTime now,
                                                  Duration life, std::string_view hub_id) const {
  if (!hub_id.empty()) EDGE_RETURN_IF_ERROR(CheckHubId(hub_id));
  const std::string common_name = HubCommonName(hub_id);
  return Sign(*this, csr_pem, {common_name, {}}, now, life, {{NID_ext_key_usage, "clientAuth"}});
}

Result<std::string> CertificateAuthority::SignServer(std::string_view csr_pem,
                                                     const ServerNames& names, WallTime now,
                                                     Duration life) const {
  EDGE_ASSIGN_OR_RETURN(const std::string alternatives, SubjectAltName(names));
  const std::string& first =
      names.dns_names.empty() ? names.ip_addresses.front() : names.dns_names.front();
  const std::string_view common_name = std::string_view(first).substr(0, 64);
  return Sign(*this, csr_pem, {common_name, {}}, now, life,
              {{NID_ext_key_usage, "serverAuth"}, {NID_subject_alt_name, alternatives}});
}

}  // namespace edge::certs
