#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/random.h"
#include "common/status.h"

namespace edge::certs {

inline constexpr Duration kTokenLife = std::chrono::hours(24);
inline constexpr std::size_t kMaxTokenFile = 64 * 1024;
inline constexpr std::size_t kTokenSecretBytes = 32;

/// A join token (design.md 22): lets the holder enrol as one node, once, until it expires. The
/// secret never travels: both sides prove by HMAC that they have it.
struct JoinToken {
  std::string cluster_name;
  std::string node_name;
  std::string id;      ///< 16 lower-case hex digits; no secret
  std::string secret;  ///< 32 bytes
  WallTime expires;
  std::string ca_certificate_pem;        ///< the MQTT CA
  std::vector<std::string> enrol_urls;   ///< brokers' enrolment listeners, "tls://host:port"
  std::vector<std::string> broker_urls;  ///< brokers' node listeners, in order of preference
  auto operator<=>(const JoinToken&) const = default;
};

/// Fresh id and secret. Errors: kInvalidArgument for a bad node name.
Result<JoinToken> MakeToken(Random& random, std::string_view cluster_name,
                            std::string_view node_name, WallTime expires);

/// The token as a YAML file, with a comment that says what it is and what to do with it.
std::string FormatToken(const JoinToken& token);

/// Reads FormatToken's output; strict, since the file is untrusted. `path` is for messages.
/// Expiry is not judged here. Errors: kInvalidArgument naming file, line, cause and next step.
Result<JoinToken> ParseToken(std::string_view text, std::string_view path);

/// OK for 16 lower-case hex digits. Errors: kInvalidArgument.
Status CheckTokenId(std::string_view id);

/// Errors: kFailedPrecondition when the token's time is over. A clock that stands before 2026 is
/// not believed: the hub judges with its own.
Status CheckTokenExpiry(const JoinToken& token, WallTime now);

}  // namespace edge::certs
