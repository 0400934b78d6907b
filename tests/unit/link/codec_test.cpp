#include "link/codec.h"

#include <zstd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "common/bytes.h"
#include "common/file.h"
#include "common/random.h"
#include "link/body.h"
#include "proto/edge/v1/link.pb.h"
#include "tests/unit/link/messages.h"

namespace edge::link::testing {

std::string Describe(const sync::UpMessage& message) {
  edge::v1::UpMessage packed;
  Pack({kUuidB, "till-1"}, message, packed);
  return HexEncode(packed.SerializeAsString());
}

std::string Describe(const sync::DownMessage& message) {
  edge::v1::DownMessage packed;
  Pack({kUuidB, "till-1"}, message, packed);
  return HexEncode(packed.SerializeAsString());
}

namespace {

const sync::Header kHeader{kUuidB, "till-1"};

std::vector<std::string> Down(const std::vector<sync::DownMessage>& messages,
                              const CodecLimits& limits = {}) {
  return EncodeDown(kHeader, messages, limits).value();
}

edge::v1::Envelope Parse(const std::string& packet) {
  edge::v1::Envelope envelope;
  REQUIRE(envelope.ParseFromString(packet));
  return envelope;
}

/// Text that does not compress.
std::string Noise(std::size_t size, std::uint64_t seed = 1) {
  return SeededRandom(seed).Bytes(size);
}

Code CodeOf(const std::string& packet) {
  return DownDecoder().Decode(packet, kNow).status().code();
}

template <typename Message>
void CheckSame(const std::vector<Message>& got, const std::vector<Message>& want) {
  REQUIRE(got.size() == want.size());
  for (std::size_t i = 0; i < want.size(); ++i) CHECK(Describe(got[i]) == Describe(want[i]));
}

}  // namespace

TEST_CASE("every message up comes out as it went in", "[link]") {
  const auto packets = EncodeUp(kHeader, AllUp());
  REQUIRE(packets.ok());
  REQUIRE(packets->size() == 1);
  const auto decoded = UpDecoder().Decode(packets->front(), kNow);
  REQUIRE(decoded.ok());
  CHECK(decoded->skipped.empty());
  CHECK(decoded->header.node == "till-1");
  CHECK(decoded->header.cluster_uid == kUuidB);
  CheckSame(decoded->messages, AllUp());
  const auto& beat = std::get<sync::Heartbeat>(decoded->messages[0]);
  CHECK(beat.store_id == kUuidA);
  CHECK(beat.session_id == "sixteen-letters.");
  CHECK(beat.held_cluster_uid == kUuidB);
  CHECK(beat.desired == MakeVersion(1));
  CHECK(beat.degraded == "disk full: /var/lib/edged");
  CHECK(std::get<sync::Ack>(decoded->messages[1]).rows[0].message == "no such field");
}

TEST_CASE("every message down comes out as it went in", "[link]") {
  const auto decoded = DownDecoder().Decode(Down(AllDown()).front(), kNow);
  REQUIRE(decoded.ok());
  CHECK(decoded->skipped.empty());
  CheckSame(decoded->messages, AllDown());
  const auto& put = std::get<sync::Put>(decoded->messages[0]);
  CHECK(*put.object.bytes == R"({"kind":"Pod"})");
  CHECK(put.object.entry == MakeEntry("till"));
  CHECK(put.order == sync::Order{4, 9});
  CHECK(std::get<sync::StatusRequest>(decoded->messages[3]).uids[1] == "static-1");
}

// The fixtures were written once by the program of their version. A test that fails here says that
// terminals in the field can no longer be understood: change the code, never the fixture.
TEST_CASE("recorded packets of link version 1 are still read", "[link]") {
  const std::string folder = std::string(EDGE_LINK_FIXTURES) + "/v1/";
  const auto read = [&](const char* name) {
    std::string text = ReadFile(folder + name).value();
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return HexDecode(text).value();
  };
  const auto up = UpDecoder().Decode(read("up.hex"), kNow);
  REQUIRE(up.ok());
  CHECK(up->skipped.empty());
  CheckSame(up->messages, AllUp());
  const auto down = DownDecoder().Decode(read("down.hex"), kNow);
  REQUIRE(down.ok());
  CHECK(down->skipped.empty());
  CheckSame(down->messages, AllDown());
}

TEST_CASE("a plain heartbeat takes at most 160 bytes", "[link]") {
  sync::Heartbeat beat;
  beat.store_id = beat.boot_id = beat.session_id = kUuidA;
  beat.held_cluster_uid = kUuidB;
  beat.agent_version = "0.1.0";
  beat.desired = beat.status = MakeVersion(1);
  beat.sequence = 100000;
  const sync::UpMessage message = beat;
  const auto packets = EncodeUp({kUuidB, "store-terminal-nyc-001"}, {&message, 1});
  REQUIRE(packets.ok());
  CHECK(packets->front().size() <= 160);
}

TEST_CASE("large JSON is compressed and small is not", "[link]") {
  std::string json;
  for (int i = 0; i < 500; ++i) json += R"({"name":"container-)" + std::to_string(i) + "\"},";
  const auto packets = Down({MakePut("till", json)});
  REQUIRE(packets.size() == 1);
  CHECK(packets[0].size() < json.size() / 3);
  CHECK(*std::get<sync::Put>(DownDecoder().Decode(packets[0], kNow)->messages[0]).object.bytes ==
        json);
  CHECK(Parse(Down({MakePut("till", "{}")})[0]).compression() == edge::v1::COMPRESSION_NONE);
}

