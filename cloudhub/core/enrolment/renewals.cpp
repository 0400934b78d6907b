#include "cloudhub/core/enrolment/renewals.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "cloudhub/core/enrolment/link_info.h"
#include "cloudhub/core/resources.h"
#include "cloudhub/core/status/refusal_event.h"
#include "common/log.h"

namespace edge::cloudhub {
namespace {

constexpr int kRenewalAttempts = 4;
constexpr Duration kPause = std::chrono::minutes(1);
constexpr Duration kRemembered = std::chrono::hours(1);

Status TooSoon(const std::string& node) {
  return ResourceExhausted("node " + node + " asked for a certificate less than a minute ago",
                           "wait: it asks again by itself");
}

Status NotRecorded(const std::string& node, const std::string& serial, const std::string& why) {
  return PermissionDenied("the expired certificate " + serial + " of node " + node + " " + why,
                          "make a new token with \"cloudhub token create " + node + "\"");
}

Status KeyUsedBefore(const std::string& node) {
  return AlreadyExists("the key that node " + node + " asks for was given a certificate before",
                       "wait: it makes another key and asks again by itself");
}

using Records = std::vector<CertificateRecord>;

const CertificateRecord* FindSerial(const Records& records, const std::string& serial) {
  const auto found = std::find_if(records.begin(), records.end(),
                                  [&](const auto& record) { return record.serial == serial; });
  return found == records.end() ? nullptr : &*found;
}

bool WasCertified(const Records& records, const std::string& csr_pem) {
  const Result<certs::CsrFacts> csr = certs::ReadCsr(csr_pem);
  return std::any_of(records.begin(), records.end(), [&](const auto& record) {
    return csr.ok() && record.key_fingerprint == csr->key_fingerprint;
  });
}

}  // namespace

struct Renewals::Job {
  std::string node;
  std::string csr_pem;
  Done done;
  std::optional<certs::EnrolRequest> expired = {};  ///< else it came over the node's own link
  std::string shown_serial = {};                    ///< of the expired certificate
  std::vector<certs::RevokedCertificate> revoked = {};
  int attempts_left = kRenewalAttempts;
};

void Renewals::ForgetOld() {
  const BootTime now = executor_.clock().Boot();
  std::erase_if(asked_, [&](const auto& item) {
    return !item.second.in_work && now - item.second.at >= kRemembered;
  });
}

void Renewals::Renew(const std::string& node, const std::string& csr_pem,
                     std::function<void(sync::CertificateReply)> reply) {
  const auto done = [reply = std::move(reply)](const Result<std::string>& answer) {
    reply(answer.ok() ? sync::CertificateReply{*answer, ""}
                      : sync::CertificateReply{"", answer.status().ToString()});
  };
  Begin(std::make_shared<Job>(Job{node, csr_pem, done}));
}

bool Renewals::RenewExpired(const certs::EnrolRequest& request, Done done) {
  auto job = std::make_shared<Job>(Job{request.node_name, request.csr_pem, std::move(done)});
  job->expired = request;
  const auto shown = certs::ReadCertificate(request.expired_certificate_pem);
  if (shown.ok()) job->shown_serial = shown->serial;
  return Begin(job);
}

/// False: a request of the node is in work.
bool Renewals::Begin(const JobPtr& job) {
  ForgetOld();
  const Result<certs::CsrFacts> csr = certs::ReadCsr(job->csr_pem);
  const BootTime now = executor_.clock().Boot();
  const auto [it, first] = asked_.try_emplace(job->node);
  Asked& asked = it->second;
  if (asked.in_work) return false;
  const auto say = [&](Result<std::string> answer) {
    executor_.Post([job, answer = std::move(answer), alive = std::weak_ptr(alive_)] {
      if (!alive.expired()) job->done(answer);
    });
    return true;
  };
  const bool again = csr.ok() && csr->key_fingerprint == asked.key_fingerprint;
  if (again && !asked.certificate_pem.empty()) return say(asked.certificate_pem);
  if (!first && now - asked.at < kPause) return say(TooSoon(job->node));
  asked = {csr.ok(), now, csr.ok() ? csr->key_fingerprint : "", ""};
  if (!csr.ok()) return say(csr.status());
  job->expired ? FetchRevocations(job) : Fetch(job);
  return true;
}

void Renewals::FetchRevocations(const JobPtr& job) {
  api_.Get({}, kConfigMaps, std::string(kSystemNamespace), std::string(kRevocationsConfigMap),
           [this, job, alive = std::weak_ptr(alive_)](const Result<Json>& found) {
             if (alive.expired()) return;
             if (!found.ok() && found.status().code() != Code::kNotFound) {
               return Refuse(job, found.status());
             }
             if (found.ok()) job->revoked = RevocationsOf(*found);
             Fetch(job);
           });
}

void Renewals::Fetch(const JobPtr& job) {
  api_.Get({}, kEdgeNodes, "", job->node,
           [this, job, alive = std::weak_ptr(alive_)](const Result<Json>& found) {
             if (!alive.expired()) Sign(job, found);
           });
}

void Renewals::Sign(const JobPtr& job, const Result<Json>& found) {
  if (!found.ok() && found.status().code() != Code::kNotFound) return Refuse(job, found.status());
  const Json edge_node = found.ok() ? *found : Json();
  const certs::AdmittedNode admitted = AdmittedFrom(edge_node);
  const WallTime now = executor_.clock().Wall();
  const std::vector<CertificateRecord> all = RecordsOf(edge_node);
  const Result<std::string> signed_pem = Judge(*job, found.ok() ? &admitted : nullptr, all, now);
  if (!signed_pem.ok()) {
    if (job->expired && found.ok()) {
      WriteRefusalEvent(api_, edge_node, "ExpiredRenewalRefused", signed_pem.status(), now);
    }
    return Refuse(job, signed_pem.status());
  }
  std::vector<CertificateRecord> kept = Pruned(all, now);
  // The terminal may have to show it again, should the answer be lost.
  if (job->expired) kept.insert(kept.begin(), *FindSerial(all, job->shown_serial));
  const Result<CertificateRecord> record = RecordOf(*signed_pem, now);
  if (!record.ok()) return Refuse(job, record.status());
  kept.push_back(*record);
  api_.Patch({}, kEdgeNodes, "", job->node, "", PatchType::kMerge, RecordsPatch(edge_node, kept),
             [this, job, certificate = *signed_pem,
              alive = std::weak_ptr(alive_)](const Result<Json>& written) {
               if (!alive.expired()) Settle(job, certificate, written.status());
             });
}

/// The certificate, or why there is none.
Result<std::string> Renewals::Judge(const Job& job, const certs::AdmittedNode* node,
                                    const std::vector<CertificateRecord>& records,
                                    WallTime now) const {
  if (job.expired) {
    EDGE_RETURN_IF_ERROR(server_.AdmitExpired(*job.expired, node));
    const auto same = [&](const auto& row) { return row.serial == job.shown_serial; };
    if (std::any_of(job.revoked.begin(), job.revoked.end(), same)) {
      return NotRecorded(job.node, job.shown_serial, "is revoked");
    }
    if (FindSerial(records, job.shown_serial) == nullptr) {
      return NotRecorded(job.node, job.shown_serial,
                         "is not among those that its EdgeNode has on record: another enrolment "
                         "took its place");
    }
    if (WasCertified(records, job.csr_pem)) return KeyUsedBefore(job.node);
  }
  EDGE_RETURN_IF_ERROR(MayHaveAnother(job.node, Pruned(records, now), now, server_.node_life()));
  return server_.Renew(job.node, job.csr_pem, node, now);
}

void Renewals::Settle(const JobPtr& job, const std::string& certificate, const Status& written) {
  if (written.ok()) {
    asked_[job->node].certificate_pem = certificate;
    if (job->expired) LogInfo("an expired certificate was renewed", {{"NODE", job->node}});
    Answer(job, certificate);
  } else if (written.code() == Code::kAborted && --job->attempts_left > 0) {
    Fetch(job);
  } else {
    Refuse(job, written);  // without a record it could not be revoked later: it stays here
  }
}

void Renewals::Refuse(const JobPtr& job, const Status& why) {
  if (!job->expired) {  // of the others Enrolment says it
    LogWarning("a renewal is refused: " + why.ToString(), {{"NODE", job->node}});
  }
  Answer(job, why);
}

void Renewals::Answer(const JobPtr& job, const Result<std::string>& answer) {
  asked_[job->node].in_work = false;
  job->done(answer);
}

}  // namespace edge::cloudhub
