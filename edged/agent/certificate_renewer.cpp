#include "edged/agent/certificate_renewer.h"

#include <algorithm>
#include <utility>

#include "common/file.h"
#include "common/log.h"
#include "common/retry.h"

namespace edge::edged {
namespace {

/// An expired certificate's successor is not given up for the first refusals: the broker may be at
/// fault, and the hub gives no more than a few. It takes about an hour.
constexpr int kRefusalsOfNext = 10;
constexpr Duration kFirstRecovery = std::chrono::seconds(30);
constexpr Duration kLastRecovery = std::chrono::minutes(15);
constexpr std::size_t kMaxTold = 64;

link::MqttTls TlsOf(const certs::Identity& identity) {
  return {identity.ca_path, identity.certificate_path, identity.key_path};
}

double UnitInterval(Random& random) {
  constexpr std::uint64_t kSteps = 1 << 20;
  return static_cast<double>(random.Below(kSteps)) / kSteps;
}

bool Refused(const Status& status) {
  return status.code() == Code::kUnauthenticated || status.code() == Code::kPermissionDenied;
}

}  // namespace

CertificateRenewer::CertificateRenewer(certs::IdentityFolder folder, certs::Identity identity,
                                       Ports ports, ExpiredRenewalOptions expired,
                                       Executor& executor, Random& random)
    : folder_(std::move(folder)),
      identity_(std::move(identity)),
      ports_(std::move(ports)),
      executor_(executor),
      random_(random),
      expired_(std::move(expired), identity_, folder_, executor, random, ports_.mqtt,
               {[this](const std::string& certificate_pem) { OnIssued(certificate_pem); },
                [this](const Status& problem) { Tell(problem); }}) {}

Status CertificateRenewer::Start() {
  EDGE_ASSIGN_OR_RETURN(const std::string pem, ReadFile(identity_.certificate_path));
  EDGE_ASSIGN_OR_RETURN(const certs::CertificateFacts facts, certs::ReadCertificate(pem));
  schedule_.emplace(facts, UnitInterval(random_));
  not_after_ = facts.not_after;
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
  ports_.send({*csr});
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
  Status tried = folder_.StoreNext(reply.certificate_pem);
  if (tried.ok()) tried = TryNext();
  if (!tried.ok()) AskAgainLater(tried);
}

/// Connects with the pair in next/. Errors: there is none.
Status CertificateRenewer::TryNext() {
  EDGE_ASSIGN_OR_RETURN(const std::optional<certs::Identity> next, folder_.LoadNext());
  if (!next) return NotFound("there is no renewed certificate to connect with");
  timer_.Cancel();
  trying_ = true;
  ports_.link.UpdateTls(TlsOf(*next), [this, alive = std::weak_ptr(alive_)](const Status& status) {
    if (!alive.expired()) OnTried(status);
  });
  return Status::Ok();
}

void CertificateRenewer::OnTried(const Status& status) {
  trying_ = false;
  if (status.ok()) return Promote();
  next_failed_ = true;
  if (recovering_) {
    next_refused_ += Refused(status) ? 1 : 0;
    return RecoverLater(status);
  }
  const Status dropped = folder_.DropNext();
  AskAgainLater(dropped.ok() ? status : dropped);
}

void CertificateRenewer::Promote() {
  recovering_ = false;
  problem_ = Status::Ok();
  const Status promoted = folder_.PromoteNext();
  if (!promoted.ok()) return AskAgainLater(promoted);
  LogInfo("the certificate was renewed", {{"NODE", identity_.node_name}});
  ports_.link.SetTls(TlsOf(identity_));  // next/ is gone
  const Status started = Start();
  if (!started.ok()) LogError("renewed certificate not read", {{"WHY", started.ToString()}});
}

bool CertificateRenewer::HasExpired() const { return executor_.clock().Wall() > not_after_; }

void CertificateRenewer::OnDisconnected(const Status& why) {
  const bool of_next = std::exchange(next_failed_, false);
  if (recovering_ || trying_ || of_next || !schedule_) return;
  if (!HasExpired() && why.code() != Code::kUnauthenticated) return;
  recovering_ = true;
  asked_ = false;
  attempts_ = 0;
  next_refused_ = 0;
  LogWarning(HasExpired() ? "the certificate has expired: asking for its renewal"
                          : "the broker does not accept the certificate: asking for its renewal",
             {{"NODE", identity_.node_name}, {"UNTIL", FormatTime(not_after_)}});
  problem_ = Unavailable("the hub has not answered yet");
  told_.clear();
  timer_ = executor_.After(Duration::zero(), [this] { Recover(); });
}

void CertificateRenewer::OnConnected() {
  if (!std::exchange(recovering_, false)) return;
  // The certificate is good after all: the clock is wrong, or the broker was mended.
  expired_.Stop();
  problem_ = Status::Ok();
  attempts_ = 0;
  ScheduleCheck();
}

/// True when the pair in next/ is not worth another try.
bool CertificateRenewer::NextIsSpent() const {
  if (next_refused_ >= kRefusalsOfNext) return true;
  const Result<std::optional<certs::Identity>> next = folder_.LoadNext();
  if (!next.ok() || !*next) return false;
  const Result<std::string> pem = ReadFile((*next)->certificate_path);
  const auto facts = pem.ok() ? certs::ReadCertificate(*pem) : pem.status();
  return facts.ok() && executor_.clock().Wall() > facts->not_after;
}

void CertificateRenewer::Recover() {
  if (NextIsSpent()) {
    next_refused_ = 0;
    if (const Status dropped = folder_.DropNext(); !dropped.ok()) return RecoverLater(dropped);
  }
  const Status tried = TryNext();
  if (tried.code() == Code::kNotFound) {
    expired_.Ask();
  } else if (!tried.ok()) {
    RecoverLater(tried);
  }
}

void CertificateRenewer::RecoverLater(const Status& why) {
  Tell(why);
  timer_ = executor_.After(PauseBeforeRetry(random_, attempts_++, kFirstRecovery, kLastRecovery),
                           [this] { Recover(); });
}

void CertificateRenewer::OnIssued(const std::string& certificate_pem) {
  const Status kept = folder_.StoreNext(certificate_pem);
  if (!kept.ok()) return RecoverLater(kept);
  LogInfo("an expired certificate was renewed, connecting with the new one",
          {{"NODE", identity_.node_name}});
  attempts_ = 0;
  next_refused_ = 0;
  Recover();
}

void CertificateRenewer::Tell(const Status& problem) {
  if (told_.size() >= kMaxTold) told_.clear();
  if (told_.insert(problem.ToString()).second) {
    LogWarning("the expired certificate is not renewed yet",
               {{"NODE", identity_.node_name}, {"WHY", problem.ToString()}});
  }
  problem_ = problem;
}

}  // namespace edge::edged
