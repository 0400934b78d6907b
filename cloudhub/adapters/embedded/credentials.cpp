#include "cloudhub/adapters/embedded/credentials.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "certs/authority.h"
#include "common/bytes.h"
#include "common/file.h"
#include "common/log.h"

namespace edge::cloudhub::embedded {
namespace {

constexpr mode_t kPrivate = 0600;
constexpr std::size_t kTokenBytes = 32;
constexpr Duration kRenewBefore = std::chrono::hours(24 * 30);

bool IsIp(const std::string& text) {
  std::array<unsigned char, 16> parsed{};
  return inet_pton(AF_INET, text.c_str(), parsed.data()) == 1 ||
         inet_pton(AF_INET6, text.c_str(), parsed.data()) == 1;
}

Result<certs::CertificateAuthority> LoadOrMakeCa(const std::string& folder, WallTime now) {
  const std::string cert_path = folder + "/api-ca.crt";
  const std::string key_path = folder + "/api-ca.key";
  Result<std::string> cert = ReadFile(cert_path, certs::kMaxCertificatePem);
  if (!cert.ok() && cert.status().code() == Code::kNotFound) {
    EDGE_ASSIGN_OR_RETURN(certs::CertificateAuthority made,
                          certs::CertificateAuthority::Create("edge-api-ca", now));
    // The certificate comes last: with it, the pair is whole.
    EDGE_RETURN_IF_ERROR(WriteFileAtomically(key_path, made.key_pem(), kPrivate));
    EDGE_RETURN_IF_ERROR(WriteFileAtomically(cert_path, made.certificate_pem(), kPrivate));
    return made;
  }
  if (!cert.ok()) return cert.status();
  EDGE_ASSIGN_OR_RETURN(std::string key, ReadFile(key_path, certs::kMaxKeyPem));
  return certs::CertificateAuthority::FromPem(*cert, std::move(key)).WithContext(cert_path);
}

certs::ServerNames Sort(const std::vector<std::string>& names) {
  certs::ServerNames sorted;
  for (const std::string& name : names) {
    auto& list = IsIp(name) ? sorted.ip_addresses : sorted.dns_names;
    if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
  }
  return sorted;
}

bool StillGood(const std::string& cert, const std::string& key, const std::string& ca,
               const certs::ServerNames& names, WallTime now) {
  const auto facts = certs::ReadCertificate(cert);
  if (!facts.ok() || !certs::CheckKeyFits(cert, key).ok() || !certs::CheckSignedBy(cert, ca).ok()) {
    return false;
  }
  const auto covers = [](const std::vector<std::string>& have, const std::string& wanted) {
    return std::find(have.begin(), have.end(), wanted) != have.end();
  };
  const auto all = [&](const auto& have, const auto& wanted) {
    return std::all_of(wanted.begin(), wanted.end(),
                       [&](const auto& x) { return covers(have, x); });
  };
  return now + kRenewBefore < facts->not_after && all(facts->dns_names, names.dns_names) &&
         all(facts->ip_addresses, names.ip_addresses);
}

Status LoadOrMakeServing(const std::string& folder, const certs::CertificateAuthority& ca,
                         const certs::ServerNames& names, WallTime now, Credentials& out) {
  const std::string cert_path = folder + "/api-server.crt";
  const std::string key_path = folder + "/api-server.key";
  const auto cert = ReadFile(cert_path, certs::kMaxCertificatePem);
  const auto key = ReadFile(key_path, certs::kMaxKeyPem);
  if (cert.ok() && key.ok() && StillGood(*cert, *key, ca.certificate_pem(), names, now)) {
    out.cert_pem = *cert;
    out.key_pem = *key;
    return Status::Ok();
  }
  EDGE_ASSIGN_OR_RETURN(out.key_pem, certs::GenerateKey());
  EDGE_ASSIGN_OR_RETURN(const std::string csr, certs::MakeCsr(out.key_pem, "edge-api"));
  EDGE_ASSIGN_OR_RETURN(out.cert_pem, ca.SignServer(csr, names, now));
  Status kept = WriteFileAtomically(key_path, out.key_pem, kPrivate);
  if (kept.ok()) kept = WriteFileAtomically(cert_path, out.cert_pem, kPrivate);
  // Clients trust the CA, not this one: on a full disk one that is not kept serves as well.
  if (!kept.ok()) {
    LogError("serving certificate not kept, the next start makes another",
             {{"WHY", kept.ToString()}});
  }
  return Status::Ok();
}

}  // namespace

Result<Credentials> LoadOrMakeCredentials(const std::string& folder,
                                          const std::vector<std::string>& names, WallTime now,
                                          Random& token_source) {
  Credentials credentials;
  EDGE_ASSIGN_OR_RETURN(const certs::CertificateAuthority ca, LoadOrMakeCa(folder, now));
  credentials.ca_pem = ca.certificate_pem();
  EDGE_RETURN_IF_ERROR(LoadOrMakeServing(folder, ca, Sort(names), now, credentials));
  const std::string token_path = folder + "/api-token";
  const auto token = ReadFile(token_path, 4096);
  if (token.ok() && !token->empty()) {
    credentials.token = *token;
  } else {
    credentials.token = HexEncode(token_source.Bytes(kTokenBytes));
    EDGE_RETURN_IF_ERROR(WriteFileAtomically(token_path, credentials.token, kPrivate));
  }
  while (!credentials.token.empty() && credentials.token.back() == '\n') {
    credentials.token.pop_back();
  }
  return credentials;
}

std::string MakeKubeconfig(const Credentials& credentials, const std::string& server) {
  const Json config = {
      {"apiVersion", "v1"},
      {"kind", "Config"},
      {"clusters",
       {{{"name", "edge"},
         {"cluster",
          {{"server", server},
           {"certificate-authority-data", Base64Encode(credentials.ca_pem)}}}}}},
      {"users", {{{"name", "admin"}, {"user", {{"token", credentials.token}}}}}},
      {"contexts", {{{"name", "edge"}, {"context", {{"cluster", "edge"}, {"user", "admin"}}}}}},
      {"current-context", "edge"}};
  // JSON is YAML, and kubectl reads it as such.
  return config.dump(2) + "\n";
}

}  // namespace edge::cloudhub::embedded
