#include <catch2/catch.hpp>
#include <string>

#include "common/bytes.h"
#include "common/file.h"
#include "link/codec.h"
#include "link/topics.h"
#include "tests/unit/link/messages.h"

namespace edge::link::testing {
namespace {

const sync::Header kTokenHeader{kUuidB, "till-1"};

template <typename Message>
void CheckEqual(const std::vector<Message>& got, const std::vector<Message>& want) {
  REQUIRE(got.size() == want.size());
  for (std::size_t i = 0; i < want.size(); ++i) CHECK(Describe(got[i]) == Describe(want[i]));
}

std::string Fixture(const std::string& name) {
  std::string text = ReadFile(std::string(EDGE_LINK_FIXTURES) + "/v1/" + name).value();
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return HexDecode(text).value();
}

/// Why the message is skipped; empty when it is read.
std::string WhyNot(const sync::DownMessage& message) {
  const auto decoded = DownDecoder().Decode(EncodeDown(kTokenHeader, {&message, 1})->at(0), kNow);
  REQUIRE(decoded.ok());
  return decoded->skipped.empty() ? "" : decoded->skipped.at(0).message();
}

std::string WhyNot(const sync::UpMessage& message) {
  const auto decoded = UpDecoder().Decode(EncodeUp(kTokenHeader, {&message, 1})->at(0), kNow);
  REQUIRE(decoded.ok());
  return decoded->skipped.empty() ? "" : decoded->skipped.at(0).message();
}

}  // namespace

TEST_CASE("messages about tokens come out as they went in and are of class control", "[link]") {
  const auto up = UpDecoder().Decode(EncodeUp(kTokenHeader, TokenUp())->at(0), kNow);
  REQUIRE(up.ok());
  CHECK(up->skipped.empty());
  CheckEqual(up->messages, TokenUp());
  const auto& request = std::get<sync::TokenRequest>(up->messages[0]);
  CHECK(request.key == sync::TokenKey{kUuidA, "vault", 7200});
  CHECK(request.ns == "shop");
  CHECK(request.name == "till");
  CHECK(request.service_account == "cashier");
  const auto down = DownDecoder().Decode(EncodeDown(kTokenHeader, TokenDown())->at(0), kNow);
  REQUIRE(down.ok());
  CHECK(down->skipped.empty());
  CheckEqual(down->messages, TokenDown());
  const auto& reply = std::get<sync::TokenReply>(down->messages[0]);
  CHECK(reply.key == request.key);
  CHECK(reply.token == "header.claims.signature");
  CHECK(reply.lifetime_seconds == 7100);
  CHECK(reply.expires_at == 1893456000);
  CHECK(ClassOf(up->messages[0]) == Class::kControl);
  CHECK(ClassOf(down->messages[0]) == Class::kControl);
}

// Recorded by the first version that sent them: change the code, never the fixture.
TEST_CASE("recorded messages about tokens of link version 1 are still read", "[link]") {
  const auto up = UpDecoder().Decode(Fixture("up-token.hex"), kNow);
  REQUIRE(up.ok());
  CHECK(up->skipped.empty());
  CheckEqual(up->messages, TokenUp());
  const auto down = DownDecoder().Decode(Fixture("down-token.hex"), kNow);
  REQUIRE(down.ok());
  CHECK(down->skipped.empty());
  CheckEqual(down->messages, TokenDown());
}

TEST_CASE("a message about a token with a field out of its bounds is skipped", "[link]") {
  const auto reply = [](auto change) {
    sync::TokenReply good = std::get<sync::TokenReply>(TokenDown()[0]);
    change(good);
    return WhyNot(sync::DownMessage(good));
  };
  CHECK(reply([](auto&) {}).empty());
  CHECK(reply([](auto& r) { r.token.assign(16 * 1024 + 1, 't'); }).find("token") == 0);
  CHECK(reply([](auto& r) { r.token.clear(); }).find("neither a token nor a refusal") !=
        std::string::npos);
  CHECK(reply([](auto& r) { r.refused = "no"; }).find("or with both") != std::string::npos);
  CHECK(reply([](auto& r) { r.lifetime_seconds = 0; }).find("lifetime_seconds") == 0);
  CHECK(reply([](auto& r) { r.lifetime_seconds = (1ULL << 32) + 1; }).find("lifetime_s") == 0);
  CHECK(reply([](auto& r) { r.key.expiration_seconds = 599; }).find("expiration_seconds") == 0);
  const auto request = [](auto change) {
    sync::TokenRequest good = std::get<sync::TokenRequest>(TokenUp()[0]);
    change(good);
    return WhyNot(sync::UpMessage(good));
  };
  CHECK(request([](auto&) {}).empty());
  CHECK(request([](auto& r) { r.key.audience.assign(1025, 'a'); }).find("audience") == 0);
  CHECK(request([](auto& r) { r.key.pod_uid.assign(129, 'u'); }).find("pod_uid") == 0);
  CHECK(request([](auto& r) { r.key.expiration_seconds = 0; }).find("expiration_s") == 0);
  CHECK(request([](auto& r) { r.ns.assign(64, 'n'); }).find("ns") == 0);
  CHECK(request([](auto& r) { r.name.assign(254, 'n'); }).find("name") == 0);
  CHECK(request([](auto& r) { r.service_account.assign(254, 'n'); }).find("service_account") == 0);
}

}  // namespace edge::link::testing
