#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "certs/enrolment.h"
#include "cloudhub/core/enrolment/certificate_records.h"
#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"
#include "sync/messages.h"

namespace edge::cloudhub {

/// Signs the renewals that nodes ask for over their own link, or on the enrolment listener with a
/// certificate that has expired, and records each on the EdgeNode before it leaves. A node that
/// asks without end costs nothing but its messages: it has one request in work, is judged by the
/// API once in a minute, and given as many certificates as MayHaveAnother says. Of a reply that was
/// lost the same key gets the same certificate again.
///
/// Thread rule: the loop thread. Callbacks come later on the loop; none after destruction.
class Renewals {
 public:
  /// Gets the certificate (PEM), or the refusal.
  using Done = std::function<void(const Result<std::string>& certificate_pem)>;

  /// `server` outlives this.
  Renewals(const certs::EnrolmentServer& server, KubeApi& api, Executor& executor)
      : server_(server), api_(api), executor_(executor) {}

  /// `reply` is not called while an earlier request of the node is in work: that one's answer
  /// comes.
  void Renew(const std::string& node, const std::string& csr_pem,
             std::function<void(sync::CertificateReply)> reply);

  /// A request whose proof the server has accepted. What is yet to be seen: that the EdgeNode
  /// allows it, and that the certificate is recorded there and not revoked. A key that was given a
  /// certificate before this hub's memory is refused (kAlreadyExists), so that a request which is
  /// played again gets nothing. False, and `done` is not called, while a request of the node is in
  /// work.
  [[nodiscard]] bool RenewExpired(const certs::EnrolRequest& request, Done done);

 private:
  struct Job;
  using JobPtr = std::shared_ptr<Job>;
  /// What a node asked for last.
  struct Asked {
    bool in_work = false;
    BootTime at{};
    std::string key_fingerprint;
    std::string certificate_pem;  ///< empty when it was refused
  };

  bool Begin(const JobPtr& job);
  void ForgetOld();
  void Answer(const JobPtr& job, const Result<std::string>& answer);
  void Refuse(const JobPtr& job, const Status& why);
  void FetchRevocations(const JobPtr& job);
  void Fetch(const JobPtr& job);
  void Sign(const JobPtr& job, const Result<Json>& found);
  Result<std::string> Judge(const Job& job, const certs::AdmittedNode* node,
                            const std::vector<CertificateRecord>& records, WallTime now) const;
  void Settle(const JobPtr& job, const std::string& certificate, const Status& written);

  const certs::EnrolmentServer& server_;
  KubeApi& api_;
  Executor& executor_;
  std::map<std::string, Asked> asked_;  ///< by node, within the last hour
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::cloudhub
