#include "edged/core/volume/token_life.h"

#include <catch2/catch.hpp>

namespace edge::edged {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const BootTime kCame{hours(5)};
const WallTime kWall{hours(24 * 365 * 56)};

}  // namespace

TEST_CASE("a token is due at four fifths of its life and after a day at the latest", "[tokens]") {
  const TokenLife hour = NewTokenLife("t", 3600, kCame, kWall);
  CHECK(hour.refresh_at == kCame + minutes(48));
  CHECK(hour.expires_at == kCame + hours(1));
  CHECK(NewTokenLife("t", 365 * 86400, kCame, kWall).refresh_at == kCame + hours(24));
  const TokenLife longest = NewTokenLife("t", UINT64_MAX, kCame, kWall);
  CHECK(longest.lifetime == seconds(std::uint64_t{1} << 32));
}

TEST_CASE("a stored token goes on living in the same boot whatever the wall clock says",
          "[tokens]") {
  const TokenLife life = NewTokenLife("t", 3600, kCame, kWall);
  const std::string bytes = DumpTokenLife(life, "boot-1");
  for (const WallTime wall : {kWall - hours(300'000), kWall, kWall + hours(200'000)}) {
    const auto read = ReadTokenLife(bytes, "boot-1", kCame + minutes(10), wall);
    REQUIRE(read.ok());
    CHECK(*read == life);
  }
}

TEST_CASE("a token of another boot is due at once and a clock from 2000 does not age it",
          "[tokens]") {
  const std::string bytes = DumpTokenLife(NewTokenLife("t", 3600, kCame, kWall), "boot-1");
  const BootTime now{seconds(20)};
  const auto back = ReadTokenLife(bytes, "boot-2", now, kWall - hours(200'000));
  REQUIRE(back.ok());
  CHECK(back->token == "t");
  CHECK(back->refresh_at == now);
  CHECK(back->expires_at == now + hours(1));
  const auto later = ReadTokenLife(bytes, "boot-2", now, kWall + minutes(50));
  CHECK(later->expires_at == now + minutes(10));
  const auto weekend = ReadTokenLife(bytes, "boot-2", now, kWall + hours(60));
  CHECK(weekend->expires_at == now);
  CHECK(weekend->token == "t");
}

TEST_CASE("what is no stored token is an error", "[tokens]") {
  for (const std::string bytes :
       {"", "x", "{}", R"({"format":1,"token":"","lifetime":1})",
        R"({"format":1,"token":"t","lifetime":0})", R"({"format":1,"token":"t","lifetime":-5})",
        R"({"format":2,"token":"t","lifetime":5})",
        R"({"format":1,"token":"t","lifetime":9223372036854775807})"}) {
    CAPTURE(bytes);
    CHECK_FALSE(ReadTokenLife(bytes, "b", kCame, kWall).ok());
  }
}

}  // namespace edge::edged
