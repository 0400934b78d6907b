#include "certs/identity.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "certs/names.h"
#include "certs/x509.h"
#include "common/file.h"
#include "common/json.h"
#include "common/loop.h"

namespace edge::certs {
namespace {

constexpr mode_t kSecret = 0600;
constexpr mode_t kFolder = 0700;
constexpr std::string_view kMend =
    "restore the identity folder, or make a new join token with \"cloudhub token create\" and put "
    "its file into /etc/edged or onto a USB stick: edged goes on by itself";

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

/// What is wrong with an identity, whatever the cause: the way out is the same.
Status Damaged(const Status& cause) { return DataLoss(cause.message(), std::string(kMend)); }

Status RemoveFile(const std::string& path) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return ErrnoStatus("removing", path);
  return Status::Ok();
}

Status Rename(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) != 0) return ErrnoStatus("renaming to", to);
  return Status::Ok();
}

/// Makes renames in a folder last. A folder that is not there has none.
Status SyncFolder(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return errno == ENOENT ? Status::Ok() : ErrnoStatus("opening folder", path);
  return fsync(fd.get()) == 0 ? Status::Ok() : ErrnoStatus("syncing folder", path);
}

/// The key in `path`, or a new one written there. A key that a power cut or a bad disk spoiled is
/// replaced: nothing was signed for it yet.
Result<std::string> KeyAt(const std::string& folder, const std::string& path) {
  EDGE_RETURN_IF_ERROR(MakeDirectories(folder, kFolder));
  const Result<std::string> kept = ReadFile(path, kMaxKeyPem);
  if (kept.ok() && KeyFingerprint(*kept).ok()) return *kept;
  if (!kept.ok() && kept.status().code() != Code::kNotFound &&
      kept.status().code() != Code::kResourceExhausted) {
    return kept.status();
  }
  EDGE_ASSIGN_OR_RETURN(std::string key, GenerateKey());
  EDGE_RETURN_IF_ERROR(WriteFileAtomically(path, key, kSecret));
  return key;
}

std::string IdentityText(const JoinToken& token) {
  const Json json = {{"version", 1},
                     {"nodeName", token.node_name},
                     {"clusterName", token.cluster_name},
                     {"brokerURLs", token.broker_urls},
                     {"enrolURLs", token.enrol_urls},
                     {"tokenID", token.id}};
  return json.dump(2) + "\n";
}

std::vector<std::string> Texts(const Json* list) {
  std::vector<std::string> texts;
  if (list == nullptr || !list->is_array()) return texts;
  for (const Json& item : *list) {
    if (item.is_string()) texts.push_back(item.get<std::string>());
  }
  return texts;
}

Result<Identity> ReadIdentityFile(const std::string& path) {
  EDGE_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxTokenFile));
  const Result<Json> json = ParseJson(text);
  const Json* urls = json.ok() ? edge::Find(*json, {"brokerURLs"}) : nullptr;
  if (urls == nullptr || !urls->is_array() || FindInt(*json, {"version"}) != 1) {
    return DataLoss(path + " is broken");
  }
  Identity identity;
  identity.node_name = FindString(*json, {"nodeName"});
  identity.cluster_name = FindString(*json, {"clusterName"});
  identity.token_id = FindString(*json, {"tokenID"});
  identity.broker_urls = Texts(urls);
  identity.enrol_urls = Texts(edge::Find(*json, {"enrolURLs"}));
  EDGE_RETURN_IF_ERROR(CheckNodeName(identity.node_name).WithContext(path));
  return identity;
}

/// Reads the pair and sees that it is this node's.
Status CheckPair(const Identity& identity) {
  EDGE_ASSIGN_OR_RETURN(const std::string certificate,
                        ReadFile(identity.certificate_path, kMaxCertificatePem));
  EDGE_ASSIGN_OR_RETURN(const std::string key, ReadFile(identity.key_path, kMaxKeyPem));
  const Result<CertificateFacts> facts = ReadCertificate(certificate);
  Status status = facts.status();
  if (status.ok() && facts->common_name != NodeCommonName(identity.node_name)) {
    status = FailedPrecondition("the certificate is for " + facts->common_name +
                                " and this node is " + identity.node_name);
  }
  if (!status.ok()) return status.WithContext(identity.certificate_path);
  return CheckKeyFits(certificate, key).WithContext(identity.key_path);
}

/// A CA that signed another certificate is none of our business here: the broker's may be newer.
Status CheckCa(const std::string& path) {
  EDGE_ASSIGN_OR_RETURN(const std::string pem, ReadFile(path, kMaxCertificatePem));
  const Result<CertificateFacts> ca = ReadCertificate(pem);
  if (!ca.ok()) return ca.status().WithContext(path);
  return ca->is_ca ? Status::Ok() : DataLoss(path + " is no CA's certificate");
}

/// The identity in the folder, which has a certificate.
Result<Identity> ReadWhole(const std::string& folder) {
  EDGE_ASSIGN_OR_RETURN(Identity identity, ReadIdentityFile(folder + "/identity.json"));
  identity.ca_path = folder + "/ca.crt";
  identity.certificate_path = folder + "/tls.crt";
  identity.key_path = folder + "/tls.key";
  EDGE_RETURN_IF_ERROR(CheckPair(identity));
  EDGE_RETURN_IF_ERROR(CheckCa(identity.ca_path));
  return identity;
}

}  // namespace

