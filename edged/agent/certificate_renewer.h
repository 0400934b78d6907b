#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "certs/identity.h"
#include "certs/renewal.h"
#include "common/executor.h"
#include "common/random.h"
#include "link/node_link.h"
#include "sync/messages.h"

namespace edge::edged {

/// Renews this node's certificate over its own link (design.md 22): a new key and request at two
/// thirds of the life, the reply kept beside the pair in use, which is given up only when the new
/// one has connected. Pods never notice. What fails is tried again with back-off.
///
/// Thread rule: the loop thread; it does small file I/O there, a few times in months.
class CertificateRenewer {
 public:
  using Send = std::function<void(sync::CertificateRequest)>;

  CertificateRenewer(certs::IdentityFolder folder, certs::Identity identity, link::NodeLink& link,
                     Send send, Executor& executor, Random& random);

  /// Errors: a certificate that cannot be read.
  Status Start();
  void OnReply(const sync::CertificateReply& reply);

 private:
  void ScheduleCheck();
  void Check();
  void Ask();
  void AskAgainLater(const Status& why);
  Status TryNext(const std::string& certificate_pem);
  void OnConnected(const Status& status);

  const certs::IdentityFolder folder_;
  const certs::Identity identity_;
  link::NodeLink& link_;
  const Send send_;
  Executor& executor_;
  Random& random_;
  std::optional<certs::RenewalSchedule> schedule_;
  BootTime held_since_{};
  int attempts_ = 0;
  bool asked_ = false;
  Timer timer_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::edged
