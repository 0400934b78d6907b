#include <catch2/catch.hpp>

#include "common/bytes.h"
#include "edged/core/volume/volume_plan.h"
#include "tests/unit/edged_core/pod_driver.h"

namespace edge::edged {
namespace {

HeldObjects Objects() {
  HeldObjects objects;
  objects.config_maps["cm"] = std::make_shared<Json>(
      Json{{"data", {{"a", "1"}, {"b", "2"}}}, {"binaryData", {{"z", Base64Encode("\x01")}}}});
  objects.secrets["s"] = std::make_shared<Json>(Json{{"data", {{"key", Base64Encode("pw")}}}});
  return objects;
}

Result<VolumePlan> PlanOf(const char* volumes, const HeldObjects& objects = Objects()) {
  Json json = PodJson({{"volumes", Json::parse(volumes)}, {"securityContext", {{"fsGroup", 5}}}});
  json["metadata"]["labels"] = {{"b", "x\"y"}, {"a", "1"}};
  return PlanVolumes(*MakePod(json), objects, NodeContext());
}

using Files = std::vector<VolumeFile>;

}  // namespace

TEST_CASE("a ConfigMap volume holds its keys and a Secret volume is on tmpfs", "[edged]") {
  const auto plan = PlanOf(R"([{"name":"c","configMap":{"name":"cm","defaultMode":256}},
      {"name":"s","secret":{"secretName":"s","items":[{"key":"key","path":"d/p","mode":384}]}}])");
  REQUIRE(plan.ok());
  CHECK(plan->volumes[0].files == Files{{"a", 0400, "1"}, {"b", 0400, "2"}, {"z", 0400, "\x01"}});
  CHECK_FALSE(plan->volumes[0].tmpfs);
  CHECK(plan->volumes[0].fs_group == 5);
  CHECK(plan->volumes[1].files == Files{{"d/p", 0600, "pw"}});
  CHECK(plan->volumes[1].tmpfs);
}

TEST_CASE("a projected volume merges its sources and downward fields", "[edged]") {
  const auto plan = PlanOf(R"([{"name":"p","projected":{"sources":[
      {"configMap":{"name":"cm","items":[{"key":"a","path":"x"}]}},
      {"secret":{"name":"s"}},{"configMap":{"name":"none","optional":true}},
      {"downwardAPI":{"items":[{"path":"labels","fieldRef":{"fieldPath":"metadata.labels"}},
         {"path":"name","fieldRef":{"fieldPath":"metadata.name"}}]}}]}}])");
  REQUIRE(plan.ok());
  CHECK(plan->volumes[0].files == Files{{"key", 0644, "pw"},
                                        {"labels", 0644, "a=\"1\"\nb=\"x\\\"y\""},
                                        {"name", 0644, "app"},
                                        {"x", 0644, "1"}});
  CHECK(plan->volumes[0].tmpfs);
}

TEST_CASE("a token is a file of its pod's user or group on tmpfs", "[edged]") {
  HeldObjects objects;
  objects.tokens[{"", 3607}] = {"header.claims.signature", ""};
  const auto file_of = [&](const Json& pod_security, const Json& container_security) {
    Json pod = PodJson({{"serviceAccountName", "cashier"}, {"securityContext", pod_security}});
    pod["spec"]["volumes"] = Json::parse(R"([{"name":"t","projected":{"sources":[
        {"serviceAccountToken":{"path":"token","expirationSeconds":3607}}]}}])");
    pod["spec"]["containers"][0]["securityContext"] = container_security;
    pod["spec"]["initContainers"] = Json::array({ContainerJson("first")});
    const auto plan = PlanVolumes(*MakePod(pod), objects, NodeContext());
    REQUIRE(plan.ok());
    CHECK(plan->volumes[0].tmpfs);
    REQUIRE(plan->volumes[0].files.size() == 1);
    return plan->volumes[0].files[0];
  };
  const std::string bytes = "header.claims.signature";
  const Json none = Json::object();
  CHECK(file_of(none, none) == VolumeFile{"token", 0644, bytes, std::nullopt});
  CHECK(file_of({{"runAsUser", 7}}, none) == VolumeFile{"token", 0600, bytes, 7});
  CHECK(file_of({{"runAsUser", 7}}, {{"runAsUser", 8}}) ==
        VolumeFile{"token", 0644, bytes, std::nullopt});
  CHECK(file_of(none, {{"runAsUser", 8}}) == VolumeFile{"token", 0644, bytes, std::nullopt});
  CHECK(file_of({{"fsGroup", 5}}, none) == VolumeFile{"token", 0600, bytes, std::nullopt});
}

