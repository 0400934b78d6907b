#pragma once

#include <functional>
#include <memory>
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

/// Follows that ConfigMap and keeps the broker's revocation list fresh: a new list at the start, at
/// every change, and each day (it lasts for 30).
/// Thread rule: the loop thread.
class RevocationList {
 public:
  /// `publish` gets the list (PEM): it writes the file and tells the broker to reload. When it
  /// fails it is called again after a minute.
  RevocationList(certs::CertificateAuthority authority, KubeApi& api, Executor& executor,
                 std::function<Status(const std::string& crl_pem)> publish);

  /// True once the rows are known and the serial is among them.
  bool IsRevoked(const std::string& serial) const;

 private:
  void OnEvent(const WatchEvent& event);
  void Publish();

  const certs::CertificateAuthority authority_;
  Executor& executor_;
  const std::function<Status(const std::string&)> publish_;
  std::vector<certs::RevokedCertificate> revoked_;
  bool synced_ = false;
  Timer renewal_;
  std::unique_ptr<Watch> watch_;
};

}  // namespace edge::cloudhub
