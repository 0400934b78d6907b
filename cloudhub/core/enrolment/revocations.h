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

/// Follows that ConfigMap: says who is revoked, and keeps the broker's revocation list fresh, with
/// a new list at the start, at every change, and each day (it lasts for 30). Thread rule: the loop
/// thread.
class RevocationList {
 public:
  /// `publish` gets the list (PEM): it writes the file and tells the broker to reload; null where
  /// others see to that. When it fails it is called again after a minute. `on_revoked` is told the
  /// nodes of rows that came after the start, once they were published.
  RevocationList(certs::CertificateAuthority authority, KubeApi& api, Executor& executor,
                 std::function<Status(const std::string& crl_pem)> publish,
                 std::function<void(const std::string& node)> on_revoked = nullptr);

  /// True once the rows are known and the serial is among them.
  bool IsRevoked(const std::string& serial) const;

 private:
  void OnEvent(const WatchEvent& event);
  void Publish();
  void Take(const Json& config_map);

  const certs::CertificateAuthority authority_;
  Executor& executor_;
  const std::function<Status(const std::string&)> publish_;
  const std::function<void(const std::string&)> on_revoked_;
  std::vector<certs::RevokedCertificate> revoked_;
  std::set<std::string> just_revoked_;  ///< nodes
  bool synced_ = false;
  Timer renewal_;
  std::unique_ptr<Watch> watch_;
};

}  // namespace edge::cloudhub
