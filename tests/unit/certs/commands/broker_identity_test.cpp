#include "cloudhub/commands/broker_identity.h"

#include "common/file.h"
#include "tests/fakes/temp_folder.h"
#include "tests/unit/certs/fixtures.h"

namespace edge::cloudhub {

namespace {

using certs::testing::CsrOf;
using certs::testing::kNow;
using certs::testing::NewKey;
using certs::testing::TestAuthority;

struct Pair {
  fakes::TempFolder files;
  const std::string certificate = files.path() + "/hub.crt";
  const std::string key = files.path() + "/hub.key";

  Pair() {
    const std::string made = NewKey();
    REQUIRE(WriteFileAtomically(key, made, 0600).ok());
    REQUIRE(
        WriteFileAtomically(certificate, TestAuthority().SignHub(CsrOf(made), kNow).value(), 0644)
            .ok());
  }
};

}  // namespace

TEST_CASE("The hub's certificate and its own key are good", "[commands]") {
  const Pair pair;
  CHECK(CheckBrokerIdentity(pair.certificate, pair.key).ok());
}

TEST_CASE("A key of another certificate is refused with both files and the cause", "[commands]") {
  const Pair pair;
  REQUIRE(WriteFileAtomically(pair.key, NewKey(), 0600).ok());
  const Status status = CheckBrokerIdentity(pair.certificate, pair.key);
  CHECK(status.code() == Code::kFailedPrecondition);
  CHECK(status.message() == "the settings broker.certificate_file (" + pair.certificate +
                                ") and broker.key_file (" + pair.key +
                                "): the private key does not belong to the certificate");
  CHECK_THAT(status.next_step(), Catch::Contains("cloudhub broker-config"));
}

TEST_CASE("A missing or garbled file of the hub is refused by its setting", "[commands]") {
  const Pair pair;
  const Status missing = CheckBrokerIdentity(pair.certificate, pair.key + ".none");
  CHECK(missing.code() == Code::kNotFound);
  CHECK_THAT(missing.message(), Catch::StartsWith("the setting broker.key_file: "));
  REQUIRE(WriteFileAtomically(pair.certificate, "garbage", 0644).ok());
  CHECK(CheckBrokerIdentity(pair.certificate, pair.key).code() == Code::kInvalidArgument);
}

}  // namespace edge::cloudhub