TEST_CASE("what compresses beyond the ratio is sent as it is and read", "[link]") {
  const std::string zeros(1024 * 1024, 'x');
  DownDecoder decoder;
  std::size_t messages = 0;
  for (const std::string& packet : Down({MakePut("till", zeros)})) {
    const auto decoded = decoder.Decode(packet, kNow);
    REQUIRE(decoded.ok());
    messages += decoded->messages.size();
  }
  CHECK(messages == 1);
}

TEST_CASE("a large message goes in chunks under the packet limit in any order and twice",
          "[link]") {
  const std::string body = Noise(300 * 1024);
  std::vector<std::string> packets = Down({MakePut("till", body)});
  REQUIRE(packets.size() == 5);
  for (const std::string& packet : packets) CHECK(packet.size() <= CodecLimits().packet_bytes);
  std::reverse(packets.begin(), packets.end());
  DownDecoder decoder;
  for (std::size_t i = 0; i + 1 < packets.size(); ++i) {
    for (int twice = 0; twice < 2; ++twice) {
      const auto decoded = decoder.Decode(packets[i], kNow);
      REQUIRE(decoded.ok());
      CHECK(decoded->messages.empty());
    }
  }
  CHECK(decoder.partial_bytes() > 0);
  const auto decoded = decoder.Decode(packets.back(), kNow);
  REQUIRE(decoded.ok());
  REQUIRE(decoded->messages.size() == 1);
  CHECK(*std::get<sync::Put>(decoded->messages[0]).object.bytes == body);
  CHECK(decoder.partial_bytes() == 0);
}

TEST_CASE("a message over the limit is refused by its sender", "[link]") {
  const sync::DownMessage put = MakePut("till", Noise(5 * 1024 * 1024));
  const auto packets = EncodeDown(kHeader, {&put, 1});
  CHECK(packets.status().code() == Code::kResourceExhausted);
  CHECK(packets.status().message().find("till-1") != std::string::npos);
}

TEST_CASE("unfinished messages are dropped when they are too many or too old", "[link]") {
  CodecLimits limits;
  limits.partial_bytes = 400 * 1024;
  DownDecoder decoder(limits);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto packets = Down({MakePut("till", Noise(150 * 1024, seed))});
    REQUIRE(decoder.Decode(packets[0], kNow).ok());
    CHECK(decoder.partial_bytes() <= limits.partial_bytes);
  }
  decoder.Expire(kNow + limits.partial_age);
  CHECK(decoder.partial_bytes() > 0);
  decoder.Expire(kNow + limits.partial_age + std::chrono::seconds(1));
  CHECK(decoder.partial_bytes() == 0);
}

