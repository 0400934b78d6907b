#include "link/broker_config.h"

#include <catch2/catch.hpp>

namespace edge::link {
namespace {

BrokerConfig Good() {
  BrokerConfig config;
  config.cluster_name = "retail-edge";
  config.folder = "/etc/mosquitto/edge";
  config.data_folder = "/var/lib/mosquitto";
  config.ca_file = "/etc/edge/ca.pem";
  config.certificate_file = "/etc/edge/broker.pem";
  config.key_file = "/etc/edge/broker.key";
  return config;
}

std::size_t Count(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("every listener speaks TLS 1.3 only and has an ACL of its own", "[link]") {
  const auto files = MakeBrokerFiles(Good());
  REQUIRE(files.ok());
  const std::string& conf = files->mosquitto_conf;
  CHECK(Count(conf, "\nlistener ") == 3);
  CHECK(Count(conf, "\ntls_version tlsv1.3\n") == 3);
  CHECK(Count(conf, "\nacl_file /etc/mosquitto/edge/") == 3);
  CHECK(Count(conf, "\nrequire_certificate true\n") == 2);
  CHECK(Count(conf, "\nuse_username_as_clientid true\n") == 2);
  CHECK(Count(conf, "\nallow_anonymous true\n") == 1);
}

TEST_CASE("without an enrolment port nobody is let in anonymously", "[link]") {
  BrokerConfig config = Good();
  config.enrol_port = 0;
  const auto files = MakeBrokerFiles(config);
  REQUIRE(files.ok());
  CHECK(Count(files->mosquitto_conf, "allow_anonymous true") == 0);
}

TEST_CASE("a revocation list is read by both listeners with certificates", "[link]") {
  BrokerConfig config = Good();
  config.crl_file = "/etc/edge/crl.pem";
  CHECK(Count(MakeBrokerFiles(config).value().mosquitto_conf, "crlfile /etc/edge/crl.pem\n") == 2);
}

TEST_CASE("each hub is named in the hubs' ACL", "[link]") {
  BrokerConfig config = Good();
  config.hub_names = {"edge:hub:a", "edge:hub:b"};
  const auto files = MakeBrokerFiles(config);
  REQUIRE(files.ok());
  CHECK(Count(files->hub_acl, "user edge:hub:") == 2);
  CHECK(Count(files->hub_acl, "pattern") == 0);
}

TEST_CASE("a value that the broker would read as something else is refused", "[link]") {
  const auto refused = [](auto change) {
    BrokerConfig config = Good();
    change(config);
    return MakeBrokerFiles(config).status().code() == Code::kInvalidArgument;
  };
  CHECK(refused([](BrokerConfig& c) { c.cluster_name = "a/+"; }));
  CHECK(refused([](BrokerConfig& c) { c.cluster_name = ""; }));
  CHECK(refused([](BrokerConfig& c) { c.folder = "relative"; }));
  CHECK(refused([](BrokerConfig& c) { c.ca_file = "/a\nallow_anonymous true"; }));
  CHECK(refused([](BrokerConfig& c) { c.hub_names = {"x\ntopic readwrite #"}; }));
  CHECK(refused([](BrokerConfig& c) { c.bind_address = "::\nallow_anonymous true"; }));
}

}  // namespace edge::link
