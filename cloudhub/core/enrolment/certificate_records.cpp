#include "cloudhub/core/enrolment/certificate_records.h"

#include <algorithm>

#include "cloudhub/core/enrolment/link_info.h"

namespace edge::cloudhub {
namespace {

constexpr std::size_t kMaxValid = 128;
constexpr std::size_t kMaxPerWindow = 4;
constexpr int kWindowsOfLife = 90;

Status TooMany(const std::string& what, WallTime until) {
  return ResourceExhausted(
      what, "it may ask again from " + FormatTime(until) +
                " on; its log says why it does not use those that it has. Enrolling it anew with a "
                "join token revokes them all");
}

Json Preconditions(const Json& object) {
  return {{"uid", FindString(object, {"metadata", "uid"})},
          {"resourceVersion", FindString(object, {"metadata", "resourceVersion"})}};
}

}  // namespace

certs::AdmittedNode AdmittedFrom(const Json& edge_node) {
  const bool leaving = Find(edge_node, {"metadata", "deletionTimestamp"}) != nullptr;
  return {FindString(edge_node, {"spec", "clusterName"}),
          leaving || FindBool(edge_node, {"spec", "stolen"}),
          FindBool(edge_node, {"spec", "allowExpiredRenewal"})};
}

std::vector<CertificateRecord> RecordsOf(const Json& edge_node) {
  std::vector<CertificateRecord> records;
  const Result<Json> rows =
      ParseJson(FindString(edge_node, {"metadata", "annotations", kCertificatesAnnotation}));
  if (!rows.ok() || !rows->is_array()) return records;
  for (const Json& row : *rows) {
    const Result<WallTime> issued = ParseTime(FindString(row, {"issuedAt"}));
    const Result<WallTime> not_after = ParseTime(FindString(row, {"notAfter"}));
    const std::string serial = FindString(row, {"serial"});
    if (issued.ok() && not_after.ok() && !serial.empty()) {
      records.push_back({serial, *issued, *not_after, FindString(row, {"key"})});
    }
  }
  return records;
}

CertificateState StateOf(const std::vector<CertificateRecord>& records,
                         const std::function<bool(const std::string&)>& is_revoked, WallTime now) {
  using What = CertificateState::What;
  CertificateState last;
  for (const bool revoked : {false, true}) {
    for (const CertificateRecord& record : records) {
      if (is_revoked(record.serial) != revoked || record.not_after <= last.not_after) continue;
      const What good = record.not_after > now ? What::kValid : What::kExpired;
      last = {revoked ? What::kRevoked : good, record.not_after};
    }
    if (last.what != What::kNotIssued) return last;
  }
  return last;
}

std::vector<CertificateRecord> Pruned(std::vector<CertificateRecord> records, WallTime now) {
  std::erase_if(records, [&](const CertificateRecord& record) { return record.not_after <= now; });
  std::stable_sort(records.begin(), records.end(),
                   [](const auto& a, const auto& b) { return a.issued_at < b.issued_at; });
  return records;
}

Status MayHaveAnother(const std::string& node, const std::vector<CertificateRecord>& valid,
                      WallTime now, Duration life) {
  const Duration window = life / kWindowsOfLife;
  const auto recent = [&](const CertificateRecord& record) {
    return record.issued_at > now - window;
  };
  const auto first = std::find_if(valid.begin(), valid.end(), recent);
  if (static_cast<std::size_t>(valid.end() - first) >= kMaxPerWindow) {
    return TooMany("node " + node + " was given " + std::to_string(valid.end() - first) +
                       " certificates since " + FormatTime(first->issued_at),
                   (valid.end() - kMaxPerWindow)->issued_at + window);
  }
  if (valid.size() < kMaxValid) return Status::Ok();
  const auto next = std::min_element(valid.begin(), valid.end(), [](const auto& a, const auto& b) {
    return a.not_after < b.not_after;
  });
  return TooMany("node " + node + " has " + std::to_string(valid.size()) +
                     " certificates that are still valid",
                 next->not_after);
}

Json RecordsPatch(const Json& edge_node, const std::vector<CertificateRecord>& records) {
  Json rows = Json::array();
  for (const CertificateRecord& record : records) {
    rows.push_back({{"serial", record.serial},
                    {"issuedAt", FormatTime(record.issued_at)},
                    {"notAfter", FormatTime(record.not_after)}});
    if (!record.key_fingerprint.empty()) rows.back()["key"] = record.key_fingerprint;
  }
  Json metadata = Preconditions(edge_node);
  metadata["annotations"] = {{kCertificatesAnnotation, rows.dump()}};
  return {{"metadata", metadata}};
}

Result<CertificateRecord> RecordOf(const std::string& certificate_pem, WallTime issued_at) {
  EDGE_ASSIGN_OR_RETURN(const certs::CertificateFacts facts,
                        certs::ReadCertificate(certificate_pem));
  return CertificateRecord{facts.serial, issued_at, facts.not_after, facts.key_fingerprint};
}

std::vector<certs::RevokedCertificate> RevocationsOf(const Json& config_map) {
  std::vector<certs::RevokedCertificate> revoked;
  const Json* data = Find(config_map, {"data"});
  if (data == nullptr || !data->is_object()) return revoked;
  for (const auto& [serial, text] : data->items()) {
    const Result<Json> row = ParseJson(text.is_string() ? text.get<std::string>() : "");
    if (!row.ok() || serial.find_first_not_of("0123456789abcdef") != std::string::npos) continue;
    const Result<WallTime> at = ParseTime(FindString(*row, {"revokedAt"}));
    const Result<WallTime> not_after = ParseTime(FindString(*row, {"notAfter"}));
    if (at.ok() && not_after.ok()) revoked.push_back({serial, *at, *not_after});
  }
  return revoked;
}

Json RevocationsPatch(const Json& config_map, const std::string& node,
                      const std::vector<CertificateRecord>& revoked, WallTime now) {
  Json data = Json::object();
  for (const certs::RevokedCertificate& row : RevocationsOf(config_map)) {
    if (row.not_after <= now) data[row.serial] = nullptr;
  }
  for (const CertificateRecord& record : revoked) {
    data[record.serial] = Json{{"node", node},
                               {"revokedAt", FormatTime(now)},
                               {"notAfter", FormatTime(record.not_after)}}
                              .dump();
  }
  return {{"metadata", Preconditions(config_map)}, {"data", data}};
}

Json EmptyRevocations() {
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata", {{"name", kRevocationsConfigMap}, {"namespace", kSystemNamespace}}}};
}

}  // namespace edge::cloudhub
