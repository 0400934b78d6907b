#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/status.h"

namespace edge::certs {

// Keys, certificates and signing requests as PEM text. Every function here is callable from any
// thread, does no I/O, and refuses input over these caps.

inline constexpr std::size_t kMaxCertificatePem = 16 * 1024;
inline constexpr std::size_t kMaxKeyPem = 8 * 1024;
inline constexpr std::size_t kMaxCsrPem = 8 * 1024;

/// A new EC P-256 private key (PKCS #8, PEM).
Result<std::string> GenerateKey();

struct CertificateFacts {
  std::string common_name;
  std::string organization;
  std::string issuer_common_name;
  std::string serial;  ///< lower-case hex without leading zeros
  WallTime not_before, not_after;
  std::string fingerprint;      ///< SHA-256 of the DER form, lower-case hex
  std::string key_fingerprint;  ///< SHA-256 of the public key (SPKI), lower-case hex
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  bool is_ca = false;
  bool client_auth = false;
  bool server_auth = false;
};

/// Reads the first certificate of the text. Errors: kInvalidArgument with the cause.
Result<CertificateFacts> ReadCertificate(std::string_view pem);

/// OK when the certificate holds the public half of the key. Errors: kInvalidArgument for text that
/// is neither, kFailedPrecondition when they do not belong together.
Status CheckKeyFits(std::string_view certificate_pem, std::string_view key_pem);

/// OK when `ca_pem` is a CA's certificate and signed `certificate_pem`. Times are not looked at: a
/// terminal's clock may be wrong, and the TLS handshake checks them. Errors as CheckKeyFits.
Status CheckSignedBy(std::string_view certificate_pem, std::string_view ca_pem);

/// A signing request for the key. The name is only a courtesy to people: signers ignore it.
Result<std::string> MakeCsr(std::string_view key_pem, std::string_view common_name);

/// What is taken from a signing request: the public key, and nothing else.
struct CsrFacts {
  std::string key_fingerprint;  ///< as CertificateFacts::key_fingerprint
};

/// Checks an untrusted signing request: size, form, its own signature, and that its key is EC
/// P-256. Errors: kInvalidArgument with the cause.
Result<CsrFacts> ReadCsr(std::string_view pem);

/// A signature of the bytes by the key: ECDSA with SHA-256, as DER. Errors: kInvalidArgument.
Result<std::string> SignBytes(std::string_view key_pem, std::string_view bytes);

/// OK when the key of the certificate made the signature. Errors: kInvalidArgument for no
/// certificate, kPermissionDenied when it did not.
Status CheckSignature(std::string_view certificate_pem, std::string_view bytes,
                      std::string_view signature);

/// The fingerprint of a private key's public half. Errors: kInvalidArgument.
Result<std::string> KeyFingerprint(std::string_view key_pem);

}  // namespace edge::certs
