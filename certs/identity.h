#pragma once

#include <optional>
#include <string>
#include <vector>

#include "certs/enrolment.h"

namespace edge::certs {

/// Who this node is: what enrolment leaves in the state folder.
struct Identity {
  std::string node_name;
  std::string cluster_name;
  std::vector<std::string> broker_urls;
  /// Enrolment listeners, for when the certificate has expired; empty when an older edged enrolled.
  std::vector<std::string> enrol_urls;
  std::string ca_path, certificate_path, key_path;  ///< files that the MQTT client reads
  std::string token_id;                             ///< the token that made it
};

/// The identity's files in a folder: ca.crt, tls.key, identity.json, tls.crt, all 0600 and each
/// written atomically; the certificate is written last, so that an identity either is whole or is
/// not there. `next/` holds a renewed key and certificate until they have connected.
/// Thread rule: one thread (it does file I/O: seconds at start, rare later).
class IdentityFolder {
 public:
  explicit IdentityFolder(std::string path) : path_(std::move(path)) {}

  /// Nullopt when there is no certificate: the node has not enrolled. Finishes a promotion that a
  /// power cut interrupted. Errors: kDataLoss when a file is broken, missing beside the certificate
  /// or unreadable, with the file and what mends it.
  Result<std::optional<Identity>> Load() const;

  /// The key for an enrolment: the one that a lost attempt left, or a new one, on disk before it is
  /// used, so that a retry after a power cut repeats the same request. Errors: the disk's.
  Result<std::string> EnrolmentKey() const;
  /// Makes the identity whole. Errors: the disk's; the enrolment may be repeated.
  Result<Identity> Complete(const JoinToken& token, const Issued& issued) const;

  /// A key for a renewal, kept in next/ until answered.
  Result<std::string> NextKey() const;
  /// Puts the renewed certificate beside its key. Errors: kFailedPrecondition when they or the CA
  /// do not fit.
  Status StoreNext(const std::string& certificate_pem) const;
  /// The identity with the renewed pair, when there is one.
  Result<std::optional<Identity>> LoadNext() const;
  /// The renewed pair has connected: it takes the place of the old one.
  Status PromoteNext() const;
  /// The renewed pair was refused: forget it.
  Status DropNext() const;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace edge::certs
