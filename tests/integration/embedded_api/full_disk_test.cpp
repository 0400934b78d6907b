#include <sys/mount.h>
#include <sys/stat.h>

#include <cstring>
#include <fstream>

#include "certs/x509.h"
#include "cloudhub/adapters/embedded/credentials.h"
#include "cloudhub/adapters/embedded/object_store.h"
#include "common/loop.h"
#include "tests/fakes/log_capture.h"
#include "tests/integration/embedded_api/client.h"

namespace edge::cloudhub::embedded {
namespace {

constexpr const char* kMaps = "/api/v1/namespaces/default/configmaps";

/// A file system of 2 MB; mounted() is false where the machine does not let us mount.
class SmallDisk {
 public:
  SmallDisk() { mounted_ = ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=2m") == 0; }
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  bool mounted() const { return mounted_; }
  const std::string& path() const { return folder_.path(); }

  void Fill() const {
    std::ofstream file(path() + "/ballast", std::ios::binary);
    const std::string block(4096, 'b');
    while (file.write(block.data(), 4096).flush()) {
    }
  }
  void Free() const { std::filesystem::remove(path() + "/ballast"); }

 private:
  fakes::TempFolder folder_;
  bool mounted_ = false;
};

#define SKIP_WITHOUT_MOUNT(disk)                                                      \
  if (!(disk).mounted()) {                                                            \
    WARN("skipped: a tmpfs cannot be mounted here (" << std::strerror(errno) << ")"); \
    return;                                                                           \
  }

std::string MapOf(const std::string& name, std::size_t size) {
  const Json map = {{"apiVersion", "v1"},
                    {"kind", "ConfigMap"},
                    {"metadata", {{"name", name}}},
                    {"data", {{"k", std::string(size, 'x')}}}};
  return map.dump();
}

TEST_CASE("a full disk is told by the log once and by readyz until it has room", "[embedded]") {
  const SmallDisk disk;
  SKIP_WITHOUT_MOUNT(disk);
  Server server(disk.path());
  Client client(server, disk.path());
  const fakes::LogCapture log;
  disk.Fill();
  for (const char* name : {"a", "b", "c"}) {
    const Reply refused = client.Send("POST", kMaps, MapOf(name, 200'000));
    CHECK(refused.code == 503);
    CHECK_THAT(refused.body, Catch::Contains("disk is full"));
  }
  const Reply ready = client.Send("GET", "/readyz");
  CHECK(ready.code == 500);
  CHECK_THAT(ready.body, Catch::Contains("[-]database failed"));
  CHECK(client.Send("GET", "/livez").code == 200);
  CHECK(client.Send("GET", "/healthz").code == 200);
  CHECK(log.LinesWith("the API's database cannot be written") == 1);
  disk.Free();
  CHECK(client.Send("POST", kMaps, MapOf("a", 200'000)).code == 201);
  CHECK(client.Send("GET", "/readyz").body == "ok");
  CHECK(log.LinesWith("the API's database can be written again") == 1);
}

TEST_CASE("the store notices by itself that a full disk has room again", "[embedded]") {
  const SmallDisk disk;
  SKIP_WITHOUT_MOUNT(disk);
  auto store = std::move(*ObjectStore::Open(disk.path() + "/api.db"));
  Json object = {{"metadata", {{"name", "a"}}}};
  REQUIRE(store->Put({"pods", "default", "a"}, object).ok());
  disk.Fill();
  Json large = object;
  large["data"] = std::string(200'000, 'x');
  CHECK(store->Put({"pods", "default", "a"}, large).code() == Code::kResourceExhausted);
  store->ProbeIfFailing();
  CHECK(store->health().code() == Code::kResourceExhausted);
  disk.Free();
  store->ProbeIfFailing();
  CHECK(store->health().ok());
}

TEST_CASE("a hub starts on a full disk and says which file it could not write", "[embedded]") {
  const SmallDisk disk;
  SKIP_WITHOUT_MOUNT(disk);
  {
    Server first(disk.path());
    REQUIRE(Client(first, disk.path()).Send("POST", kMaps, MapOf("kept", 10)).code == 201);
  }
  disk.Fill();
  const fakes::LogCapture log;
  Server server(disk.path());  // on another port, so that the kubeconfig is another
  CHECK(Client(server, disk.path()).Send("GET", std::string(kMaps) + "/kept").code == 200);
  CHECK(log.LinesWith("the kubeconfig was not written") == 1);
  CHECK(log.LinesWith(disk.path() + "/kubeconfig") == 1);
}

TEST_CASE("a serving certificate that cannot be kept on a full disk serves all the same",
          "[embedded]") {
  const SmallDisk disk;
  SKIP_WITHOUT_MOUNT(disk);
  SystemRandom random;
  const WallTime now = SystemClock().Wall();
  const auto first = LoadOrMakeCredentials(disk.path(), {"localhost"}, now, random);
  REQUIRE(first.ok());
  disk.Fill();
  const fakes::LogCapture log;
  const auto renamed = LoadOrMakeCredentials(disk.path(), {"hub.shop.example"}, now, random);
  REQUIRE(renamed.ok());
  CHECK(certs::ReadCertificate(renamed->cert_pem)->dns_names ==
        std::vector<std::string>{"hub.shop.example"});
  CHECK(certs::CheckKeyFits(renamed->cert_pem, renamed->key_pem).ok());
  CHECK(renamed->ca_pem == first->ca_pem);
  CHECK(log.LinesWith(disk.path() + "/api-server.key") == 1);
}

TEST_CASE("a kubeconfig that is right is not written again", "[embedded]") {
  const fakes::TempFolder folder;
  auto loop = std::move(*Loop::Create());
  SystemRandom random;
  EmbeddedApiOptions options;
  options.state_dir = folder.path();
  options.port = 0;
  struct stat first {
  }, second{};
  for (struct stat* facts : {&first, &second}) {
    auto api = std::move(*EmbeddedApi::Open(*loop, random, options));
    REQUIRE(api->Listen().ok());
    options.port = api->port();
    REQUIRE(::stat(api->kubeconfig_path().c_str(), facts) == 0);
  }
  CHECK(first.st_ino == second.st_ino);
  CHECK(first.st_mtim.tv_nsec == second.st_mtim.tv_nsec);
}

}  // namespace
}  // namespace edge::cloudhub::embedded
