#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "common/random.h"
#include "link/codec.h"
#include "link/topics.h"
#include "proto/edge/v1/link.pb.h"
#include "tests/unit/link/messages.h"

namespace edge::link::testing {
namespace {

constexpr int kRounds = 20000;

std::string Mutate(std::string bytes, Random& random) {
  for (std::uint64_t changes = 1 + random.Below(6); changes > 0 && !bytes.empty(); --changes) {
    const std::size_t at = random.Below(bytes.size());
    switch (random.Below(5)) {
      case 0: bytes[at] = static_cast<char>(random.Next()); break;
      case 1: bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.Below(8))); break;
      case 2: bytes.erase(at, 1 + random.Below(16)); break;
      case 3: bytes.insert(at, random.Bytes(1 + random.Below(16))); break;
      default: bytes.insert(at, bytes.substr(random.Below(bytes.size()), random.Below(64))); break;
    }
  }
  return bytes;
}

std::vector<std::string> Seeds() {
  const sync::Header header{kUuidB, "till-1"};
  std::vector<std::string> seeds;
  const auto add = [&](const std::vector<std::string>& packets) {
    seeds.insert(seeds.end(), packets.begin(), packets.end());
  };
  add(EncodeUp(header, AllUp()).value());
  add(EncodeDown(header, AllDown()).value());
  add(EncodeUp(header, LaterUp()).value());
  add(EncodeUp(header, TokenUp()).value());
  add(EncodeDown(header, LaterDown()).value());
  add(EncodeDown(header, TokenDown()).value());
  std::string json;
  for (int i = 0; i < 200; ++i) json += R"({"name":"container-)" + std::to_string(i) + "\"},";
  const std::vector<sync::DownMessage> compressed = {MakePut("a", json)};
  add(EncodeDown(header, compressed).value());
  CodecLimits small;
  small.packet_bytes = 1024;
  const std::vector<sync::DownMessage> chunked = {MakePut("a", SeededRandom(4).Bytes(3000))};
  add(EncodeDown(header, chunked, small).value());
  return seeds;
}

/// Mutates inside the envelope too, where the outer form would hide it.
std::string MutateBody(const std::string& packet, Random& random) {
  edge::v1::Envelope envelope;
  if (!envelope.ParseFromString(packet)) return packet;
  envelope.set_body(Mutate(envelope.body(), random));
  return envelope.SerializeAsString();
}

template <typename Message>
void Feed(Decoder<Message>& decoder, const std::string& packet, BootTime now) {
  const auto decoded = decoder.Decode(packet, now);
  if (!decoded.ok()) {
    CHECK_FALSE(decoded.status().message().empty());
    return;
  }
  // What was read can be written again.
  std::vector<Message> messages = decoded->messages;
  for (const Message& message : messages) CHECK(EncodedSize(message) > 0);
}

}  // namespace

TEST_CASE("mutated packets are decoded or refused and keep memory in bounds", "[fuzz]") {
  const std::vector<std::string> seeds = Seeds();
  const CodecLimits limits;
  SeededRandom random(20261123);
  UpDecoder up(limits);
  DownDecoder down(limits);
  BootTime now{std::chrono::hours(1)};
  for (int round = 0; round < kRounds; ++round) {
    CAPTURE(round);
    const std::string& seed = seeds[random.Below(seeds.size())];
    const std::string packet =
        random.Below(2) == 0 ? Mutate(seed, random) : MutateBody(seed, random);
    Feed(up, packet, now);
    Feed(down, packet, now);
    REQUIRE(up.partial_bytes() <= limits.partial_bytes);
    REQUIRE(down.partial_bytes() <= limits.partial_bytes);
    now += std::chrono::milliseconds(random.Below(100));
  }
}

TEST_CASE("mutated topics are parsed to what would be written or refused", "[fuzz]") {
  SeededRandom random(7);
  const std::string seed = NodeTopic("retail-edge", "till-1", Direction::kUp, Class::kStatus);
  for (int round = 0; round < kRounds; ++round) {
    const std::string topic = Mutate(seed, random);
    const auto parsed = ParseTopic(topic);
    if (!parsed.ok()) continue;
    CAPTURE(topic);
    CHECK(NodeTopic(parsed->cluster_name, parsed->node, parsed->direction, parsed->traffic_class) ==
          topic);
  }
}

}  // namespace edge::link::testing
