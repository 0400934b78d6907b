#include "cloudhub/core/enrolment/renewals.h"

#include <utility>

#include "cloudhub/core/enrolment/certificate_records.h"
#include "cloudhub/core/resources.h"
#include "common/log.h"

namespace edge::cloudhub {
namespace {

constexpr int kAttempts = 4;
constexpr Duration kPause = std::chrono::minutes(1);
constexpr Duration kRemembered = std::chrono::hours(1);

Status TooSoon(const std::string& node) {
  return ResourceExhausted("node " + node + " asked for a certificate less than a minute ago",
                           "wait: it asks again by itself");
}

}  // namespace

struct Renewals::Job {
  std::string node;
  std::string csr_pem;
  std::function<void(sync::CertificateReply)> reply;
  int attempts_left = kAttempts;
};

void Renewals::ForgetOld() {
  const BootTime now = executor_.clock().Boot();
  std::erase_if(asked_, [&](const auto& item) {
    return !item.second.in_work && now - item.second.at >= kRemembered;
  });
}

void Renewals::Renew(const std::string& node, const std::string& csr_pem,
                     std::function<void(sync::CertificateReply)> reply) {
  ForgetOld();
  const Result<certs::CsrFacts> csr = certs::ReadCsr(csr_pem);
  const BootTime now = executor_.clock().Boot();
  const auto [it, first] = asked_.try_emplace(node);
  Asked& asked = it->second;
  if (asked.in_work) return;
  const auto say = [&](sync::CertificateReply answer) {
    executor_.Post(
        [reply = std::move(reply), answer = std::move(answer), alive = std::weak_ptr(alive_)] {
          if (!alive.expired()) reply(answer);
        });
  };
  const bool again = csr.ok() && csr->key_fingerprint == asked.key_fingerprint;
  if (again && !asked.certificate_pem.empty()) return say({asked.certificate_pem, ""});
  if (!first && now - asked.at < kPause) return say({"", TooSoon(node).ToString()});
  asked = {csr.ok(), now, csr.ok() ? csr->key_fingerprint : "", ""};
  if (!csr.ok()) return say({"", csr.status().ToString()});
  Fetch(std::make_shared<Job>(Job{node, csr_pem, std::move(reply)}));
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
  const WallTime now = executor_.clock().Wall();
  std::vector<CertificateRecord> records = Pruned(RecordsOf(edge_node), now);
  const Status may = MayHaveAnother(job->node, records, now, server_.node_life());
  if (!may.ok()) return Refuse(job, may);
  const certs::AdmittedNode admitted = AdmittedFrom(edge_node);
  Result<std::string> renewed =
      server_.Renew(job->node, job->csr_pem, found.ok() ? &admitted : nullptr, now);
  if (!renewed.ok()) return Refuse(job, renewed.status());
  const Result<CertificateRecord> record = RecordOf(*renewed, now);
  if (!record.ok()) return Refuse(job, record.status());
  records.push_back(*record);
  api_.Patch({}, kEdgeNodes, "", job->node, "", PatchType::kMerge, RecordsPatch(edge_node, records),
             [this, job, certificate = *std::move(renewed),
              alive = std::weak_ptr(alive_)](const Result<Json>& written) {
               if (!alive.expired()) Settle(job, certificate, written.status());
             });
}

void Renewals::Settle(const JobPtr& job, const std::string& certificate, const Status& written) {
  if (written.ok()) {
    asked_[job->node].certificate_pem = certificate;
    Answer(job, {certificate, ""});
  } else if (written.code() == Code::kAborted && --job->attempts_left > 0) {
    Fetch(job);
  } else {
    Refuse(job, written);  // without a record it could not be revoked later: it stays here
  }
}

void Renewals::Refuse(const JobPtr& job, const Status& why) {
  LogWarning("a renewal is refused: " + why.ToString(), {{"NODE", job->node}});
  Answer(job, {"", why.ToString()});
}

void Renewals::Answer(const JobPtr& job, sync::CertificateReply reply) {
  asked_[job->node].in_work = false;
  job->reply(std::move(reply));
}

}  // namespace edge::cloudhub
