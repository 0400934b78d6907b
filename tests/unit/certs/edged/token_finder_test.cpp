#include "edged/agent/enrol/token_finder.h"

#include "tests/fakes/temp_folder.h"
#include "tests/unit/certs/fixtures.h"

namespace edge::edged {

namespace {

using certs::testing::kNow;

struct TokenWorld {
  fakes::TempFolder files;
  SystemRandom random;

  certs::JoinToken Put(const std::string& name, const std::string& node = "till-1") {
    certs::JoinToken token = certs::testing::TestToken(random, node);
    files.Write(name, certs::FormatToken(token));
    return token;
  }
  TokenSearch Find(const std::vector<std::string>& folders,
                   const std::set<certs::JoinToken>& refused = {}) {
    std::vector<std::string> full;
    for (const std::string& folder : folders) full.push_back(files.path() + "/" + folder);
    return FindTokens(full, refused, kNow);
  }
};

}  // namespace

TEST_CASE("A token is found on a stick that the wildcard names", "[enrol]") {
  TokenWorld world;
  const certs::JoinToken token = world.Put("media/usb7/till-1.token.yaml");
  const TokenSearch search = world.Find({"etc", "media/*"});
  REQUIRE(search.tokens.size() == 1);
  CHECK(search.tokens[0].token.id == token.id);
  CHECK(search.tokens[0].path.find("/media/usb7/till-1.token.yaml") != std::string::npos);
  CHECK(search.problems.empty());
}

TEST_CASE("Folders are searched in their order and names in theirs", "[enrol]") {
  TokenWorld world;
  world.Put("b/1.token.yaml", "till-2");
  world.Put("a/2.token.yaml", "till-3");
  const certs::JoinToken first = world.Put("a/1.token.yaml", "till-4");
  const TokenSearch all = world.Find({"a", "b"});
  REQUIRE(all.tokens.size() == 3);
  CHECK(all.tokens[0].token.id == first.id);
  CHECK(all.tokens[2].token.node_name == "till-2");
  CHECK(world.Find({"a", "b"}, {first}).tokens[0].token.node_name == "till-3");
}

TEST_CASE("Bad and expired tokens are reported and do not hide a good one", "[enrol]") {
  TokenWorld world;
  world.files.Write("a/1.token.yaml", "junk");
  certs::JoinToken late = certs::testing::TestToken(world.random);
  late.expires = kNow - std::chrono::hours(1);
  world.files.Write("a/2.token.yaml", certs::FormatToken(late));
  world.files.Write("a/3.token.yaml", std::string(certs::kMaxTokenFile + 1, 'x'));
  const certs::JoinToken good = world.Put("a/4.token.yaml");
  const TokenSearch search = world.Find({"a"});
  REQUIRE(search.tokens.size() == 1);
  CHECK(search.tokens[0].token.id == good.id);
  REQUIRE(search.problems.size() == 3);
  CHECK(search.problems[0].message().find("1.token.yaml") != std::string::npos);
  CHECK(search.problems[1].message().find("expired") != std::string::npos);
  CHECK(search.problems[1].message().find("2.token.yaml") != std::string::npos);
  CHECK_FALSE(search.problems[1].next_step().empty());
}

TEST_CASE("Other files and missing folders are no tokens", "[enrol]") {
  TokenWorld world;
  world.files.Write("a/config.yaml", "x: 1");
  const TokenSearch search = world.Find({"a", "none"});
  CHECK(search.tokens.empty());
  CHECK(search.problems.empty());
}

}  // namespace edge::edged
