#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "certs/authority.h"
#include "cloudhub/core/enrolment/certificate_records.h"
#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"
#include "common/random.h"

namespace edge::cloudhub {

/// Adds rows to the ConfigMap edge-system/edge-revocations: what one is told as done is written.
/// Thread rule: the loop thread.
class RevocationWriter {
 public:
  RevocationWriter(KubeApi& api, Executor& executor) : api_(api), executor_(executor) {}

  /// Nothing to revoke is success. Conflicts are tried again a few times. `done` comes later, on
  /// the loop, unless the writer is destroyed first.
  void Revoke(const std::string& node, std::vector<CertificateRecord> records,
              std::function<void(Status)> done);

 private:
  struct Job;
  void Attempt(const std::shared_ptr<Job>& job);
  void OnFound(const std::shared_ptr<Job>& job, const Result<Json>& found);
  void Settle(const std::shared_ptr<Job>& job, const Status& status);

  KubeApi& api_;
  Executor& executor_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

inline constexpr std::string_view kCrlConfigMap = "edge-crl";
/// Its key for the list (PEM).
inline constexpr std::string_view kCrlKey = "nodes.crl";

/// Follows that ConfigMap: says who is revoked, and keeps the brokers' revocation list fresh, with
/// a new list at the start, at every change, and each day (it lasts for 30). It is published as the
/// ConfigMap edge-system/edge-crl, which brokers elsewhere follow (`cloudhub broker-crl`); each
/// replica does so. Thread rule: the loop thread.
class RevocationList {
 public:
  /// `install` gets the list too: it writes the file and tells the broker to reload; null where
  /// no broker is beside the hub. What failed is tried again, with back-off to a minute.
  /// `on_revoked` is told the nodes of rows that came after the start, once they were published.
  RevocationList(certs::CertificateAuthority authority, KubeApi& api, Executor& executor,
                 Random& random, std::function<Status(const std::string& crl_pem)> install,
                 std::function<void(const std::string& node)> on_revoked = nullptr);

  /// True once the rows are known and the serial is among them.
  bool IsRevoked(const std::string& serial) const;

 private:
  void OnEvent(const WatchEvent& event);
  void Publish();
  void OnPublished(const Status& status);
  void Tell();
  void Take(const Json& config_map);

  const certs::CertificateAuthority authority_;
  KubeApi& api_;
  Executor& executor_;
  Random& random_;
  const std::function<Status(const std::string&)> install_;
  const std::function<void(const std::string&)> on_revoked_;
  std::vector<certs::RevokedCertificate> revoked_;
  std::set<std::string> just_revoked_;  ///< nodes
  std::set<std::string> telling_;       ///< of the list that is on its way
  bool synced_ = false;
  bool publishing_ = false, again_ = false;
  int failures_ = 0;
  Timer renewal_;
  std::unique_ptr<Watch> watch_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::cloudhub
