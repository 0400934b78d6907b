#include "cloudhub/commands/token_files.h"

#include <sys/stat.h>

#include <map>

#include "cloudhub/core/enrolment/link_info.h"
#include "cloudhub/core/enrolment/token_secret.h"
#include "cloudhub/core/resources.h"
#include "tests/fakes/temp_folder.h"
#include "tests/unit/certs/fixtures.h"

namespace edge::cloudhub {

namespace {

using certs::testing::kNow;
using certs::testing::TestAuthority;

/// An API with nothing in it but what the test and the commands put there.
class MapApi final : public AdminApi {
 public:
  std::map<std::string, Json> objects;
  Status create_fails;

  static std::string Path(const Resource& resource, const std::string& ns,
                          const std::string& name) {
    return resource.plural + "/" + ns + "/" + name;
  }
  Result<Json> Get(const Resource& resource, const std::string& ns,
                   const std::string& name) override {
    const auto found = objects.find(Path(resource, ns, name));
    if (found == objects.end()) return NotFound(name + " not found");
    return found->second;
  }
  Result<Json> List(const Resource& resource, const std::string& ns) override {
    Json items = Json::array();
    for (const auto& [path, object] : objects) {
      if (path.rfind(resource.plural + "/" + ns + "/", 0) == 0) items.push_back(object);
    }
    return Json{{"items", items}};
  }
  Result<Json> Create(const Resource& resource, const std::string& ns,
                      const Json& object) override {
    if (!create_fails.ok()) return create_fails;
    objects[Path(resource, ns, FindString(object, {"metadata", "name"}))] = object;
    return object;
  }
  Status Delete(const Resource& resource, const std::string& ns, const std::string& name) override {
    return objects.erase(Path(resource, ns, name)) > 0 ? Status::Ok() : NotFound(name);
  }
};

struct TokenWorld {
  fakes::TempFolder files;
  MapApi api;
  SystemRandom random;
  std::vector<CreatedToken> created;

  TokenWorld() {
    api.objects["configmaps/edge-system/edge-link"] =
        LinkInfoToConfigMap({"retail-edge",
                             TestAuthority().certificate_pem(),
                             {"tls://mqtt.edge:8885"},
                             {"tls://mqtt.edge:8883"}});
  }
  Status Create(const std::vector<std::string>& names) {
    return CreateTokenFiles(api, random, kNow, {names, files.path() + "/out", certs::kTokenLife},
                            created);
  }
  std::size_t Secrets() { return api.List(kSecrets, "edge-system")->at("items").size(); }
};

}  // namespace

TEST_CASE("A name that is given twice makes no token at all", "[commands]") {
  TokenWorld world;
  const Status status = world.Create({"till-1", "till-2", "till-1"});
  CHECK(status.code() == Code::kInvalidArgument);
  CHECK_THAT(status.message(), Catch::Contains("node till-1 is named twice"));
  CHECK(world.Secrets() == 0);
  CHECK(world.created.empty());
}

TEST_CASE("Each name gets a file of mode 0600 and a Secret that match", "[commands]") {
  TokenWorld world;
  REQUIRE(world.Create({"till-1", "till-2"}).ok());
  REQUIRE(world.created.size() == 2);
  for (const CreatedToken& one : world.created) {
    struct stat info {};
    REQUIRE(stat(one.path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
    const auto token = certs::ParseToken(ReadFile(one.path).value(), one.path).value();
    const auto stored =
        TokenFromSecret(world.api.Get(kSecrets, "edge-system", TokenSecretName(one.id)).value());
    CHECK(stored->secret == token.secret);
    CHECK(stored->node_name == one.node_name);
    CHECK(token.expires == kNow + std::chrono::hours(24));
    CHECK(token.broker_urls == std::vector<std::string>{"tls://mqtt.edge:8883"});
    CHECK(one.edge_node_missing);
  }
}

TEST_CASE("The broker of the EdgeNode comes before those of the hub", "[commands]") {
  TokenWorld world;
  world.api.objects["edgenodes//till-1"] = {
      {"spec", {{"connection", {{"brokerURL", "tls://near.edge:8883"}}}}}};
  REQUIRE(world.Create({"till-1"}).ok());
  CHECK_FALSE(world.created[0].edge_node_missing);
  const auto token = certs::ParseToken(ReadFile(world.created[0].path).value(), "t").value();
  CHECK(token.broker_urls ==
        std::vector<std::string>{"tls://near.edge:8883", "tls://mqtt.edge:8883"});
}

TEST_CASE("One bad name keeps all tokens from being made", "[commands]") {
  TokenWorld world;
  CHECK(world.Create({"till-1", "../etc/passwd"}).code() == Code::kInvalidArgument);
  CHECK(world.Secrets() == 0);
  CHECK_FALSE(world.files.Has("out"));
}

TEST_CASE("A hub that has published nothing is named as the reason", "[commands]") {
  TokenWorld world;
  world.api.objects.clear();
  const Status status = world.Create({"till-1"});
  CHECK(status.message().find("edge-system/edge-link") != std::string::npos);
  CHECK(status.next_step().find("cloudhub") != std::string::npos);
}

TEST_CASE("A file that cannot be written leaves no token in the API", "[commands]") {
  TokenWorld world;
  std::filesystem::create_directories(world.files.path() + "/out/till-1.token.yaml");
  CHECK_FALSE(world.Create({"till-1"}).ok());
  CHECK(world.Secrets() == 0);
}

TEST_CASE("An API that refuses the Secret leaves no file", "[commands]") {
  TokenWorld world;
  world.api.create_fails = PermissionDenied("forbidden");
  CHECK(world.Create({"till-1"}).code() == Code::kPermissionDenied);
  CHECK_FALSE(world.files.Has("out/till-1.token.yaml"));
}

TEST_CASE("Listed tokens show their state and no others are listed", "[commands]") {
  TokenWorld world;
  REQUIRE(world.Create({"till-2", "till-1"}).ok());
  world.api.objects["secrets/edge-system/other"] = {{"type", "Opaque"}};
  Json& used = world.api.objects["secrets/edge-system/" + TokenSecretName(world.created[0].id)];
  used.merge_patch(RedemptionPatch(used, {kNow, "ff", "PEM"}));
  const auto tokens = ListTokens(world.api, kNow + std::chrono::hours(25)).value();
  REQUIRE(tokens.size() == 2);
  CHECK(tokens[0].node_name == "till-1");
  CHECK(tokens[0].state == "expired");
  CHECK(tokens[1].state == "used");
}

TEST_CASE("A token is deleted by its id and nothing else can be", "[commands]") {
  TokenWorld world;
  REQUIRE(world.Create({"till-1"}).ok());
  CHECK(DeleteToken(world.api, "../secrets/x").code() == Code::kInvalidArgument);
  CHECK(DeleteToken(world.api, world.created[0].id).ok());
  CHECK(DeleteToken(world.api, world.created[0].id).code() == Code::kNotFound);
}

}  // namespace edge::cloudhub
