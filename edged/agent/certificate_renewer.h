#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "certs/identity.h"
#include "certs/renewal.h"
#include "common/executor.h"
#include "common/random.h"
#include "edged/agent/enrol/expired_renewal.h"
#include "link/node_link.h"
#include "sync/messages.h"

namespace edge::edged {

/// Renews this node's certificate over its own link (design.md 22): a new key and request at two
/// thirds of the life, the reply kept beside the pair in use, which is given up only when the new
/// one has connected. Pods never notice. What fails is tried again with back-off.
///
/// A certificate that has expired is renewed on the enrolment listener: when there is no link and
/// the clock says that it has, or the broker's TLS refuses us whatever the clock says, for a clock
/// may be behind. One that is ahead only makes the hub say no, and costs nothing once the link is
/// back. A renewed pair that has not connected yet is tried before another is asked for.
///
/// Thread rule: the loop thread; it does small file I/O there, a few times in months.
class CertificateRenewer {
 public:
  struct Ports {
    link::NodeLink& link;
    std::function<void(sync::CertificateRequest)> send;
    link::MqttClientFactory mqtt;
  };

  CertificateRenewer(certs::IdentityFolder folder, certs::Identity identity, Ports ports,
                     ExpiredRenewalOptions expired, Executor& executor, Random& random);

  /// Errors: a certificate that cannot be read.
  Status Start();
  void OnReply(const sync::CertificateReply& reply);
  /// What the link tells of itself.
  void OnConnected();
  void OnDisconnected(const Status& why);

  /// Why an expired certificate is not renewed yet, with the next step; OK while all is well.
  const Status& problem() const { return problem_; }

 private:
  void ScheduleCheck();
  void Check();
  void Ask();
  void AskAgainLater(const Status& why);
  Status TryNext();
  void OnTried(const Status& status);
  void Promote();
  bool HasExpired() const;
  bool NextIsSpent() const;
  void Recover();
  void RecoverLater(const Status& why);
  void OnIssued(const std::string& certificate_pem);
  void Tell(const Status& problem);

  const certs::IdentityFolder folder_;
  const certs::Identity identity_;
  const Ports ports_;
  Executor& executor_;
  Random& random_;
  std::optional<certs::RenewalSchedule> schedule_;
  WallTime not_after_{};
  BootTime held_since_{};
  int attempts_ = 0;
  bool asked_ = false;
  bool recovering_ = false;  ///< the certificate in use is of no use
  bool trying_ = false;      ///< the link connects with the pair in next/
  bool next_failed_ = false;
  int next_refused_ = 0;  ///< how often the broker has refused the pair in next/
  Status problem_;
  std::set<std::string> told_;  ///< problems that are in the log
  Timer timer_;
  ExpiredRenewal expired_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::edged
