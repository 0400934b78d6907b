#include "certs/enrolment.h"
#include "certs/expired_renewal.h"
#include "certs/mac.h"
#include "certs/names.h"

namespace edge::certs {
namespace {

constexpr std::size_t kMaxClusterName = 63;
constexpr std::size_t kMacBytes = 32;
constexpr std::size_t kMaxExpiredPem = 8 * 1024;
constexpr std::size_t kMaxSignature = 128;
constexpr std::string_view kNewToken = "make a new token with \"cloudhub token create\"";

Status CheckProofForm(const EnrolRequest& request) {
  if (IsExpiredRenewal(request)) {
    if (request.expired_certificate_pem.size() > kMaxExpiredPem) {
      return InvalidArgument("the expired certificate is too long");
    }
    const bool fits = !request.signature.empty() && request.signature.size() <= kMaxSignature;
    return fits ? Status::Ok() : InvalidArgument("the signature is missing or too long");
  }
  EDGE_RETURN_IF_ERROR(CheckTokenId(request.token_id));
  return request.mac.size() == kMacBytes ? Status::Ok()
                                         : InvalidArgument("the proof is not 32 bytes");
}

Status CheckForm(const EnrolRequest& request) {
  EDGE_RETURN_IF_ERROR(CheckProofForm(request));
  EDGE_RETURN_IF_ERROR(CheckNodeName(request.node_name));
  if (request.cluster_name.empty() || request.cluster_name.size() > kMaxClusterName) {
    return InvalidArgument("the cluster name is empty or too long");
  }
  if (request.nonce.size() != kNonceBytes) return InvalidArgument("the nonce is not 32 bytes");
  return ReadCsr(request.csr_pem).status();
}

Status CheckAdmitted(const std::string& name, const std::string& cluster_name,
                     const AdmittedNode* node) {
  if (node == nullptr) {
    return NotFound("there is no EdgeNode " + name,
                    "create it: kubectl apply an EdgeNode with this name and spec.clusterName " +
                        cluster_name + "; the terminal asks again by itself");
  }
  if (node->cluster_name != cluster_name) {
    return FailedPrecondition("EdgeNode " + name + " has spec.clusterName " + node->cluster_name +
                                  ", and the terminal asks for " + cluster_name,
                              "correct the EdgeNode, or make a token for its cluster");
  }
  if (node->revoked) {
    return FailedPrecondition("EdgeNode " + name + " is revoked",
                              "lift the revocation on the EdgeNode if the terminal may come back");
  }
  return Status::Ok();
}

std::string TokenFor(const std::string& node) { return std::string(kNewToken) + " " + node; }

Status RedeemedBefore(const StoredToken& token) {
  return AlreadyExists("the join token " + token.id + " for node " + token.node_name +
                           " was used at " + FormatTime(token.redemption->at) +
                           " with another key: by another machine, or by this one before it was "
                           "set up anew",
                       TokenFor(token.node_name));
}

}  // namespace

EnrolmentServer::EnrolmentServer(CertificateAuthority authority, Duration node_life)
    : authority_(std::move(authority)), node_life_(node_life) {}

EnrolReply EnrolmentServer::Refuse(const EnrolRequest& request, Status refusal) {
  EnrolReply reply;
  reply.nonce = request.nonce;
  reply.refusal = std::move(refusal);
  return reply;
}

std::optional<EnrolReply> EnrolmentServer::Screen(const EnrolRequest& request) const {
  if (request.version < kEnrolmentVersion || request.version > kExpiredRenewalVersion) {
    return Refuse(request,
                  Unimplemented("enrolment version " + std::to_string(request.version) +
                                    " is not known to this hub, which reads versions 1 and 2",
                                "upgrade the hub"));
  }
  if (Status form = CheckForm(request); !form.ok()) {
    return Refuse(request, form.WithContext("the enrolment request is malformed"));
  }
  return std::nullopt;
}

std::optional<EnrolReply> EnrolmentServer::Authenticate(const EnrolRequest& request,
                                                        const StoredToken* token) const {
  // An unknown id is checked against an empty secret, so that it takes as long as a known one.
  const std::string secret = token == nullptr ? std::string() : token->secret;
  const bool proved =
      EqualMac(request.mac, RequestMac(secret, request, authority_.facts().fingerprint));
  const bool accepted = token != nullptr && secret.size() == kTokenSecretBytes && proved &&
                        token->node_name == request.node_name &&
                        token->cluster_name == request.cluster_name;
  if (accepted) return std::nullopt;
  return Refuse(request,
                PermissionDenied("the join token is not accepted", std::string(kNewToken)));
}

EnrolDecision EnrolmentServer::Decide(const EnrolRequest& request, const StoredToken& token,
                                      const AdmittedNode* node, WallTime now,
                                      Random& random) const {
  EnrolDecision decision;
  const auto refuse = [&](Status refusal) {
    decision.reply = Refuse(request, std::move(refusal));
    return decision;
  };
  const Result<CsrFacts> csr = ReadCsr(request.csr_pem);
  if (!csr.ok()) return refuse(csr.status());
  const bool again = token.redemption && token.redemption->key_fingerprint == csr->key_fingerprint;
  if (token.redemption && !again) return refuse(RedeemedBefore(token));
  if (!again && now >= token.expires) {
    return refuse(Status(Code::kOutOfRange,
                         "the join token " + token.id + " for node " + token.node_name +
                             " expired at " + FormatTime(token.expires),
                         TokenFor(token.node_name)));
  }
  if (Status admitted = CheckAdmitted(token.node_name, token.cluster_name, node); !admitted.ok()) {
    return refuse(admitted);
  }
  if (again) {
    decision.what = EnrolDecision::What::kReplyAgain;
    decision.redemption = *token.redemption;
  } else {
    Result<std::string> signed_pem =
        authority_.SignNode(request.csr_pem, token.node_name, now, node_life_);
    if (!signed_pem.ok()) return refuse(Unavailable(signed_pem.status().message()));
    decision.what = EnrolDecision::What::kIssue;
    decision.redemption = {now, csr->key_fingerprint, *std::move(signed_pem)};
  }
  EnrolReply& reply = decision.reply;
  reply.nonce = request.nonce;
  reply.hub_nonce = random.Bytes(kNonceBytes);
  reply.certificate_pem = decision.redemption.certificate_pem;
  reply.ca_pem = authority_.certificate_pem();
  reply.mac = ReplyMac(token.secret, request, authority_.facts().fingerprint, reply);
  return decision;
}

Result<std::string> EnrolmentServer::Renew(std::string_view node_name, std::string_view csr_pem,
                                           const AdmittedNode* node, WallTime now) const {
  const std::string name(node_name);
  if (node == nullptr || node->revoked) {
    return PermissionDenied(
        node == nullptr ? "there is no EdgeNode " + name : "EdgeNode " + name + " is revoked",
        "create the EdgeNode again, or lift its revocation, if the terminal may stay");
  }
  return authority_.SignNode(csr_pem, node_name, now, node_life_);
}

std::optional<EnrolReply> EnrolmentServer::AuthenticateExpired(const EnrolRequest& request,
                                                               WallTime now) const {
  const std::string& ca = authority_.certificate_pem();
  if (Status ours = CheckExpiredProof(request, ca); !ours.ok()) {
    return Refuse(request, PermissionDenied("the certificate shown for node " + request.node_name +
                                                " is not accepted: " + ours.message(),
                                            TokenFor(request.node_name)));
  }
  const Result<CertificateFacts> facts = ReadCertificate(request.expired_certificate_pem);
  if (facts.ok() && now > facts->not_after) return std::nullopt;
  return Refuse(
      request,
      FailedPrecondition("the certificate of node " + request.node_name + " has not expired" +
                             (facts.ok() ? ": it lasts until " + FormatTime(facts->not_after) +
                                               ", and by the hub's clock it is " + FormatTime(now)
                                         : ""),
                         "let it connect and renew over its link; if the broker refuses it, the "
                         "broker's log says why: its revocation list may be overdue"));
}

Status EnrolmentServer::AdmitExpired(const EnrolRequest& request, const AdmittedNode* node) const {
  const std::string& name = request.node_name;
  EDGE_RETURN_IF_ERROR(CheckAdmitted(name, request.cluster_name, node));
  if (node->allow_expired_renewal) return Status::Ok();
  return FailedPrecondition(
      "the certificate of node " + name + " has expired, and EdgeNode " + name +
          " does not allow its renewal",
      "set spec.allowExpiredRenewal to true on EdgeNode " + name +
          ", and the terminal asks again by itself; or give it a new token with \"cloudhub token "
          "create " +
          name + "\"");
}

EnrolReply EnrolmentServer::AnswerExpired(const EnrolRequest& request, std::string certificate_pem,
                                          Random& random) {
  EnrolReply reply;
  reply.nonce = request.nonce;
  reply.hub_nonce = random.Bytes(kNonceBytes);
  reply.certificate_pem = std::move(certificate_pem);
  return reply;
}

}  // namespace edge::certs
