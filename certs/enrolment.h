#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "certs/authority.h"
#include "certs/token.h"

namespace edge::certs {

/// Of requests with a join token, and of replies.
inline constexpr std::uint32_t kEnrolmentVersion = 1;
/// Of requests with an expired certificate (certs/expired_renewal.h).
inline constexpr std::uint32_t kExpiredRenewalVersion = 2;
inline constexpr std::size_t kNonceBytes = 32;

/// Node to hub, on the enrolment listener. Wire form: proto/edge/v1/enrol.proto.
struct EnrolRequest {
  std::uint32_t version = kEnrolmentVersion;
  std::string token_id;
  std::string node_name;
  std::string cluster_name;
  std::string nonce;  ///< 32 random bytes, new for each request
  std::string csr_pem;
  std::string mac;            ///< RequestMac
  std::string agent_version;  ///< for the hub's log; proved by `signature` alone
  // Instead of token id and mac:
  std::string expired_certificate_pem = {};
  std::string signature = {};  ///< of ExpiredRenewalProof, by that certificate's key
};

/// True when the request is made with an expired certificate and not with a join token.
bool IsExpiredRenewal(const EnrolRequest& request);

/// The codes of a refusal (EnrolReply::refusal); their numbers are on the wire:
///   kUnimplemented       the version of the request is not known
///   kInvalidArgument     a field is missing, too long or malformed
///   kPermissionDenied    the token: unknown id, wrong secret or wrong name, never told apart; the
///                        expired certificate: not of this CA, not this node's, revoked, no proof
///   kOutOfRange          the token has expired
///   kAlreadyExists       the token was used before, with another key; the key of the request was
///                        given a certificate before (of an expired renewal: make another)
///   kNotFound            there is no EdgeNode of that name (yet)
///   kFailedPrecondition  the EdgeNode is of another cluster, is revoked, or does not allow it; the
///                        certificate has not expired
///   kResourceExhausted   the node was given too many certificates
///   kUnavailable         the hub could not ask the API or write to it
/// True when the same token may be accepted later, without anybody touching the terminal.
bool MayRetry(Code code);

struct EnrolReply {
  std::uint32_t version = kEnrolmentVersion;
  std::string nonce;            ///< the request's
  std::string hub_nonce;        ///< 32 random bytes of the hub's
  std::string certificate_pem;  ///< empty when refused
  std::string ca_pem;           ///< what the node trusts for its brokers from now on
  std::string mac;              ///< ReplyMac; empty when refused, and to an expired certificate
  Status refusal;               ///< OK when there is a certificate
};

std::string RequestMac(std::string_view secret, const EnrolRequest& request,
                       std::string_view ca_fingerprint);
std::string ReplyMac(std::string_view secret, const EnrolRequest& request,
                     std::string_view ca_fingerprint, const EnrolReply& reply);

struct Issued {
  std::string certificate_pem;
  std::string ca_pem;
};

/// The node's side of one enrolment. Pure: the caller carries the bytes.
/// Thread rule: one thread.
class EnrolmentClient {
 public:
  /// `key_pem` is the node's new key. Errors: kInvalidArgument for a bad key or CA.
  static Result<EnrolmentClient> Create(JoinToken token, std::string key_pem);

  /// A request with a new nonce: call it again for each retry.
  EnrolRequest MakeRequest(Random& random, std::string agent_version);

  /// What was issued, when the reply answers the last request, proves knowledge of the secret, and
  /// its certificate holds our key and name and is of the token's CA.
  /// Errors: kPermissionDenied when refused for good, kUnavailable when refused for now (both with
  /// the hub's cause and next step), kFailedPrecondition for another request's nonce (ignore it),
  /// kDataLoss when the reply is no proof.
  Result<Issued> Accept(const EnrolReply& reply) const;

  const JoinToken& token() const { return token_; }
  const std::string& key_pem() const { return key_pem_; }

 private:
  EnrolmentClient(JoinToken token, std::string key_pem, std::string csr_pem,
                  std::string ca_fingerprint);

  JoinToken token_;
  std::string key_pem_;
  std::string csr_pem_;
  std::string ca_fingerprint_;
  EnrolRequest last_;
};

/// What the hub keeps of a token, in a Secret (cloudhub/core/enrolment/token_secret.h).
struct StoredToken {
  std::string id;
  std::string node_name;
  std::string cluster_name;
  std::string secret;
  WallTime expires;
  struct Redemption {
    WallTime at;
    std::string key_fingerprint;
    std::string certificate_pem;
  };
  std::optional<Redemption> redemption;
};

/// What the hub needs to know of the EdgeNode that enrols.
struct AdmittedNode {
  std::string cluster_name;
  bool revoked = false;
  bool allow_expired_renewal = false;
};

/// What to do with a request.
struct EnrolDecision {
  enum class What {
    kRefuse,      ///< send `reply`
    kReplyAgain,  ///< send `reply`: the same certificate as before, since a reply can be lost
    kIssue,       ///< record `redemption`, and when that is written send `reply`
  } what = What::kRefuse;
  EnrolReply reply;
  StoredToken::Redemption redemption;  ///< kIssue only
};

/// The hub's side. Pure: the caller fetches and records. Thread rule: immutable, any thread.
class EnrolmentServer {
 public:
  explicit EnrolmentServer(CertificateAuthority authority, Duration node_life = kNodeLife);

  /// Checks form and caps before anything is looked up. Nullopt: go on.
  std::optional<EnrolReply> Screen(const EnrolRequest& request) const;

  /// Checks the proof. `token` nullptr: unknown id. Nothing beyond kPermissionDenied is ever said
  /// to one who does not know the secret. Nullopt: go on and fetch the EdgeNode.
  std::optional<EnrolReply> Authenticate(const EnrolRequest& request,
                                         const StoredToken* token) const;

  /// Decides on an authenticated request. `node` nullptr: there is no EdgeNode of that name.
  EnrolDecision Decide(const EnrolRequest& request, const StoredToken& token,
                       const AdmittedNode* node, WallTime now, Random& random) const;

  /// A renewal that the node asked for on its own authenticated topic. Errors: kPermissionDenied,
  /// kInvalidArgument; each with a next step.
  Result<std::string> Renew(std::string_view node_name, std::string_view csr_pem,
                            const AdmittedNode* node, WallTime now) const;

  /// The proof of a request with an expired certificate: the CA gave it to this node for clients,
  /// its key signed the request, and it has expired. Nullopt: go on and fetch the EdgeNode.
  std::optional<EnrolReply> AuthenticateExpired(const EnrolRequest& request, WallTime now) const;

  /// Whether the EdgeNode lets its terminal renew an expired certificate; `node` nullptr: there is
  /// none. Whether it is recorded as the node's and not revoked is the caller's to see.
  Status AdmitExpired(const EnrolRequest& request, const AdmittedNode* node) const;

  /// Its answer. No other proof is needed than that the CA signed the key of the request, which has
  /// never left the terminal.
  static EnrolReply AnswerExpired(const EnrolRequest& request, std::string certificate_pem,
                                  Random& random);

  static EnrolReply Refuse(const EnrolRequest& request, Status refusal);

  const CertificateAuthority& authority() const { return authority_; }
  Duration node_life() const { return node_life_; }

 private:
  CertificateAuthority authority_;
  Duration node_life_;
};

}  // namespace edge::certs