TEST_CASE("a token that is on its way is no error to show and one that cannot be had is",
          "[edged]") {
  const char* volumes = R"([{"name":"t","projected":{"sources":[
      {"serviceAccountToken":{"path":"token","audience":"vault"}}]}}])";
  HeldObjects objects;
  CHECK(PlanOf(volumes, objects).status().code() == Code::kUnavailable);
  objects.tokens[{"vault", 3600}].why = "serviceaccounts \"cashier\" not found";
  const Status refused = PlanOf(volumes, objects).status();
  CHECK(refused.code() == Code::kFailedPrecondition);
  CHECK(refused.message().find("volume \"t\": failed to fetch a token of serviceaccount") !=
        std::string::npos);
  CHECK(refused.message().find("\"cashier\" not found") != std::string::npos);
  objects.tokens[{"vault", 3600}].token = "old";
  const auto plan = PlanOf(volumes, objects);
  REQUIRE(plan.ok());
  CHECK(plan->volumes[0].files == Files{{"token", 0600, "old"}});
  objects.tokens[{"vault", 3600}].token = "new";
  CHECK(VolumePlanVersion(*PlanOf(volumes, objects)) != VolumePlanVersion(*plan));
}

TEST_CASE("emptyDir and hostPath are planned with their kinds", "[edged]") {
  const auto plan = PlanOf(R"([{"name":"m","emptyDir":{"medium":"Memory","sizeLimit":"1Mi"}},
      {"name":"h","hostPath":{"path":"/dev/x","type":"CharDevice"}}])");
  REQUIRE(plan.ok());
  CHECK(plan->volumes[0].tmpfs);
  CHECK(plan->volumes[0].size_limit_bytes == 1048576);
  CHECK(plan->volumes[1].host_path_type == HostPathType::kCharDevice);
  CHECK_FALSE(plan->volumes[1].fs_group.has_value());
}

TEST_CASE("what a volume lacks is named and no path leaves it", "[edged]") {
  struct Row {
    const char *volumes, *part;
    Code code;
  };
  for (const Row& row :
       {Row{R"([{"name":"v","configMap":{"name":"none"}}])", "configmap \"none\" not found",
            Code::kNotFound},
        Row{R"([{"name":"v","secret":{"secretName":"s","items":[{"key":"q","path":"q"}]}}])",
            "non-existent secret key: q", Code::kNotFound},
        Row{R"([{"name":"v","nfs":{"server":"x"}}])", "not supported", Code::kUnimplemented},
        Row{R"([{"name":"v","configMap":{"name":"cm","items":[{"key":"a","path":"../x"}]}}])",
            "stay inside", Code::kInvalidArgument},
        Row{R"([{"name":"v","configMap":{"name":"cm","items":[{"key":"a","path":"/x"}]}}])",
            "stay inside", Code::kInvalidArgument}}) {
    CAPTURE(row.volumes);
    const auto plan = PlanOf(row.volumes);
    CHECK(plan.status().code() == row.code);
    CHECK(plan.status().message().find(row.part) != std::string::npos);
    CHECK(plan.status().message().find("volume \"v\"") != std::string::npos);
  }
}

TEST_CASE("the version of a plan follows the contents", "[edged]") {
  const char* volumes = R"([{"name":"c","configMap":{"name":"cm"}}])";
  const std::string before = VolumePlanVersion(*PlanOf(volumes));
  CHECK(VolumePlanVersion(*PlanOf(volumes)) == before);
  HeldObjects changed = Objects();
  changed.config_maps["cm"] = std::make_shared<Json>(Json{{"data", {{"a", "2"}}}});
  CHECK(VolumePlanVersion(*PlanOf(volumes, changed)) != before);
}

}  // namespace edge::edged
