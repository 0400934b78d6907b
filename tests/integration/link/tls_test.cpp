#include <catch2/catch.hpp>

#include "tests/integration/link/peers.h"

namespace edge::link::testing {
namespace {

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a broker that speaks TLS 1.2 only is refused and the error says so", "[link]") {
  World world;
  const std::uint16_t port = FreePort();
  const std::string base = world.broker.folder() + "/broker";
  // Mosquitto takes "tls_version tlsv1.2" for a minimum: this server cannot do better.
  const Child server({"openssl", "s_server", "-accept", std::to_string(port), "-cert",
                      base + ".pem", "-key", base + ".key", "-tls1_2", "-quiet"},
                     world.broker.folder() + "/s_server.log");
  AwaitListener(port, "openssl s_server");
  RawClient client(world, TestBroker::Url(port), "edge-a", world.broker.NodeTls("till-a"));
  const Status status = client.Connect();
  INFO(status.ToString());
  CHECK(status.code() == Code::kUnauthenticated);
  CHECK(Contains(status.message(), "does not speak TLS 1.3"));
}

TEST_CASE("a broker whose certificate is for another name is refused", "[link]") {
  TestBroker::Setup setup;
  setup.certificate_names = "DNS:mqtt.elsewhere.example";
  World world(setup);
  RawClient client(world, world.broker.node_url(), "edge-a", world.broker.NodeTls("till-a"));
  const Status status = client.Connect();
  INFO(status.ToString());
  CHECK(status.code() == Code::kUnauthenticated);
  CHECK(Contains(status.message(), "not for the name localhost"));
  CHECK(Contains(status.next_step(), "localhost"));
}

TEST_CASE("a broker of another CA is refused and the CA file named", "[link]") {
  World world;
  MqttTls tls = world.broker.NodeTls("till-a");
  tls.ca_file = TestCa(world.broker.folder(), "stranger").ca_file();
  RawClient client(world, world.broker.node_url(), "edge-a", tls);
  const Status status = client.Connect();
  INFO(status.ToString());
  CHECK(status.code() == Code::kUnauthenticated);
  CHECK(Contains(status.next_step(), tls.ca_file));
}

TEST_CASE("a certificate that the broker does not accept is named", "[link]") {
  World world;
  MqttTls tls = TestCa(world.broker.folder(), "stranger").Issue("bad", "system:node:till-a");
  const std::string certificate = tls.certificate_file;
  tls.ca_file = world.broker.ca().ca_file();
  RawClient client(world, world.broker.node_url(), "edge-a", tls);
  const Status status = client.Connect();
  INFO(status.ToString());
  CHECK(status.code() == Code::kUnauthenticated);
  CHECK(Contains(status.next_step(), certificate));
}

TEST_CASE("a client without a certificate is refused by the nodes' listener", "[link]") {
  World world;
  RawClient client(world, world.broker.node_url(), "edge-a", {world.broker.ca().ca_file(), {}, {}});
  const Status status = client.Connect();
  INFO(status.ToString());
  CHECK(status.code() == Code::kUnauthenticated);
}

TEST_CASE("errors before TLS name the URL and the cause", "[link]") {
  World world;
  const MqttTls tls = world.broker.NodeTls("till-a");
  const auto connect = [&](const std::string& url, const MqttTls& with) {
    return RawClient(world, url, "edge-a", with).Connect();
  };
  const Status refused = connect("tls://localhost:1", tls);
  CHECK(refused.code() == Code::kUnavailable);
  CHECK(Contains(refused.message(), "tls://localhost:1: Connection refused"));
  const Status unknown = connect("tls://no-such-host.invalid:8883", tls);
  CHECK(unknown.code() == Code::kUnavailable);
  CHECK(Contains(unknown.message(), "cannot resolve no-such-host.invalid"));
  CHECK(connect("mqtt://localhost:1883", tls).code() == Code::kInvalidArgument);
  const Status missing = connect("tls://localhost:1", {tls.ca_file, "/nowhere.pem", tls.key_file});
  CHECK(missing.code() == Code::kInvalidArgument);
  CHECK(Contains(missing.message(), "/nowhere.pem"));
}

}  // namespace edge::link::testing