TEST_CASE("chunks that do not add up are an error and free what they held", "[link]") {
  const auto packets = Down({MakePut("till", Noise(100 * 1024))});
  REQUIRE(packets.size() == 2);
  edge::v1::Envelope damaged = Parse(packets[1]);
  damaged.mutable_body()->back() ^= 1;
  DownDecoder decoder;
  REQUIRE(decoder.Decode(packets[0], kNow).ok());
  CHECK(decoder.Decode(damaged.SerializeAsString(), kNow).status().code() == Code::kDataLoss);
  CHECK(decoder.partial_bytes() == 0);
  REQUIRE(decoder.Decode(packets[0], kNow).ok());
  edge::v1::Envelope other = Parse(packets[1]);
  other.set_node("till-2");
  CHECK(decoder.Decode(other.SerializeAsString(), kNow).status().code() == Code::kDataLoss);
  CHECK(decoder.partial_bytes() == 0);
}

TEST_CASE("a chunk with impossible numbers is refused without memory", "[link]") {
  const edge::v1::Envelope good = Parse(Down({MakePut("till", Noise(100 * 1024))})[0]);
  const auto with = [&](auto change) {
    edge::v1::Envelope bad = good;
    change(*bad.mutable_chunk());
    DownDecoder decoder;
    const Code code = decoder.Decode(bad.SerializeAsString(), kNow).status().code();
    CHECK(decoder.partial_bytes() == 0);
    return code;
  };
  CHECK(with([](auto& c) { c.set_count(0); }) == Code::kInvalidArgument);
  CHECK(with([](auto& c) { c.set_count(1); }) == Code::kInvalidArgument);
  CHECK(with([](auto& c) { c.set_count(4097); }) == Code::kInvalidArgument);
  CHECK(with([](auto& c) { c.set_index(2); }) == Code::kInvalidArgument);
  CHECK(with([](auto& c) { c.set_index(0xFFFFFFFF); }) == Code::kInvalidArgument);
  CHECK(with([](auto& c) { c.set_sha256("x"); }) == Code::kInvalidArgument);
  CHECK(with([](auto& c) { c.set_total_size(1); }) == Code::kInvalidArgument);
  CHECK(with([](auto& c) { c.set_total_size(1024 * 1024); }) == Code::kInvalidArgument);
  CHECK(with([](auto& c) { c.set_total_size(0xFFFFFFFF); }) == Code::kResourceExhausted);
}

TEST_CASE("a packet of another link version is refused with both versions named", "[link]") {
  edge::v1::Envelope envelope = Parse(Down({MakePut("till", "{}")})[0]);
  envelope.set_link_version(3);
  envelope.set_min_link_version(2);
  const auto decoded = DownDecoder().Decode(envelope.SerializeAsString(), kNow);
  CHECK(decoded.status().code() == Code::kFailedPrecondition);
  CHECK(decoded.status().message() ==
        "packet of link version 3 (its sender reads from 2 on), and this program reads 1 to 1");
  CHECK(decoded.status().next_step() == "upgrade this program");
}

TEST_CASE("a message of an unknown kind is skipped and the others are read", "[link]") {
  edge::v1::DownBody body;
  Pack(kHeader, MakePut("a", "{}"), *body.add_messages());
  // Field 900 of a later version: tag 900 with length 2.
  REQUIRE(body.add_messages()->ParseFromString(std::string("\xa2\x38\x02hi", 5)));
  Pack(kHeader, MakePut("b", "{}"), *body.add_messages());
  edge::v1::Envelope envelope = Parse(Down({})[0]);
  envelope.set_body(body.SerializeAsString());
  const auto decoded = DownDecoder().Decode(envelope.SerializeAsString(), kNow);
  REQUIRE(decoded.ok());
  CHECK(decoded->messages.size() == 2);
  REQUIRE(decoded->skipped.size() == 1);
  CHECK(decoded->skipped[0].code() == Code::kUnimplemented);
}

TEST_CASE("a field out of its bounds skips its message and names the field", "[link]") {
  const auto skipped = [](const sync::DownMessage& message) {
    const auto decoded = DownDecoder().Decode(Down({message})[0], kNow);
    REQUIRE(decoded.ok());
    REQUIRE(decoded->messages.empty());
    return decoded->skipped.at(0).message();
  };
  CHECK(skipped(MakePut(std::string(254, 'n'), "{}")).find("name") == 0);
  sync::Put put = std::get<sync::Put>(MakePut("a", "{}"));
  put.object.entry.uid = std::string(129, 'u');
  CHECK(skipped(put).find("uid") == 0);
  put.object.entry.uid = "a";
  put.object.entry.key.kind = static_cast<sync::Kind>(99);
  CHECK(skipped(put).find("object of unknown kind 99") == 0);
  CHECK(skipped(sync::Welcome{1, "c", "v", 0, {}}).find("heartbeat_seconds") == 0);
}

