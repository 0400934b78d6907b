#include <catch2/catch.hpp>
#include <string>

#include "link/codec.h"
#include "tests/unit/link/messages.h"

namespace edge::link::testing {
namespace {

const sync::Header kBrokerHeader{kUuidB, "till-1"};

sync::Heartbeat HeartbeatBy(const std::string& broker) {
  sync::Heartbeat beat = std::get<sync::Heartbeat>(AllUp()[0]);
  beat.broker_url = broker;
  return beat;
}

}  // namespace

TEST_CASE("the broker's URL comes out of a heartbeat and of a Welcome as it went in", "[link]") {
  const sync::UpMessage beat = HeartbeatBy("tls://mqtt.edge:8883");
  const auto up = UpDecoder().Decode(EncodeUp(kBrokerHeader, {&beat, 1})->at(0), kNow);
  REQUIRE(up.ok());
  CHECK(std::get<sync::Heartbeat>(up->messages.at(0)) == std::get<sync::Heartbeat>(beat));
  sync::Welcome welcome{7, "retail-edge", "0.1.0", 30, ""};
  welcome.broker_url = "tls://mqtt.edge:8883";
  const sync::DownMessage message = welcome;
  const auto down = DownDecoder().Decode(EncodeDown(kBrokerHeader, {&message, 1})->at(0), kNow);
  REQUIRE(down.ok());
  CHECK(std::get<sync::Welcome>(down->messages.at(0)).broker_url == "tls://mqtt.edge:8883");
}

TEST_CASE("a broker's URL that is too long is refused by the node", "[link]") {
  sync::Welcome welcome{7, "retail-edge", "0.1.0", 30, ""};
  welcome.broker_url = "tls://" + std::string(265, 'a');
  const sync::DownMessage message = welcome;
  const auto down = DownDecoder().Decode(EncodeDown(kBrokerHeader, {&message, 1})->at(0), kNow);
  REQUIRE(down.ok());
  CHECK(down->messages.empty());
  CHECK(down->skipped.size() == 1);
}

}  // namespace edge::link::testing
