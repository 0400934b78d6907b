#include "certs/identity.h"

#include <sys/stat.h>

#include <filesystem>

#include "common/file.h"
#include "common/json.h"
#include "tests/fakes/temp_folder.h"
#include "tests/unit/certs/fixtures.h"

namespace edge::certs {
using namespace testing;  // NOLINT(google-build-using-namespace)

namespace {

/// A state folder that goes with the test.
struct IdentityWorld {
  fakes::TempFolder files;
  std::string path = files.path();
  IdentityFolder folder{path};
  SystemRandom random;
  JoinToken token = TestToken(random);

  Issued Issue(const std::string& key, const std::string& node = "till-1") const {
    return {TestAuthority().SignNode(CsrOf(key), node, kNow).value(),
            TestAuthority().certificate_pem()};
  }
  Identity Enrol() { return folder.Complete(token, Issue(folder.EnrolmentKey().value())).value(); }
  void RenewTo(const std::string& node = "till-1") const {
    const std::string key = folder.NextKey().value();
    REQUIRE(folder.StoreNext(Issue(key, node).certificate_pem).ok());
  }
  bool Has(const std::string& name) const { return files.Has(name); }
  std::string Text(const std::string& name) const { return files.Read(name); }
};

mode_t ModeOf(const std::string& path) {
  struct stat info {};
  REQUIRE(stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777;
}

}  // namespace

TEST_CASE("An empty state folder holds no identity", "[certs]") {
  IdentityWorld world;
  CHECK_FALSE(world.folder.Load()->has_value());
  CHECK_FALSE(world.folder.LoadNext()->has_value());
}

TEST_CASE("A finished enrolment leaves an identity in files of mode 0600", "[certs]") {
  IdentityWorld world;
  const Identity identity = world.Enrol();
  CHECK(identity.node_name == "till-1");
  CHECK(identity.cluster_name == "retail-edge");
  CHECK(identity.broker_urls == world.token.broker_urls);
  CHECK(identity.enrol_urls == world.token.enrol_urls);
  CHECK(identity.token_id == world.token.id);
  for (const char* name : {"tls.key", "tls.crt", "ca.crt", "identity.json"}) {
    CHECK(ModeOf(world.path + "/" + name) == 0600);
  }
  CHECK_FALSE(world.Has("enrol.key"));
  CHECK(world.folder.Load()->has_value());
}

TEST_CASE("An identity that an older edged wrote is whole without enrolment listeners", "[certs]") {
  IdentityWorld world;
  world.Enrol();
  Json json = ParseJson(world.Text("identity.json")).value();
  REQUIRE(json.erase("enrolURLs") == 1);
  REQUIRE(WriteFileAtomically(world.path + "/identity.json", json.dump(), 0600).ok());
  const std::optional<Identity> identity = world.folder.Load().value();
  REQUIRE(identity);
  CHECK(identity->enrol_urls.empty());
  CHECK(identity->broker_urls == world.token.broker_urls);
}

TEST_CASE("An enrolment that a power cut interrupts repeats with the same key", "[certs]") {
  IdentityWorld world;
  const std::string key = world.folder.EnrolmentKey().value();
  CHECK(ModeOf(world.path + "/enrol.key") == 0600);
  CHECK(IdentityFolder(world.path).EnrolmentKey().value() == key);
}

TEST_CASE("A cut before the certificate is written leaves the enrolment to be repeated",
          "[certs]") {
  IdentityWorld world;
  const std::string key = world.folder.EnrolmentKey().value();
  const Issued issued = world.Issue(key);
  REQUIRE(world.folder.Complete(world.token, issued).ok());
  std::filesystem::remove(world.path + "/tls.crt");
  REQUIRE(WriteFileAtomically(world.path + "/enrol.key", key, 0600).ok());
  CHECK_FALSE(world.folder.Load()->has_value());
  CHECK(world.folder.EnrolmentKey().value() == key);
  CHECK(world.folder.Complete(world.token, issued).ok());
}

TEST_CASE("A spoiled enrolment key is replaced", "[certs]") {
  IdentityWorld world;
  REQUIRE(WriteFileAtomically(world.path + "/enrol.key", "junk", 0600).ok());
  CHECK(KeyFingerprint(world.folder.EnrolmentKey().value()).ok());
}

TEST_CASE("A certificate for another key completes no enrolment", "[certs]") {
  IdentityWorld world;
  REQUIRE(world.folder.EnrolmentKey().ok());
  CHECK(world.folder.Complete(world.token, world.Issue(NewKey())).status().code() ==
        Code::kFailedPrecondition);
  CHECK_FALSE(world.folder.Load()->has_value());
}

TEST_CASE("A broken or missing file of an identity is reported with the file and the way out",
          "[certs]") {
  IdentityWorld world;
  const Identity identity = world.Enrol();
  for (const std::string& path : {identity.key_path, identity.certificate_path, identity.ca_path,
                                  world.path + "/identity.json"}) {
    const std::string good = ReadFile(path).value();
    for (const bool missing : {false, true}) {
      if (missing && path == identity.certificate_path) continue;  // then there is no identity
      REQUIRE(WriteFileAtomically(path, "junk", 0600).ok());
      if (missing) std::filesystem::remove(path);
      const Status status = world.folder.Load().status();
      INFO(path << (missing ? " is missing: " : " is junk: ") << status.ToString());
      CHECK(status.code() == Code::kDataLoss);
      CHECK(status.message().find(path) != std::string::npos);
      CHECK(status.next_step().find("join token") != std::string::npos);
    }
    REQUIRE(WriteFileAtomically(path, good, 0600).ok());
  }
  CHECK(world.folder.Load()->has_value());
}

TEST_CASE("An identity folder that cannot be looked into is damage and not a new terminal",
          "[certs]") {
  IdentityWorld world;
  const std::string path = world.path + "/identity";
  REQUIRE(WriteFileAtomically(path, "a file where the folder should be", 0600).ok());
  const Status status = IdentityFolder(path).Load().status();
  INFO(status.ToString());
  CHECK(status.code() == Code::kDataLoss);
  CHECK(status.message().find(path) != std::string::npos);
  CHECK(status.next_step().find("join token") != std::string::npos);
}

TEST_CASE("A renewed certificate lies beside the old one until it is promoted", "[certs]") {
  IdentityWorld world;
  const Identity before = world.Enrol();
  const std::string old_certificate = world.Text("tls.crt");
  world.RenewTo();
  CHECK(world.Text("tls.crt") == old_certificate);
  const Identity next = world.folder.LoadNext()->value();
  CHECK(next.certificate_path == world.path + "/next/tls.crt");
  const std::string new_certificate = world.Text("next/tls.crt");
  REQUIRE(world.folder.PromoteNext().ok());
  CHECK(world.Text("tls.crt") == new_certificate);
  CHECK(world.folder.Load()->has_value());
  CHECK_FALSE(world.folder.LoadNext()->has_value());
}

TEST_CASE("A promotion cut after any of its steps is finished at the next start", "[certs]") {
  for (int steps = 0; steps < 3; ++steps) {
    IdentityWorld world;
    world.Enrol();
    world.RenewTo();
    const std::string renewed = world.Text("next/tls.crt");
    REQUIRE(WriteFileAtomically(world.path + "/promote", "", 0600).ok());
    if (steps > 0) std::filesystem::rename(world.path + "/next/tls.key", world.path + "/tls.key");
    if (steps > 1) std::filesystem::rename(world.path + "/next/tls.crt", world.path + "/tls.crt");
    REQUIRE(world.folder.Load()->has_value());
    CHECK(world.Text("tls.crt") == renewed);
    CHECK_FALSE(world.Has("promote"));
  }
}

TEST_CASE("A renewal that was never answered keeps its key and never replaces the old pair",
          "[certs]") {
  IdentityWorld world;
  world.Enrol();
  const std::string key = world.folder.NextKey().value();
  CHECK(world.folder.NextKey().value() == key);
  CHECK_FALSE(world.folder.LoadNext()->has_value());
  CHECK(world.folder.StoreNext(world.Issue(NewKey()).certificate_pem).code() ==
        Code::kFailedPrecondition);
  CHECK(world.folder.StoreNext(world.Issue(key, "till-2").certificate_pem).code() ==
        Code::kFailedPrecondition);
  REQUIRE(world.folder.DropNext().ok());
  CHECK(world.folder.NextKey().value() != key);
}

TEST_CASE("A new enrolment replaces the old identity and forgets a renewal", "[certs]") {
  IdentityWorld world;
  world.Enrol();
  world.RenewTo();
  world.token = TestToken(world.random, "till-2");
  const Issued issued = world.Issue(world.folder.EnrolmentKey().value(), "till-2");
  CHECK(world.folder.Complete(world.token, issued)->node_name == "till-2");
  CHECK_FALSE(world.folder.LoadNext()->has_value());
}

}  // namespace edge::certs