Result<std::optional<Identity>> IdentityFolder::Load() const {
  if (Exists(path_ + "/promote")) {
    if (const Status promoted = PromoteNext(); !promoted.ok()) return Damaged(promoted);
  }
  const std::string certificate = path_ + "/tls.crt";
  if (access(certificate.c_str(), F_OK) != 0) {
    if (errno == ENOENT) return std::optional<Identity>();
    return Damaged(ErrnoStatus("looking for", certificate));
  }
  Result<Identity> identity = ReadWhole(path_);
  if (!identity.ok()) return Damaged(identity.status());
  return std::optional<Identity>(*std::move(identity));
}

Result<std::string> IdentityFolder::EnrolmentKey() const {
  return KeyAt(path_, path_ + "/enrol.key");
}

Result<Identity> IdentityFolder::Complete(const JoinToken& token, const Issued& issued) const {
  EDGE_ASSIGN_OR_RETURN(const std::string key, ReadFile(path_ + "/enrol.key", kMaxKeyPem));
  EDGE_RETURN_IF_ERROR(CheckKeyFits(issued.certificate_pem, key));
  // A re-enrolment must not leave the old certificate beside the new key: until the last step the
  // folder holds no identity, and enrol.key with the token repeats the same request.
  EDGE_RETURN_IF_ERROR(RemoveFile(path_ + "/tls.crt"));
  EDGE_RETURN_IF_ERROR(DropNext());
  EDGE_RETURN_IF_ERROR(WriteFileAtomically(path_ + "/tls.key", key, kSecret));
  EDGE_RETURN_IF_ERROR(WriteFileAtomically(path_ + "/ca.crt", issued.ca_pem, kSecret));
  EDGE_RETURN_IF_ERROR(WriteFileAtomically(path_ + "/identity.json", IdentityText(token), kSecret));
  EDGE_RETURN_IF_ERROR(WriteFileAtomically(path_ + "/tls.crt", issued.certificate_pem, kSecret));
  EDGE_RETURN_IF_ERROR(RemoveFile(path_ + "/enrol.key"));
  EDGE_ASSIGN_OR_RETURN(std::optional<Identity> identity, Load());
  if (!identity) return Internal("the identity in " + path_ + " went away while it was written");
  return *std::move(identity);
}

Result<std::string> IdentityFolder::NextKey() const {
  return KeyAt(path_ + "/next", path_ + "/next/tls.key");
}

Status IdentityFolder::StoreNext(const std::string& certificate_pem) const {
  EDGE_ASSIGN_OR_RETURN(const std::string key, ReadFile(path_ + "/next/tls.key", kMaxKeyPem));
  EDGE_ASSIGN_OR_RETURN(const std::string ca, ReadFile(path_ + "/ca.crt", kMaxCertificatePem));
  EDGE_ASSIGN_OR_RETURN(const Identity identity, ReadIdentityFile(path_ + "/identity.json"));
  EDGE_ASSIGN_OR_RETURN(const CertificateFacts facts, ReadCertificate(certificate_pem));
  if (facts.common_name != NodeCommonName(identity.node_name)) {
    return FailedPrecondition("the renewed certificate is for " + facts.common_name);
  }
  EDGE_RETURN_IF_ERROR(CheckKeyFits(certificate_pem, key).WithContext("the renewed certificate"));
  EDGE_RETURN_IF_ERROR(CheckSignedBy(certificate_pem, ca).WithContext("the renewed certificate"));
  return WriteFileAtomically(path_ + "/next/tls.crt", certificate_pem, kSecret);
}

Result<std::optional<Identity>> IdentityFolder::LoadNext() const {
  if (!Exists(path_ + "/next/tls.crt")) return std::optional<Identity>();
  EDGE_ASSIGN_OR_RETURN(Identity identity, ReadIdentityFile(path_ + "/identity.json"));
  identity.ca_path = path_ + "/ca.crt";
  identity.certificate_path = path_ + "/next/tls.crt";
  identity.key_path = path_ + "/next/tls.key";
  if (!CheckPair(identity).ok()) return std::optional<Identity>();
  return std::optional<Identity>(std::move(identity));
}

Status IdentityFolder::PromoteNext() const {
  // The marker makes two renames one step: Load repeats what a power cut left undone.
  EDGE_RETURN_IF_ERROR(WriteFileAtomically(path_ + "/promote", "", kSecret));
  for (const std::string name : {"tls.key", "tls.crt"}) {
    const std::string from = path_ + "/next/" + name;
    if (Exists(from)) EDGE_RETURN_IF_ERROR(Rename(from, path_ + "/" + name));
  }
  EDGE_RETURN_IF_ERROR(SyncFolder(path_));
  EDGE_RETURN_IF_ERROR(SyncFolder(path_ + "/next"));
  return RemoveFile(path_ + "/promote");
}

Status IdentityFolder::DropNext() const {
  EDGE_RETURN_IF_ERROR(RemoveFile(path_ + "/promote"));
  EDGE_RETURN_IF_ERROR(RemoveFile(path_ + "/next/tls.crt"));
  return RemoveFile(path_ + "/next/tls.key");
}

}  // namespace edge::certs
