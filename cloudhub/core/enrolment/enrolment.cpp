#include "cloudhub/core/enrolment/enrolment.h"

#include <algorithm>

#include "certs/enrolment_codec.h"
#include "certs/names.h"
#include "cloudhub/core/enrolment/link_info.h"
#include "cloudhub/core/enrolment/token_secret.h"
#include "cloudhub/core/resources.h"
#include "common/log.h"

namespace edge::cloudhub {
namespace {

constexpr int kMaxInWork = 256;
constexpr int kEnrolmentAttempts = 4;

using What = certs::EnrolDecision::What;

/// A certificate that was issued after `redemption`, by another token: this one's time is over.
bool Superseded(const std::vector<CertificateRecord>& records,
                const certs::StoredToken::Redemption& redemption) {
  return std::any_of(records.begin(), records.end(), [&](const CertificateRecord& record) {
    return record.issued_at > redemption.at;
  });
}

}  // namespace

/// One enrolment on its way. Shared by the steps of the chain that carries it.
struct Enrolment::Work {
  certs::EnrolRequest request;
  std::function<void(std::string)> reply;
  int attempts_left = kEnrolmentAttempts;
  Json secret;
  certs::StoredToken token;
  Json edge_node;
  certs::EnrolDecision decision;
};

Enrolment::Enrolment(certs::EnrolmentServer server, KubeApi& api, Executor& executor,
                     Random& random)
    : server_(std::move(server)),
      api_(api),
      executor_(executor),
      random_(random),
      revocations_(api, executor),
      renewals_(server_, api, executor) {}

KubeApi::Done Enrolment::Step(WorkPtr work,
                              void (Enrolment::*step)(const WorkPtr&, const Result<Json>&)) {
  return [this, work = std::move(work), step,
          alive = std::weak_ptr(alive_)](const Result<Json>& result) {
    if (!alive.expired()) (this->*step)(work, result);
  };
}

void Enrolment::Enrol(const std::string& request, std::function<void(std::string)> reply,
                      const std::function<bool(const std::string&)>& serves) {
  Result<certs::EnrolRequest> decoded = certs::DecodeEnrolRequest(request);
  if (!decoded.ok()) {
    LogWarning("an enrolment request is dropped: " + decoded.status().message());
    return;
  }
  if (serves && !serves(decoded->node_name)) return;
  if (in_work_ >= kMaxInWork) return;
  ++in_work_;
  auto work = std::make_shared<Work>();
  work->request = *std::move(decoded);
  work->reply = std::move(reply);
  if (const auto refused = server_.Screen(work->request)) {
    executor_.Post([this, work, refused, alive = std::weak_ptr(alive_)] {
      if (!alive.expired()) Send(work, *refused);
    });
    return;
  }
  certs::IsExpiredRenewal(work->request) ? RenewExpired(work) : FetchToken(work);
}

void Enrolment::RenewExpired(const WorkPtr& work) {
  if (const auto refused = server_.AuthenticateExpired(work->request, executor_.clock().Wall())) {
    executor_.Post([this, work, refused, alive = std::weak_ptr(alive_)] {
      if (!alive.expired()) Send(work, *refused);
    });
    return;
  }
  const auto done = [this, work](const Result<std::string>& certificate) {
    if (!certificate.ok()) {
      const Status& why = certificate.status();
      if (why.next_step().empty()) return Fail(work, why);  // the API's, and not a judgement
      return Send(work, certs::EnrolmentServer::Refuse(work->request, why));
    }
    Send(work, certs::EnrolmentServer::AnswerExpired(work->request, *certificate, random_));
  };
  if (!renewals_.RenewExpired(work->request, done)) --in_work_;  // the earlier one is answered
}

void Enrolment::FetchToken(const WorkPtr& work) {
  api_.Get({}, kSecrets, std::string(kSystemNamespace), TokenSecretName(work->request.token_id),
           Step(work, &Enrolment::OnToken));
}

void Enrolment::OnToken(const WorkPtr& work, const Result<Json>& found) {
  if (!found.ok() && found.status().code() != Code::kNotFound) {
    Fail(work, found.status());
    return;
  }
  const Result<certs::StoredToken> token =
      found.ok() ? TokenFromSecret(*found) : Result<certs::StoredToken>(found.status());
  if (found.ok() && !token.ok()) LogError("a join token is not used: " + token.status().ToString());
  const auto refused = server_.Authenticate(work->request, token.ok() ? &*token : nullptr);
  if (refused) {
    Send(work, *refused);
    return;
  }
  work->secret = *found;
  work->token = *token;
  api_.Get({}, kEdgeNodes, "", work->token.node_name, Step(work, &Enrolment::OnEdgeNode));
}

void Enrolment::OnEdgeNode(const WorkPtr& work, const Result<Json>& found) {
  if (!found.ok() && found.status().code() != Code::kNotFound) {
    Fail(work, found.status());
    return;
  }
  work->edge_node = found.ok() ? *found : Json();
  const certs::AdmittedNode node = AdmittedFrom(work->edge_node);
  work->decision = server_.Decide(work->request, work->token, found.ok() ? &node : nullptr,
                                  executor_.clock().Wall(), random_);
  switch (work->decision.what) {
    case What::kRefuse: Send(work, work->decision.reply); return;
    case What::kReplyAgain: Replace(work); return;
    case What::kIssue: break;
  }
  api_.Patch({}, kSecrets, std::string(kSystemNamespace), TokenSecretName(work->token.id), "",
             PatchType::kMerge, RedemptionPatch(work->secret, work->decision.redemption),
             Step(work, &Enrolment::OnRedeemed));
}

void Enrolment::OnRedeemed(const WorkPtr& work, const Result<Json>& written) {
  if (written.ok()) {
    Replace(work);
  } else if (written.status().code() == Code::kAborted) {
    Again(work);
  } else {
    Fail(work, written.status());
  }
}

/// Revokes what the name had before, then records the new certificate as the only one.
void Enrolment::Replace(const WorkPtr& work) {
  const auto& redemption = work->decision.redemption;
  const Result<CertificateRecord> record = RecordOf(redemption.certificate_pem, redemption.at);
  if (!record.ok()) {
    Fail(work, record.status());
    return;
  }
  std::vector<CertificateRecord> others = RecordsOf(work->edge_node);
  const std::size_t before = others.size();
  std::erase_if(others, [&](const auto& other) { return other.serial == record->serial; });
  if (others.size() < before) {  // recorded by an earlier attempt, whose reply was lost
    Send(work, work->decision.reply);
    return;
  }
  if (work->decision.what == What::kReplyAgain && Superseded(others, redemption)) {
    Send(work, certs::EnrolmentServer::Refuse(
                   work->request,
                   AlreadyExists("the join token " + work->token.id + " for node " +
                                     work->token.node_name + " was followed by a newer one",
                                 "make a new token if this machine is to be the node again")));
    return;
  }
  revocations_.Revoke(work->token.node_name, std::move(others),
                      [this, work, alive = std::weak_ptr(alive_)](const Status& status) {
                        if (!alive.expired()) OnRevoked(work, status);
                      });
}

void Enrolment::OnRevoked(const WorkPtr& work, const Status& status) {
  if (!status.ok()) {
    Fail(work, status);
    return;
  }
  const auto& redemption = work->decision.redemption;
  const CertificateRecord record = RecordOf(redemption.certificate_pem, redemption.at).value();
  api_.Patch({}, kEdgeNodes, "", work->token.node_name, "", PatchType::kMerge,
             RecordsPatch(work->edge_node, {record}), Step(work, &Enrolment::OnRecorded));
}

void Enrolment::OnRecorded(const WorkPtr& work, const Result<Json>& written) {
  if (written.ok()) {
    LogInfo("enrolled with join token " + work->token.id, {{"NODE", work->token.node_name}});
    Send(work, work->decision.reply);
  } else if (written.status().code() == Code::kAborted) {
    Again(work);
  } else {
    Fail(work, written.status());
  }
}

/// Somebody else changed what was read: from the beginning, with what is there now.
void Enrolment::Again(const WorkPtr& work) {
  if (--work->attempts_left > 0) {
    FetchToken(work);
  } else {
    Fail(work, Aborted("the objects of this enrolment keep changing"));
  }
}

void Enrolment::Fail(const WorkPtr& work, const Status& cause) {
  LogError("an enrolment could not be finished: " + cause.ToString(),
           {{"NODE", work->request.node_name}});
  Send(work, certs::EnrolmentServer::Refuse(
                 work->request, Unavailable("the hub cannot read or write the Kubernetes API now",
                                            "wait: the terminal asks again; the hub's log says "
                                            "what is wrong")));
}

void Enrolment::Send(const WorkPtr& work, const certs::EnrolReply& reply) {
  --in_work_;
  if (!reply.refusal.ok()) {
    LogWarning("an enrolment is refused: " + reply.refusal.ToString(),
               {{"NODE", work->request.node_name.substr(0, certs::kMaxNodeName)}});
  }
  work->reply(certs::EncodeEnrolReply(reply));
}

void Enrolment::Renew(const std::string& node, const std::string& csr_pem,
                      std::function<void(sync::CertificateReply)> reply) {
  renewals_.Renew(node, csr_pem, std::move(reply));
}

void Enrolment::RevokeAll(const Json& edge_node, std::function<void(Status)> done) {
  revocations_.Revoke(FindString(edge_node, {"metadata", "name"}), RecordsOf(edge_node),
                      std::move(done));
}

}  // namespace edge::cloudhub
