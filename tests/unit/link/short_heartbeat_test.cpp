#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "common/bytes.h"
#include "common/file.h"
#include "link/codec.h"
#include "proto/edge/v1/link.pb.h"
#include "tests/unit/link/messages.h"

namespace edge::link::testing {
namespace {

const sync::Header kBareHeader{kUuidB, {}};  // the topic names the node

template <typename Message>
void CheckAlike(const std::vector<Message>& got, const std::vector<Message>& want) {
  REQUIRE(got.size() == want.size());
  for (std::size_t i = 0; i < want.size(); ++i) CHECK(Describe(got[i]) == Describe(want[i]));
}

std::string Recorded(const std::string& name) {
  std::string text = ReadFile(std::string(EDGE_LINK_FIXTURES) + "/v1/" + name).value();
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return HexDecode(text).value();
}

}  // namespace

TEST_CASE("short heartbeats and what belongs to them come out as they went in", "[link]") {
  const auto up = UpDecoder().Decode(EncodeUp(kBareHeader, LaterUp()).value().front(), kNow);
  REQUIRE(up.ok());
  CHECK(up->header.node.empty());
  CHECK(up->skipped.empty());
  CheckAlike(up->messages, LaterUp());
  CHECK(std::get<sync::Heartbeat>(up->messages[0]).unwelcomed);
  const auto& unchanged = std::get<sync::HeartbeatUnchanged>(up->messages[1]);
  CHECK(unchanged.session_id == kUuidA);
  CHECK(unchanged.sequence == 30);
  CHECK(unchanged.whole == 17);
  const auto down =
      DownDecoder().Decode(EncodeDown(kBareHeader, LaterDown()).value().front(), kNow);
  REQUIRE(down.ok());
  CHECK(down->skipped.empty());
  CheckAlike(down->messages, LaterDown());
  CHECK(std::get<sync::Welcome>(down->messages[0]).reads_unchanged);
  CHECK(std::get<sync::HeartbeatRequest>(down->messages[1]).session_id == kUuidA);
  CHECK(std::get<sync::HeartbeatRequest>(down->messages[1]).sequence == 30);
}

TEST_CASE("a short heartbeat that repeats itself or one before the first is skipped", "[link]") {
  for (const auto& [sequence, ago] : {std::pair<int, int>{5, 0}, {5, 6}, {0, 0}}) {
    edge::v1::UpBody body;
    auto& unchanged = *body.add_messages()->mutable_heartbeat_unchanged();
    unchanged.set_sequence(sequence);
    unchanged.set_whole_ago(ago);
    edge::v1::Envelope envelope;
    envelope.set_link_version(1);
    envelope.set_body(body.SerializeAsString());
    const auto decoded = UpDecoder().Decode(envelope.SerializeAsString(), kNow);
    REQUIRE(decoded.ok());
    CHECK(decoded->messages.empty());
    CHECK(decoded->skipped.at(0).message().find("whole_ago") == 0);
  }
}

// Recorded by the first version that sent them: change the code, never the fixture.
TEST_CASE("recorded short heartbeats of link version 1 are still read", "[link]") {
  const auto up = UpDecoder().Decode(Recorded("up-unchanged.hex"), kNow);
  REQUIRE(up.ok());
  CHECK(up->skipped.empty());
  CHECK(up->header.node.empty());
  CheckAlike(up->messages, LaterUp());
  const auto down = DownDecoder().Decode(Recorded("down-unchanged.hex"), kNow);
  REQUIRE(down.ok());
  CHECK(down->skipped.empty());
  CheckAlike(down->messages, LaterDown());
}

TEST_CASE("a short heartbeat takes at most 60 bytes", "[link]") {
  const sync::UpMessage message = sync::HeartbeatUnchanged{kUuidA, 30'000'000, 29'999'981};
  const auto packets = EncodeUp({kUuidB, {}}, {&message, 1});
  REQUIRE(packets.ok());
  CHECK(packets->front().size() <= 60);
}

}  // namespace edge::link::testing
