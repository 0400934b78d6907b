#include "cloudhub/commands/broker_setup.h"

#include <sys/stat.h>

#include "tests/fakes/temp_folder.h"
#include "tests/unit/certs/fixtures.h"

namespace edge::cloudhub {

namespace {

using certs::testing::kNow;

struct BrokerWorld {
  fakes::TempFolder files;
  BrokerSetup setup;

  BrokerWorld() {
    setup.config.cluster_name = "retail-edge";
    setup.config.folder = files.path() + "/broker";
    setup.config.data_folder = files.path() + "/data";
    setup.hosts = {"mqtt.edge", "127.0.0.1"};
  }
  certs::CertificateFacts Facts(const std::string& name) const {
    return certs::ReadCertificate(files.Read("broker/" + name)).value();
  }
  mode_t ModeOf(const std::string& name) const {
    struct stat info {};
    REQUIRE(stat((files.path() + "/broker/" + name).c_str(), &info) == 0);
    return info.st_mode & 0777;
  }
};

}  // namespace

TEST_CASE("One command makes all that a broker and a hub need", "[commands]") {
  BrokerWorld world;
  REQUIRE(SetUpBroker(world.setup, kNow).ok());
  CHECK(world.Facts("ca.crt").is_ca);
  CHECK(world.Facts("server.crt").dns_names == std::vector<std::string>{"mqtt.edge"});
  CHECK(world.Facts("server.crt").ip_addresses == std::vector<std::string>{"127.0.0.1"});
  CHECK(world.Facts("hub.crt").common_name == "edge:hub");
  for (const char* key : {"ca.key", "server.key", "hub.key"}) CHECK(world.ModeOf(key) == 0600);
  CHECK(certs::ReadCrl(world.files.Read("broker/nodes.crl"))->serials.empty());
  const std::string conf = world.files.Read("broker/mosquitto.conf");
  for (const char* name : {"ca.crt", "server.crt", "server.key", "nodes.crl"}) {
    CHECK(conf.find(world.setup.config.folder + "/" + name) != std::string::npos);
  }
}

TEST_CASE("Running it again keeps what is good", "[commands]") {
  BrokerWorld world;
  REQUIRE(SetUpBroker(world.setup, kNow).ok());
  const std::string ca = world.files.Read("broker/ca.crt");
  const std::string server = world.files.Read("broker/server.crt");
  const std::string hub = world.files.Read("broker/hub.crt");
  REQUIRE(SetUpBroker(world.setup, kNow + std::chrono::hours(24)).ok());
  CHECK(world.files.Read("broker/ca.crt") == ca);
  CHECK(world.files.Read("broker/server.crt") == server);
  CHECK(world.files.Read("broker/hub.crt") == hub);
}

TEST_CASE("New names or a near end renew the certificates and not the CA", "[commands]") {
  BrokerWorld world;
  REQUIRE(SetUpBroker(world.setup, kNow).ok());
  const std::string ca = world.files.Read("broker/ca.crt");
  const std::string hub = world.files.Read("broker/hub.crt");
  world.setup.hosts = {"mqtt2.edge"};
  REQUIRE(SetUpBroker(world.setup, kNow).ok());
  CHECK(world.Facts("server.crt").dns_names == std::vector<std::string>{"mqtt2.edge"});
  CHECK(world.files.Read("broker/hub.crt") == hub);
  REQUIRE(SetUpBroker(world.setup, kNow + std::chrono::hours(24 * 800)).ok());
  CHECK(world.files.Read("broker/hub.crt") != hub);
  CHECK(world.files.Read("broker/ca.crt") == ca);
}

TEST_CASE("A CA without its key is never overwritten", "[commands]") {
  BrokerWorld world;
  REQUIRE(LoadOrCreateAuthority(world.setup.config.folder, "retail-edge", kNow).ok());
  const std::string ca = world.files.Read("broker/ca.crt");
  std::filesystem::remove(world.files.path() + "/broker/ca.key");
  const auto again = LoadOrCreateAuthority(world.setup.config.folder, "retail-edge", kNow);
  CHECK(again.status().code() == Code::kFailedPrecondition);
  CHECK(again.status().next_step().find("backup") != std::string::npos);
  CHECK(world.files.Read("broker/ca.crt") == ca);
}

TEST_CASE("A host that is no name is refused", "[commands]") {
  BrokerWorld world;
  world.setup.hosts = {"mqtt edge"};
  CHECK(SetUpBroker(world.setup, kNow).code() == Code::kInvalidArgument);
}

TEST_CASE("Each replica has a certificate of its own and is the broker's hub", "[commands]") {
  BrokerWorld world;
  world.setup.hub_ids = {"cloudhub-0", "cloudhub-1"};
  REQUIRE(SetUpBroker(world.setup, kNow).ok());
  CHECK(world.Facts("cloudhub-0.crt").common_name == "edge:hub:cloudhub-0");
  CHECK(world.Facts("cloudhub-1.crt").common_name == "edge:hub:cloudhub-1");
  CHECK_FALSE(std::filesystem::exists(world.files.path() + "/broker/hub.crt"));
  const std::string acl = world.files.Read("broker/hub.acl");
  CHECK(acl.find("user edge:hub:cloudhub-0\n") != std::string::npos);
  CHECK(acl.find("user edge:hub:cloudhub-1\n") != std::string::npos);
  CHECK(acl.find("user edge:hub\n") == std::string::npos);
  const std::string one = world.files.Read("broker/cloudhub-1.crt");
  world.setup.hub_ids.emplace_back("cloudhub-2");
  REQUIRE(SetUpBroker(world.setup, kNow).ok());
  CHECK(world.files.Read("broker/cloudhub-1.crt") == one);
}

TEST_CASE("A replica whose name is another file's or fits into no certificate is refused",
          "[commands]") {
  for (const std::string& id : {std::string("ca"), std::string("a/b"), std::string(56, 'a')}) {
    BrokerWorld world;
    world.setup.hub_ids = {id};
    CHECK(SetUpBroker(world.setup, kNow).code() == Code::kInvalidArgument);
  }
}

TEST_CASE("The configuration names the folder where the broker will find it", "[commands]") {
  BrokerWorld world;
  world.setup.installed_folder = "/etc/mosquitto/edge";
  REQUIRE(SetUpBroker(world.setup, kNow).ok());
  const std::string text = world.files.Read("broker/mosquitto.conf");
  for (const char* file : {"ca.crt", "server.crt", "server.key", "nodes.crl", "node.acl"}) {
    CHECK(text.find(std::string(" /etc/mosquitto/edge/") + file + "\n") != std::string::npos);
  }
  CHECK(text.find(world.files.path() + "/broker/") == std::string::npos);
}

}  // namespace edge::cloudhub
