#pragma once

#include <string>
#include <string_view>

#include "certs/enrolment.h"

namespace edge::certs {

/// What the key of an expired certificate signs (design.md 22): names, nonce, request, agent
/// version, CA and certificate, each with its length before it, behind a word that no other proof
/// of ours begins with.
std::string ExpiredRenewalProof(const EnrolRequest& request, std::string_view ca_fingerprint);

/// OK when the CA gave the expired certificate to the request's node for clients, and its key
/// signed the request, which asks for another key. The certificate's dates are not looked at.
/// Errors: kInvalidArgument, kFailedPrecondition and kPermissionDenied with the cause.
Status CheckExpiredProof(const EnrolRequest& request, std::string_view ca_pem);

/// A node's identity as it stands: its certificate has expired, and its key proves it.
struct ExpiredPair {
  std::string node_name;
  std::string cluster_name;
  std::string ca_pem;
  std::string certificate_pem;
  std::string key_pem;
};

/// The node's side of renewing an expired certificate on the enrolment listener. Pure: the caller
/// carries the bytes. Thread rule: one thread.
class ExpiredRenewalClient {
 public:
  /// `new_key_pem` is the key of the certificate to be. Errors: kInvalidArgument for what is no key
  /// or no certificate.
  static Result<ExpiredRenewalClient> Create(ExpiredPair old, std::string new_key_pem);

  /// A request with a new nonce. Errors: kInvalidArgument for an old key that cannot sign.
  Result<EnrolRequest> MakeRequest(Random& random, std::string agent_version);

  /// The certificate (PEM), when the reply answers the last request, and its certificate holds our
  /// new key and name and is of the CA that the node has.
  /// Errors: kAlreadyExists when the hub wants another key; kUnavailable for every other refusal,
  /// with the hub's cause and next step: it may be lifted; kFailedPrecondition for another
  /// request's nonce (ignore it); kDataLoss when the reply is no proof.
  Result<std::string> Accept(const EnrolReply& reply) const;

 private:
  ExpiredRenewalClient(ExpiredPair old, std::string new_key_pem, std::string csr_pem,
                       std::string ca_fingerprint);

  ExpiredPair old_;
  std::string new_key_pem_;
  std::string csr_pem_;
  std::string ca_fingerprint_;
  std::string last_nonce_;
};

}  // namespace edge::certs
