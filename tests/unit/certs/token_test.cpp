#include "certs/token.h"

#include "tests/unit/certs/fixtures.h"

namespace edge::certs {
using namespace testing;  // NOLINT(google-build-using-namespace)

namespace {

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("A token file says what it is and reads back as it was", "[certs]") {
  SystemRandom random;
  const JoinToken token = TestToken(random);
  const std::string text = FormatToken(token);
  CHECK(text.find("# Join token for edged") == 0);
  const JoinToken back = ParseToken(text, "t.yaml").value();
  CHECK(back.cluster_name == token.cluster_name);
  CHECK(back.node_name == token.node_name);
  CHECK(back.id == token.id);
  CHECK(back.secret == token.secret);
  CHECK(back.expires == token.expires);
  CHECK(back.ca_certificate_pem == token.ca_certificate_pem);
  CHECK(back.enrol_urls == token.enrol_urls);
  CHECK(back.broker_urls == token.broker_urls);
}

TEST_CASE("Each token has its own id and secret", "[certs]") {
  SystemRandom random;
  const JoinToken a = TestToken(random);
  const JoinToken b = TestToken(random);
  CHECK(a.id != b.id);
  CHECK(a.secret != b.secret);
  CHECK(a.secret.size() == 32);
  CHECK(CheckTokenId(a.id).ok());
}

TEST_CASE("A spoiled token file is refused with its name and what to do", "[certs]") {
  SystemRandom random;
  const std::string good = FormatToken(TestToken(random));
  for (const std::string& bad :
       {std::string(), std::string("junk"), std::string("[1, 2"), good.substr(0, good.size() / 2),
        Replaced(good, "till-1", "Till 1"), Replaced(good, "secret: \"", "secret: \"AA"),
        Replaced(good, "tls://", "tcp://"), Replaced(good, "id: \"", "id: \"zz"),
        Replaced(good, "nodeName", "noName"), Replaced(good, "expires: \"", "expires: \"x"),
        Replaced(good, "MII", "MIX")}) {
    const Status status = ParseToken(bad, "/media/usb/t.yaml").status();
    INFO(status.ToString());
    CHECK(status.code() == Code::kInvalidArgument);
    CHECK(status.message().find("/media/usb/t.yaml") != std::string::npos);
    CHECK_FALSE(status.next_step().empty());
    CHECK(status.message().find(good.substr(good.find("secret"), 30)) == std::string::npos);
  }
}

TEST_CASE("A token of a later version is refused with both versions named", "[certs]") {
  SystemRandom random;
  const std::string text = Replaced(FormatToken(TestToken(random)), "version: 1", "version: 2");
  const Status status = ParseToken(text, "t.yaml").status();
  CHECK(status.message().find("version \"2\"") != std::string::npos);
  CHECK(status.message().find("version 1") != std::string::npos);
}

TEST_CASE("A node certificate in place of the CA makes no token", "[certs]") {
  SystemRandom random;
  JoinToken token = TestToken(random);
  token.ca_certificate_pem = TestAuthority().SignNode(CsrOf(NewKey()), "till-1", kNow).value();
  CHECK_FALSE(ParseToken(FormatToken(token), "t.yaml").ok());
}

TEST_CASE("An expired token is refused unless the clock cannot be right", "[certs]") {
  SystemRandom random;
  const JoinToken token = TestToken(random);
  CHECK(CheckTokenExpiry(token, kNow).ok());
  const Status late = CheckTokenExpiry(token, kNow + std::chrono::hours(25));
  CHECK(late.code() == Code::kFailedPrecondition);
  CHECK(late.next_step().find("token create till-1") != std::string::npos);
  CHECK(CheckTokenExpiry(token, WallTime{}).ok());
}

}  // namespace edge::certs