TEST_CASE("garbage is an invalid argument", "[link]") {
  CHECK(CodeOf("") == Code::kInvalidArgument);
  CHECK(CodeOf("hello") == Code::kInvalidArgument);
  CHECK(CodeOf(std::string(1000, '\xff')) == Code::kInvalidArgument);
  edge::v1::Envelope envelope = Parse(Down({MakePut("till", "{}")})[0]);
  envelope.set_body("\xff\xff\xff");
  CHECK(CodeOf(envelope.SerializeAsString()) == Code::kInvalidArgument);
  envelope.set_compression(edge::v1::COMPRESSION_ZSTD);
  envelope.set_plain_size(100);
  CHECK(CodeOf(envelope.SerializeAsString()) == Code::kInvalidArgument);
  envelope.set_compression(static_cast<edge::v1::Compression>(9));
  CHECK(CodeOf(envelope.SerializeAsString()) == Code::kInvalidArgument);
}

TEST_CASE("what is over a cap is refused before it takes memory", "[link]") {
  CHECK(CodeOf(std::string(65 * 1024, 'x')) == Code::kResourceExhausted);
  const std::string zeros(16 * 1024 * 1024, '\0');
  std::string bomb(ZSTD_compressBound(zeros.size()), '\0');
  bomb.resize(ZSTD_compress(bomb.data(), bomb.size(), zeros.data(), zeros.size(), 3));
  edge::v1::Envelope envelope = Parse(Down({})[0]);
  envelope.set_compression(edge::v1::COMPRESSION_ZSTD);
  envelope.set_body(bomb);
  envelope.set_plain_size(static_cast<std::uint32_t>(zeros.size()));
  CHECK(CodeOf(envelope.SerializeAsString()) == Code::kResourceExhausted);
  envelope.set_plain_size(2 * 1024 * 1024);
  CHECK(CodeOf(envelope.SerializeAsString()) == Code::kResourceExhausted);
  envelope.set_plain_size(1000);
  CHECK(CodeOf(envelope.SerializeAsString()) == Code::kInvalidArgument);
  edge::v1::DownBody many;
  for (int i = 0; i < 4097; ++i) many.add_messages()->mutable_event_ack()->set_sequence(1);
  envelope.set_compression(edge::v1::COMPRESSION_NONE);
  envelope.set_body(many.SerializeAsString());
  CHECK(CodeOf(envelope.SerializeAsString()) == Code::kInvalidArgument);
}

TEST_CASE("a list of millions of empty rows is refused before it is read", "[link]") {
  edge::v1::UpBody body;
  for (int i = 0; i < 70000; ++i) body.mutable_messages()->Add()->mutable_ack();
  CHECK(body.messages_size() == 70000);
  edge::v1::UpBody rows;
  edge::v1::Ack& ack = *rows.add_messages()->mutable_ack();
  for (int i = 0; i < 70000; ++i) ack.add_rows();
  edge::v1::Envelope envelope = Parse(Down({})[0]);
  for (const std::string& plain : {body.SerializeAsString(), rows.SerializeAsString()}) {
    CodecLimits limits;
    limits.packet_bytes = 1024 * 1024;
    envelope.set_body(plain);
    const auto decoded = UpDecoder(limits).Decode(envelope.SerializeAsString(), kNow);
    CHECK(decoded.status().code() == Code::kInvalidArgument);
    CHECK(decoded.status().message().find("more than") != std::string::npos);
  }
}

TEST_CASE("an error text that is no UTF-8 or too long is made to fit", "[link]") {
  const sync::UpMessage ack = sync::Ack{{{MakeEntry("a"),
                                          {1, 1},
                                          sync::Outcome::kInvalid,
                                          "bad \xff byte " + std::string(2000, 'x')}}};
  const auto decoded = UpDecoder().Decode(EncodeUp(kHeader, {&ack, 1}).value()[0], kNow);
  REQUIRE(decoded.ok());
  REQUIRE(decoded->messages.size() == 1);
  const std::string& text = std::get<sync::Ack>(decoded->messages[0]).rows[0].message;
  CHECK(text.size() == 1024);
  CHECK(text.starts_with("bad ? byte x"));
}

}  // namespace edge::link::testing
