#include "certs/enrolment.h"
#include "certs/mac.h"
#include "certs/names.h"

namespace edge::certs {

bool MayRetry(Code code) {
  switch (code) {
    case Code::kUnimplemented:
    case Code::kInvalidArgument:
    case Code::kPermissionDenied:
    case Code::kOutOfRange:
    case Code::kAlreadyExists: return false;
    default: return true;
  }
}

std::string RequestMac(std::string_view secret, const EnrolRequest& request,
                       std::string_view ca_fingerprint) {
  return Mac(secret, {"edge/enrol/request/1", request.token_id, request.node_name,
                      request.cluster_name, request.nonce, request.csr_pem, ca_fingerprint});
}

std::string ReplyMac(std::string_view secret, const EnrolRequest& request,
                     std::string_view ca_fingerprint, const EnrolReply& reply) {
  return Mac(secret, {"edge/enrol/reply/1", request.token_id, request.node_name,
                      request.cluster_name, request.nonce, request.csr_pem, ca_fingerprint,
                      reply.hub_nonce, reply.certificate_pem, reply.ca_pem});
}

EnrolmentClient::EnrolmentClient(JoinToken token, std::string key_pem, std::string csr_pem,
                                 std::string ca_fingerprint)
    : token_(std::move(token)),
      key_pem_(std::move(key_pem)),
      csr_pem_(std::move(csr_pem)),
      ca_fingerprint_(std::move(ca_fingerprint)) {}

Result<EnrolmentClient> EnrolmentClient::Create(JoinToken token, std::string key_pem) {
  EDGE_ASSIGN_OR_RETURN(const CertificateFacts ca, ReadCertificate(token.ca_certificate_pem));
  EDGE_ASSIGN_OR_RETURN(std::string csr, MakeCsr(key_pem, NodeCommonName(token.node_name)));
  return EnrolmentClient(std::move(token), std::move(key_pem), std::move(csr), ca.fingerprint);
}

EnrolRequest EnrolmentClient::MakeRequest(Random& random, std::string agent_version) {
  EnrolRequest request;
  request.token_id = token_.id;
  request.node_name = token_.node_name;
  request.cluster_name = token_.cluster_name;
  request.nonce = random.Bytes(kNonceBytes);
  request.csr_pem = csr_pem_;
  request.agent_version = std::move(agent_version);
  request.mac = RequestMac(token_.secret, request, ca_fingerprint_);
  last_ = request;
  return request;
}

Result<Issued> EnrolmentClient::Accept(const EnrolReply& reply) const {
  const std::string who = "enrolment of " + token_.node_name;
  if (last_.nonce.empty() || reply.nonce != last_.nonce) {
    return FailedPrecondition(who + ": an answer to another request");
  }
  if (!reply.refusal.ok()) {
    const Code code = MayRetry(reply.refusal.code()) ? Code::kUnavailable : Code::kPermissionDenied;
    return Status(code, who + " was refused: " + reply.refusal.message(),
                  reply.refusal.next_step());
  }
  const std::string forged =
      "somebody between this machine and the hub may be answering in its "
      "place: check who runs the broker that the token names";
  if (!EqualMac(reply.mac, ReplyMac(token_.secret, last_, ca_fingerprint_, reply))) {
    return DataLoss(who + ": the answer does not prove that the hub knows the token", forged);
  }
  EDGE_ASSIGN_OR_RETURN(const CertificateFacts facts, ReadCertificate(reply.certificate_pem));
  if (facts.common_name != NodeCommonName(token_.node_name)) {
    return DataLoss(who + ": the certificate is for another name: " + facts.common_name, forged);
  }
  if (Status fits = CheckKeyFits(reply.certificate_pem, key_pem_); !fits.ok()) {
    return DataLoss(who + ": " + fits.message(), forged);
  }
  if (Status ours = CheckSignedBy(reply.certificate_pem, token_.ca_certificate_pem); !ours.ok()) {
    return DataLoss(who + ": " + ours.message(), forged);
  }
  return Issued{reply.certificate_pem,
                reply.ca_pem.empty() ? token_.ca_certificate_pem : reply.ca_pem};
}

}  // namespace edge::certs
