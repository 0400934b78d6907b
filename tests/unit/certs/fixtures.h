#pragma once

#include <catch2/catch.hpp>

#include <string>

#include "certs/authority.h"
#include "certs/token.h"

namespace edge::certs::testing {

/// 2026-06-01, a believable time that tests count from.
inline constexpr WallTime kNow{std::chrono::seconds(1780272000)};

inline const CertificateAuthority& TestAuthority() {
  static const CertificateAuthority authority =
      CertificateAuthority::Create("retail-edge MQTT CA", kNow).value();
  return authority;
}

inline std::string NewKey() { return GenerateKey().value(); }

inline std::string CsrOf(const std::string& key, const std::string& name = "whatever") {
  return MakeCsr(key, name).value();
}

inline JoinToken TestToken(Random& random, const std::string& node = "till-1") {
  JoinToken token = MakeToken(random, "retail-edge", node, kNow + std::chrono::hours(24)).value();
  token.ca_certificate_pem = TestAuthority().certificate_pem();
  token.enrol_urls = {"tls://mqtt.edge:8885"};
  token.broker_urls = {"tls://mqtt.edge:8883"};
  return token;
}

}  // namespace edge::certs::testing
