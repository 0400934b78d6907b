#include "edged/agent/certificate_renewer.h"

#include <utility>

#include "common/file.h"
#include "common/log.h"

namespace edge::edged {
namespace {

link::MqttTls TlsOf(const certs::Identity& identity) {
  return {identity.ca_path, identity.certificate_path, identity.key_path};
}

double UnitInterval(Random& random) {
  constexpr std::uint64_t kSteps = 1 << 20;
  return static_cast<double>(random.Below(kSteps)) / kSteps;
}

}  // namespace

CertificateRenewer::CertificateRenewer(certs::IdentityFolder folder, certs::Identity identity,
                                       link::NodeLink& link, Send send, Executor& executor,
                                       Random& random)
    : folder_(std::move(folder)),
      identity_(std::move(identity)),
      link_(link),
      send_(std::move(send)),
      executor_(executor),
      random_(random) {}

Status CertificateRenewer::Start() {
  EDGE_ASSIGN_OR_RETURN(const std::string pem, ReadFile(identity_.certificate_path));
  EDGE_ASSIGN_OR_RETURN(const certs::CertificateFacts facts, certs::ReadCertificate(pem));
  schedule_.emplace(facts, UnitInterval(random_));
  held_since_ = executor_.clock().Boot();
  attempts_ = 0;
  asked_ = false;
  ScheduleCheck();
  return Status::Ok();
}

void CertificateRenewer::ScheduleCheck() {
  const Duration held = executor_.clock().Boot() - held_since_;
  timer_ = executor_.After(schedule_->Wait(executor_.clock().Wall(), held), [this] { Check(); });
}

void CertificateRenewer::Check() {
  const Duration held = executor_.clock().Boot() - held_since_;
  if (!schedule_->Due(executor_.clock().Wall(), held)) return ScheduleCheck();
  Ask();
}

void CertificateRenewer::Ask() {
  const auto request = [this]() -> Result<std::string> {
    EDGE_ASSIGN_OR_RETURN(const std::string key, folder_.NextKey());
    return certs::MakeCsr(key, identity_.node_name);
  };
  const Result<std::string> csr = request();
  if (!csr.ok()) return AskAgainLater(csr.status());
  LogInfo("asking for a new certificate", {{"NODE", identity_.node_name}});
  asked_ = true;
  send_({*csr});
  // Unanswered requests are repeated; an answer cancels this.
  timer_ = executor_.After(certs::RenewalBackoff(attempts_++, random_), [this] { Ask(); });
}

void CertificateRenewer::AskAgainLater(const Status& why) {
  LogWarning("the certificate was not renewed, the old one stays in use",
             {{"NODE", identity_.node_name}, {"WHY", why.ToString()}});
  asked_ = false;
  timer_ = executor_.After(certs::RenewalBackoff(attempts_++, random_), [this] { Ask(); });
}

void CertificateRenewer::OnReply(const sync::CertificateReply& reply) {
  if (!std::exchange(asked_, false)) return;  // doubled, or of a request before a restart
  if (!reply.refused.empty()) return AskAgainLater(PermissionDenied(reply.refused));
  const Status tried = TryNext(reply.certificate_pem);
  if (!tried.ok()) AskAgainLater(tried);
}

Status CertificateRenewer::TryNext(const std::string& certificate_pem) {
  EDGE_RETURN_IF_ERROR(folder_.StoreNext(certificate_pem));
  EDGE_ASSIGN_OR_RETURN(const std::optional<certs::Identity> next, folder_.LoadNext());
  if (!next) return Internal("the renewed certificate is not where it was put");
  timer_.Cancel();
  link_.UpdateTls(TlsOf(*next), [this, alive = std::weak_ptr(alive_)](const Status& status) {
    if (!alive.expired()) OnConnected(status);
  });
  return Status::Ok();
}

void CertificateRenewer::OnConnected(const Status& status) {
  if (!status.ok()) {
    const Status dropped = folder_.DropNext();
    return AskAgainLater(dropped.ok() ? status : dropped);
  }
  const Status promoted = folder_.PromoteNext();
  if (!promoted.ok()) return AskAgainLater(promoted);
  LogInfo("the certificate was renewed", {{"NODE", identity_.node_name}});
  link_.SetTls(TlsOf(identity_));  // next/ is gone
  const Status started = Start();
  if (!started.ok()) LogError("renewed certificate not read", {{"WHY", started.ToString()}});
}

}  // namespace edge::edged
