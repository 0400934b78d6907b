#include "cloudhub/adapters/kubernetes/credentials.h"

#include <catch2/catch.hpp>

#include "tests/fakes/log_capture.h"
#include "tests/fakes/manual_executor.h"
#include "tests/fakes/temp_folder.h"

namespace edge::cloudhub::kubernetes {
namespace {

using std::chrono::seconds;

struct Files {
  Files() {
    folder.Write("token", "first\n");
    path =
        folder.Write("kc",
                     "current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n"
                     "clusters: [{name: c, cluster: {server: \"https://a\"}}]\n"
                     "users: [{name: u, user: {tokenFile: token}}]\n");
  }
  fakes::TempFolder folder;
  fakes::ManualClock clock;
  std::string path;
};

TEST_CASE("A token that is replaced on disk is used within a minute", "[kubernetes]") {
  Files files;
  const auto opened = Credentials::Open(files.path, files.clock);
  REQUIRE(opened.ok());
  Credentials& credentials = **opened;
  CHECK(credentials.Current()->token == "first");
  files.folder.Write("token", "second\n");
  files.clock.Advance(seconds(59));
  CHECK(credentials.Current()->token == "first");
  files.clock.Advance(seconds(1));
  CHECK(credentials.Current()->token == "second");
}

TEST_CASE("Refused credentials are read again at once and not more than once a second",
          "[kubernetes]") {
  Files files;
  const auto opened = Credentials::Open(files.path, files.clock);
  REQUIRE(opened.ok());
  Credentials& credentials = **opened;
  files.folder.Write("token", "second\n");
  files.clock.Advance(seconds(1));
  CHECK(credentials.Renew(files.clock.Boot()));
  CHECK(credentials.Current()->token == "second");
  files.folder.Write("token", "third\n");
  files.clock.Advance(std::chrono::milliseconds(999));
  CHECK_FALSE(credentials.Renew(files.clock.Boot()));
  CHECK(credentials.Current()->token == "second");
}

TEST_CASE("All requests that went out with refused credentials are told of new ones",
          "[kubernetes]") {
  Files files;
  const auto opened = Credentials::Open(files.path, files.clock);
  REQUIRE(opened.ok());
  Credentials& credentials = **opened;
  const BootTime sent_at = files.clock.Boot();
  files.clock.Advance(seconds(1));
  CHECK_FALSE(credentials.Renew(sent_at));  // nothing new yet
  files.folder.Write("token", "second\n");
  files.clock.Advance(seconds(1));
  CHECK(credentials.Renew(sent_at));
  CHECK(credentials.Renew(sent_at));
  files.clock.Advance(seconds(1));
  CHECK_FALSE(credentials.Renew(files.clock.Boot()));
}

TEST_CASE("While credentials cannot be read what they said before holds", "[kubernetes]") {
  Files files;
  const auto opened = Credentials::Open(files.path, files.clock);
  REQUIRE(opened.ok());
  const fakes::LogCapture log;
  files.folder.Write("kc", "half of");
  for (int i = 0; i < 3; ++i) {
    files.clock.Advance(seconds(60));
    CHECK((*opened)->Current()->token == "first");
  }
  CHECK(log.LinesWith("what was read before holds") == 1);
}

TEST_CASE("A pod finds its cluster by what it is given", "[kubernetes]") {
  fakes::TempFolder folder;
  folder.Write("ca.crt", "CA");
  folder.Write("token", "t1\n");
  const auto config = LoadInCluster({"fd00::1", "443", folder.path()});
  REQUIRE(config.ok());
  CHECK(config->server == "https://[fd00::1]:443");
  CHECK(config->token == "t1");
  CHECK(config->ca_pem == "CA");
}

TEST_CASE("A token that no header can hold is not sent", "[kubernetes]") {
  std::string token = "a\r\nImpersonate-User: root";
  TrimToken(token);
  CHECK(token.empty());
}

}  // namespace
}  // namespace edge::cloudhub::kubernetes
