#pragma once

#include <string>
#include <vector>

#include "certs/authority.h"
#include "common/json.h"

namespace edge::cloudhub {

/// Annotation on an EdgeNode: the certificates that were issued for it and may still be in use.
inline constexpr std::string_view kCertificatesAnnotation = "edge.kubeedge.io/certificates";

struct CertificateRecord {
  std::string serial;
  WallTime issued_at, not_after;
};

/// Reads the annotation. One that is missing or malformed (an operator's slip) is empty.
std::vector<CertificateRecord> RecordsOf(const Json& edge_node);

/// `records` without those that expired, and with at most the eight newest.
std::vector<CertificateRecord> Pruned(std::vector<CertificateRecord> records, WallTime now);

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
