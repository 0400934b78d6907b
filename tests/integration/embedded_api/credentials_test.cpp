#include "cloudhub/adapters/embedded/credentials.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "certs/x509.h"
#include "tests/integration/embedded_api/server_fixture.h"

namespace edge::cloudhub::embedded {
namespace {

const WallTime kNow = *ParseTime("2026-01-01T00:00:00Z");

Credentials Load(const std::string& folder, std::vector<std::string> names, WallTime now = kNow) {
  SeededRandom random(1);
  auto loaded = LoadOrMakeCredentials(folder, names, now, random);
  INFO(loaded.status().ToString());
  REQUIRE(loaded.ok());
  return *loaded;
}

TEST_CASE("credentials are made once and kept private", "[embedded]") {
  const fakes::TempFolder folder;
  const Credentials first = Load(folder.path(), {"localhost", "127.0.0.1"});
  const Credentials again = Load(folder.path(), {"localhost", "127.0.0.1"});
  CHECK(first.ca_pem == again.ca_pem);
  CHECK(first.cert_pem == again.cert_pem);
  CHECK(first.token == again.token);
  CHECK(first.token.size() == 64);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    struct stat facts {};
    REQUIRE(::stat(entry.path().c_str(), &facts) == 0);
    INFO(entry.path());
    CHECK((facts.st_mode & 0777) == 0600);
  }
}

TEST_CASE("a new name or an old certificate makes a new serving certificate", "[embedded]") {
  const fakes::TempFolder folder;
  const Credentials first = Load(folder.path(), {"localhost"});
  const Credentials renamed = Load(folder.path(), {"localhost", "hub.shop.example"});
  CHECK(first.cert_pem != renamed.cert_pem);
  CHECK(first.ca_pem == renamed.ca_pem);
  const auto facts = certs::ReadCertificate(renamed.cert_pem);
  REQUIRE(facts.ok());
  CHECK(facts->dns_names == std::vector<std::string>{"localhost", "hub.shop.example"});
  const Credentials renewed =
      Load(folder.path(), {"localhost", "hub.shop.example"}, kNow + std::chrono::hours(24 * 820));
  CHECK(renewed.cert_pem != renamed.cert_pem);
}

}  // namespace
}  // namespace edge::cloudhub::embedded
