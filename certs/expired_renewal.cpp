#include "certs/expired_renewal.h"

#include "certs/enrolment_codec.h"
#include "certs/mac.h"
#include "certs/names.h"

namespace edge::certs {
namespace {

/// Of a node's certificate, in its own words or the hub's.
Status CheckSubject(const CertificateFacts& facts, const std::string& node_name) {
  if (facts.common_name != NodeCommonName(node_name)) {
    return FailedPrecondition("it is for another name: " + facts.common_name);
  }
  const bool of_a_node = facts.organization == kNodesOrganization && facts.client_auth &&
                         !facts.server_auth && !facts.is_ca;
  return of_a_node ? Status::Ok() : FailedPrecondition("it is no certificate of a node");
}

}  // namespace

bool IsExpiredRenewal(const EnrolRequest& request) {
  return request.version >= kExpiredRenewalVersion && !request.expired_certificate_pem.empty();
}

std::string ExpiredRenewalProof(const EnrolRequest& request, std::string_view ca_fingerprint) {
  return EncodeFields({"edge/enrol/expired-renewal/2", request.node_name, request.cluster_name,
                       request.nonce, request.csr_pem, request.agent_version, ca_fingerprint,
                       request.expired_certificate_pem});
}

Status CheckExpiredProof(const EnrolRequest& request, std::string_view ca_pem) {
  const std::string& shown = request.expired_certificate_pem;
  EDGE_ASSIGN_OR_RETURN(const CertificateFacts facts, ReadCertificate(shown));
  EDGE_ASSIGN_OR_RETURN(const CertificateFacts ca, ReadCertificate(ca_pem));
  EDGE_RETURN_IF_ERROR(CheckSignedBy(shown, ca_pem));
  EDGE_RETURN_IF_ERROR(CheckSubject(facts, request.node_name));
  EDGE_RETURN_IF_ERROR(
      CheckSignature(shown, ExpiredRenewalProof(request, ca.fingerprint), request.signature));
  EDGE_ASSIGN_OR_RETURN(const CsrFacts csr, ReadCsr(request.csr_pem));
  if (csr.key_fingerprint != facts.key_fingerprint) return Status::Ok();
  return InvalidArgument("the request is for the key of the expired certificate");
}

ExpiredRenewalClient::ExpiredRenewalClient(ExpiredPair old, std::string new_key_pem,
                                           std::string csr_pem, std::string ca_fingerprint)
    : old_(std::move(old)),
      new_key_pem_(std::move(new_key_pem)),
      csr_pem_(std::move(csr_pem)),
      ca_fingerprint_(std::move(ca_fingerprint)) {}

Result<ExpiredRenewalClient> ExpiredRenewalClient::Create(ExpiredPair old,
                                                          std::string new_key_pem) {
  EDGE_ASSIGN_OR_RETURN(const CertificateFacts ca, ReadCertificate(old.ca_pem));
  EDGE_RETURN_IF_ERROR(CheckKeyFits(old.certificate_pem, old.key_pem));
  EDGE_ASSIGN_OR_RETURN(std::string csr, MakeCsr(new_key_pem, NodeCommonName(old.node_name)));
  return ExpiredRenewalClient(std::move(old), std::move(new_key_pem), std::move(csr),
                              ca.fingerprint);
}

Result<EnrolRequest> ExpiredRenewalClient::MakeRequest(Random& random, std::string agent_version) {
  EnrolRequest request;
  request.version = kExpiredRenewalVersion;
  request.node_name = old_.node_name;
  request.cluster_name = old_.cluster_name;
  request.nonce = random.Bytes(kNonceBytes);
  request.csr_pem = csr_pem_;
  request.agent_version = std::move(agent_version).substr(0, kMaxAgentVersion);
  request.expired_certificate_pem = old_.certificate_pem;
  EDGE_ASSIGN_OR_RETURN(request.signature,
                        SignBytes(old_.key_pem, ExpiredRenewalProof(request, ca_fingerprint_)));
  last_nonce_ = request.nonce;
  return request;
}

Result<std::string> ExpiredRenewalClient::Accept(const EnrolReply& reply) const {
  const std::string who = "renewal of the expired certificate of " + old_.node_name;
  if (last_nonce_.empty() || reply.nonce != last_nonce_) {
    return FailedPrecondition(who + ": an answer to another request");
  }
  if (!reply.refusal.ok()) {
    const bool other_key = reply.refusal.code() == Code::kAlreadyExists;
    return Status(other_key ? Code::kAlreadyExists : Code::kUnavailable,
                  who + " was refused: " + reply.refusal.message(), reply.refusal.next_step());
  }
  const auto check = [&]() -> Status {
    EDGE_ASSIGN_OR_RETURN(const CertificateFacts facts, ReadCertificate(reply.certificate_pem));
    EDGE_RETURN_IF_ERROR(CheckSubject(facts, old_.node_name));
    EDGE_RETURN_IF_ERROR(CheckKeyFits(reply.certificate_pem, new_key_pem_));
    return CheckSignedBy(reply.certificate_pem, old_.ca_pem);
  };
  if (const Status good = check(); !good.ok()) {
    return DataLoss(who + ": the answer is not the hub's: " + good.message(),
                    "somebody between this machine and the hub may be answering in its place: "
                    "check who runs the broker");
  }
  return reply.certificate_pem;
}

}  // namespace edge::certs
