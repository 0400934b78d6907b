#include "cloudhub/commands/broker_setup.h"

#include <arpa/inet.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <functional>

#include "certs/names.h"
#include "common/file.h"

namespace edge::cloudhub {
namespace {

constexpr mode_t kPublic = 0644;
constexpr mode_t kSecret = 0600;
constexpr Duration kRenewBefore = std::chrono::hours(24 * 30);

using Sign = std::function<Result<std::string>(const std::string& csr_pem)>;

bool IsAddress(const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

certs::ServerNames NamesOf(const std::vector<std::string>& hosts) {
  certs::ServerNames names;
  for (const std::string& host : hosts) {
    (IsAddress(host) ? names.ip_addresses : names.dns_names).push_back(host);
  }
  return names;
}

/// The pair is whole, of this CA, for these names, and lasts for a while.
bool StillGood(const std::string& base, const certs::CertificateAuthority& authority,
               const certs::ServerNames& names, WallTime now) {
  const auto certificate = ReadFile(base + ".crt", certs::kMaxCertificatePem);
  const auto key = ReadFile(base + ".key", certs::kMaxKeyPem);
  if (!certificate.ok() || !key.ok()) return false;
  const auto facts = certs::ReadCertificate(*certificate);
  return facts.ok() && facts->dns_names == names.dns_names &&
         facts->ip_addresses == names.ip_addresses && facts->not_after > now + kRenewBefore &&
         certs::CheckKeyFits(*certificate, *key).ok() &&
         certs::CheckSignedBy(*certificate, authority.certificate_pem()).ok();
}

/// The broker reads its key as its own user, where there is one and we may give it away.
void GiveToBroker(const std::string& path) {
  const passwd* user = geteuid() == 0 ? getpwnam("mosquitto") : nullptr;
  if (user != nullptr && chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) return;
}

Status MakePair(const std::string& base, const Sign& sign) {
  EDGE_ASSIGN_OR_RETURN(const std::string key, certs::GenerateKey());
  EDGE_ASSIGN_OR_RETURN(const std::string csr, certs::MakeCsr(key, "edge"));
  EDGE_ASSIGN_OR_RETURN(const std::string certificate, sign(csr));
  EDGE_RETURN_IF_ERROR(WriteFileAtomically(base + ".key", key, kSecret));
  return WriteFileAtomically(base + ".crt", certificate, kPublic);
}

Status MakeHubPair(const std::string& base, const std::string& hub_id,
                   const certs::CertificateAuthority& authority, WallTime now) {
  if (StillGood(base, authority, {}, now)) return Status::Ok();
  return MakePair(base, [&](const std::string& csr) {
    return authority.SignHub(csr, now, certs::kServerLife, hub_id);
  });
}

/// A replica's files are named by its id, and stand beside those of the CA and the broker.
Status CheckHubIds(const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    EDGE_RETURN_IF_ERROR(certs::CheckHubId(id));
    if (id == "ca" || id == "server" || id == "hub") {
      return InvalidArgument("the hub id \"" + id + "\" is the name of another file",
                             "name the replicas otherwise, as cloudhub-0 and cloudhub-1");
    }
  }
  return Status::Ok();
}

Status MakeCertificates(const BrokerSetup& setup, const certs::CertificateAuthority& authority,
                        WallTime now) {
  const std::string& folder = setup.config.folder;
  const certs::ServerNames names = NamesOf(setup.hosts);
  if (!StillGood(folder + "/server", authority, names, now)) {
    EDGE_RETURN_IF_ERROR(MakePair(folder + "/server", [&](const std::string& csr) {
      return authority.SignServer(csr, names, now);
    }));
  }
  GiveToBroker(folder + "/server.key");
  if (setup.hub_ids.empty()) return MakeHubPair(folder + "/hub", "", authority, now);
  for (const std::string& id : setup.hub_ids) {
    EDGE_RETURN_IF_ERROR(MakeHubPair(folder + "/" + id, id, authority, now));
  }
  return Status::Ok();
}

Status MakeEmptyCrl(const std::string& path, const certs::CertificateAuthority& authority,
                    WallTime now) {
  const auto kept = ReadFile(path);
  const auto facts = kept.ok() ? certs::ReadCrl(*kept) : Result<certs::CrlFacts>(kept.status());
  if (facts.ok() && facts->next_update > now) return Status::Ok();
  // The first list lasts for a year, in case that no hub is there yet to renew it.
  constexpr Duration kFirstLife = std::chrono::hours(24 * 365);
  EDGE_ASSIGN_OR_RETURN(const std::string crl, authority.MakeCrl({}, 1, now, kFirstLife));
  return WriteFileAtomically(path, crl, kPublic);
}

}  // namespace

Result<certs::CertificateAuthority> LoadOrCreateAuthority(const std::string& folder,
                                                          const std::string& cluster_name,
                                                          WallTime now) {
  const std::string certificate_path = folder + "/ca.crt";
  const std::string key_path = folder + "/ca.key";
  EDGE_RETURN_IF_ERROR(MakeDirectories(folder, 0755));
  Result<std::string> certificate = ReadFile(certificate_path, certs::kMaxCertificatePem);
  if (certificate.ok()) {
    Result<std::string> key = ReadFile(key_path, certs::kMaxKeyPem);
    if (!key.ok()) {
      return FailedPrecondition(key.status().message() + " (the CA's key)",
                                "restore the key from its backup; a new CA needs another folder");
    }
    return certs::CertificateAuthority::FromPem(*std::move(certificate), *std::move(key))
        .WithContext(certificate_path);
  }
  if (certificate.status().code() != Code::kNotFound) return certificate.status();
  EDGE_ASSIGN_OR_RETURN(
      certs::CertificateAuthority made,
      certs::CertificateAuthority::Create((cluster_name + " MQTT CA").substr(0, 64), now));
  EDGE_RETURN_IF_ERROR(WriteFileAtomically(key_path, made.key_pem(), kSecret));
  EDGE_RETURN_IF_ERROR(WriteFileAtomically(certificate_path, made.certificate_pem(), kPublic));
  return made;
}

Status SetUpBroker(const BrokerSetup& setup, WallTime now) {
  EDGE_RETURN_IF_ERROR(CheckHubIds(setup.hub_ids));
  link::BrokerConfig config = setup.config;
  EDGE_ASSIGN_OR_RETURN(const certs::CertificateAuthority authority,
                        LoadOrCreateAuthority(config.folder, config.cluster_name, now));
  EDGE_RETURN_IF_ERROR(MakeCertificates(setup, authority, now));
  const std::string& folder = setup.config.folder;
  if (!setup.installed_folder.empty()) config.folder = setup.installed_folder;
  if (!setup.hub_ids.empty()) config.hub_names.clear();
  for (const std::string& id : setup.hub_ids) config.hub_names.push_back(certs::HubCommonName(id));
  config.ca_file = config.folder + "/ca.crt";
  config.certificate_file = config.folder + "/server.crt";
  config.key_file = config.folder + "/server.key";
  if (setup.with_crl) {
    if (config.crl_file.empty()) config.crl_file = config.folder + "/nodes.crl";
    EDGE_RETURN_IF_ERROR(MakeEmptyCrl(folder + "/nodes.crl", authority, now));
  }
  return link::WriteBrokerFiles(config, folder);
}

}  // namespace edge::cloudhub
