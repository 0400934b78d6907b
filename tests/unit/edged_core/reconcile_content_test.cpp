#include <catch2/catch.hpp>

#include "tests/unit/edged_core/pod_driver.h"

namespace edge::edged {

TEST_CASE("a missing ConfigMap holds its container up until it appears", "[edged]") {
  Json container = ContainerJson("app");
  container["envFrom"] = Json::array({{{"configMapRef", {{"name", "cm"}}}}});
  PodDriver driver(PodJson({{"containers", {container}}}));
  REQUIRE(driver.Settle());
  CHECK(driver.plan.waiting.at("app") ==
        Waiting{"CreateContainerConfigError", "configmap \"cm\" not found"});
  driver.desired.objects.config_maps["cm"] =
      std::make_shared<Json>(Json{{"data", {{"GREETING", "hello"}}}});
  REQUIRE(driver.Settle());
  CHECK_FALSE(driver.RunningId("app").empty());
}

TEST_CASE("changed contents are swapped under the running container", "[edged]") {
  PodDriver driver(
      PodJson({{"volumes", Json::array({{{"name", "v"}, {"configMap", {{"name", "cm"}}}}})}}));
  REQUIRE(driver.Settle());
  CHECK_FALSE(driver.plan.volume_error.empty());
  CHECK(driver.Count("RunSandbox") == 0);
  driver.desired.objects.config_maps["cm"] = std::make_shared<Json>(Json{{"data", {{"k", "1"}}}});
  REQUIRE(driver.Settle());
  const std::string id = driver.RunningId("app");
  driver.desired.objects.config_maps["cm"] = std::make_shared<Json>(Json{{"data", {{"k", "2"}}}});
  CHECK(Names(driver.Step()) == Strings{"UpdateVolumes"});
  REQUIRE(driver.Settle());
  driver.desired.objects.config_maps.clear();
  REQUIRE(driver.Settle());
  CHECK(driver.RunningId("app") == id);
}

TEST_CASE("a container waits for its token and the sandbox and the image do not", "[edged]") {
  Json pod = PodJson(Json::object());
  pod["spec"]["volumes"] = Json::parse(
      R"([{"name":"t","projected":{"sources":[{"serviceAccountToken":{"path":"token"}}]}}])");
  PodDriver driver(pod);
  driver.Step();
  driver.Perform();
  CHECK(Names(driver.Step()) == Strings{"CheckImage app", "RunSandbox"});
  CHECK(driver.plan.volume_error.empty());
  REQUIRE(driver.Settle());
  CHECK(driver.Did("RunSandbox 0"));
  CHECK(driver.RunningId("app").empty());
  kube::TokenSource source{"", 3600};
  driver.desired.objects.tokens[source].why = "the hub has not answered yet";
  driver.Step();
  CHECK(driver.plan.volume_error.find("the hub has not answered yet") != std::string::npos);
  REQUIRE(driver.Settle());
  CHECK(driver.RunningId("app").empty());
  driver.desired.objects.tokens[source] = {"one", ""};
  REQUIRE(driver.Settle());
  const std::string running = driver.RunningId("app");
  CHECK_FALSE(running.empty());
  driver.desired.objects.tokens[source] = {"two", ""};
  CHECK(Names(driver.Step()) == Strings{"UpdateVolumes"});
  REQUIRE(driver.Settle());
  CHECK(driver.RunningId("app") == running);
}

}  // namespace edge::edged
