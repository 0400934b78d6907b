#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "certs/x509.h"

namespace edge::certs {

inline constexpr Duration kAuthorityLife = std::chrono::hours(24 * 3653);
inline constexpr Duration kNodeLife = std::chrono::hours(24 * 90);
inline constexpr Duration kServerLife = std::chrono::hours(24 * 825);
/// Certificates begin an hour before they are signed, because clocks differ.
inline constexpr Duration kBackDating = std::chrono::hours(1);
/// A CRL is good for 30 days and made anew after one (design.md 20: an overdue CRL locks out all).
inline constexpr Duration kCrlLife = std::chrono::hours(24 * 30);
inline constexpr Duration kCrlRenewal = std::chrono::hours(24);
/// A list that is not good yet locks out all too, and a hub's clock may be a day ahead of a
/// broker's.
inline constexpr Duration kCrlBackDating = std::chrono::hours(24 * 7);

struct RevokedCertificate {
  std::string serial;  ///< hex
  WallTime revoked_at;
  WallTime not_after;  ///< the certificate's: later than that it needs no row
};

/// The names that a server's certificate holds for: at least one.
struct ServerNames {
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
};

/// A certificate authority: the MQTT CA, and never a client CA of an API (design.md 22).
/// Failure modes: OpenSSL's, as kInternal; bad input as kInvalidArgument.
/// Thread rule: immutable after creation; any thread.
class CertificateAuthority {
 public:
  /// Makes a key and a self-signed certificate of ten years.
  static Result<CertificateAuthority> Create(std::string_view common_name, WallTime now);
  /// Errors: kInvalidArgument for no CA certificate, kFailedPrecondition for a foreign key.
  static Result<CertificateAuthority> FromPem(std::string certificate_pem, std::string key_pem);

  const std::string& certificate_pem() const { return certificate_pem_; }
  const std::string& key_pem() const { return key_pem_; }
  const CertificateFacts& facts() const { return facts_; }

  /// A node's certificate: CN system:node:<node_name>, O system:nodes, client authentication only,
  /// a random serial of 128 bits. Only the public key is taken from the (untrusted) request.
  /// It never outlives the CA. Errors: kInvalidArgument for a bad name or request.
  Result<std::string> SignNode(std::string_view csr_pem, std::string_view node_name, WallTime now,
                               Duration life = kNodeLife) const;
  /// A hub's client certificate, CN edge:hub, or edge:hub:<hub_id> for one of several replicas.
  /// Errors: kInvalidArgument for a bad id (CheckHubId) or request.
  Result<std::string> SignHub(std::string_view csr_pem, WallTime now, Duration life = kServerLife,
                              std::string_view hub_id = {}) const;
  /// A server's certificate. Errors: kInvalidArgument for no name, or one that is none.
  Result<std::string> SignServer(std::string_view csr_pem, const ServerNames& names, WallTime now,
                                 Duration life = kServerLife) const;

  /// A revocation list (PEM). `number` rises with each list. Rows of certificates that have expired
  /// are left out.
  Result<std::string> MakeCrl(const std::vector<RevokedCertificate>& revoked, std::uint64_t number,
                              WallTime now, Duration life = kCrlLife) const;

 private:
  CertificateAuthority(std::string certificate_pem, std::string key_pem, CertificateFacts facts);

  std::string certificate_pem_;
  std::string key_pem_;
  CertificateFacts facts_;
};

struct CrlFacts {
  std::uint64_t number = 0;
  WallTime this_update, next_update;
  std::vector<std::string> serials;  ///< hex, sorted
};

/// Reads a revocation list. Errors: kInvalidArgument.
Result<CrlFacts> ReadCrl(std::string_view pem);
/// Whether a broker that trusts `ca_pem` can go by this list now: with one that the CA did not
/// sign, or that is overdue or not good yet, it would refuse everybody. Errors: kInvalidArgument,
/// which says what is wrong.
Status CheckCrl(std::string_view pem, std::string_view ca_pem, WallTime now);

/// True when the list should be made anew: a day old, from the future, or holding other serials.
bool CrlNeedsRenewal(const CrlFacts& crl, const std::vector<RevokedCertificate>& revoked,
                     WallTime now);

}  // namespace edge::certs
