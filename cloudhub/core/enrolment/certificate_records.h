#pragma once

#include <functional>
#include <string>
#include <vector>

#include "certs/authority.h"
#include "certs/enrolment.h"
#include "cloudhub/core/fleet/edge_node_status.h"
#include "common/json.h"

namespace edge::cloudhub {

/// Annotation on an EdgeNode: the certificates that were issued for it and may still be in use.
inline constexpr std::string_view kCertificatesAnnotation = "edge.kubeedge.io/certificates";

struct CertificateRecord {
  std::string serial;
  WallTime issued_at, not_after;
  /// Of the public key, as certs::CertificateFacts; empty in the records of an older hub.
  std::string key_fingerprint = {};
};

/// What enrolment needs to know of an EdgeNode as read from the API.
certs::AdmittedNode AdmittedFrom(const Json& edge_node);

/// Reads the annotation. One that is missing or malformed (an operator's slip) is empty.
std::vector<CertificateRecord> RecordsOf(const Json& edge_node);

/// What an EdgeNode's condition CertificateValid says of them. `is_revoked` by serial.
CertificateState StateOf(const std::vector<CertificateRecord>& records,
                         const std::function<bool(const std::string&)>& is_revoked, WallTime now);

/// `records` without those that expired, in the order of their issue. One that is still valid is
/// never left out: what is not recorded cannot be revoked.
std::vector<CertificateRecord> Pruned(std::vector<CertificateRecord> records, WallTime now);

/// A node is given four certificates within a ninetieth of their life (a day, for the usual 90) at
/// most, and has 128 valid ones at most: more than an honest terminal asks for that can use none of
/// them for the last third of a life. `valid` are its records, pruned; `life` is a certificate's.
/// Errors: kResourceExhausted with the time from which it may ask again.
Status MayHaveAnother(const std::string& node, const std::vector<CertificateRecord>& valid,
                      WallTime now, Duration life);

/// The merge patch that writes them, with the EdgeNode's uid and resourceVersion as preconditions.
Json RecordsPatch(const Json& edge_node, const std::vector<CertificateRecord>& records);

Result<CertificateRecord> RecordOf(const std::string& certificate_pem, WallTime issued_at);

// The ConfigMap edge-system/edge-revocations: a row per revoked certificate, key is the serial.
inline constexpr std::string_view kRevocationsConfigMap = "edge-revocations";

/// Rows that are malformed are left out.
std::vector<certs::RevokedCertificate> RevocationsOf(const Json& config_map);
/// The merge patch that adds rows and takes out those whose certificates have expired.
Json RevocationsPatch(const Json& config_map, const std::string& node,
                      const std::vector<CertificateRecord>& revoked, WallTime now);
/// A whole new ConfigMap without rows.
Json EmptyRevocations();

}  // namespace edge::cloudhub
