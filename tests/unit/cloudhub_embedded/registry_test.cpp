#include "cloudhub/adapters/embedded/registry.h"

#include <catch2/catch.hpp>

#include "cloudhub/adapters/embedded/status_answer.h"

#include "tests/unit/cloudhub_embedded/fixture.h"

namespace edge::cloudhub::embedded {
namespace {

Json ConfigMap(const std::string& name) {
  return {{"metadata", {{"name", name}}}, {"data", {{"k", "v"}}}};
}

TEST_CASE("a created object gets uid and creation time and resourceVersion", "[embedded]") {
  Api api;
  const Json pod = api.MakePod("web");
  CHECK(FindString(pod, {"metadata", "uid"}).size() == 36);
  CHECK(FindString(pod, {"metadata", "creationTimestamp"}) == "2026-01-01T00:00:00Z");
  CHECK(FindString(pod, {"metadata", "resourceVersion"}) == std::to_string(api.store->revision()));
  CHECK(FindInt(pod, {"metadata", "generation"}) == 1);
  CHECK(FindString(pod, {"status", "phase"}) == "Pending");
  CHECK(FindString(pod, {"status", "qosClass"}) == "BestEffort");
}

TEST_CASE("generateName makes distinct names of prefix and five letters", "[embedded]") {
  Api api;
  const Json object = {{"metadata", {{"generateName", "web-"}}}};
  const std::string a = FindString(api.Create("configmaps", object).body, {"metadata", "name"});
  const std::string b = FindString(api.Create("configmaps", object).body, {"metadata", "name"});
  CHECK(a.size() == 9);
  CHECK(a.substr(0, 4) == "web-");
  CHECK(a != b);
}

TEST_CASE("a second create of a name is a conflict in the words of the API server", "[embedded]") {
  Api api;
  REQUIRE(api.Create("configmaps", ConfigMap("a")).code == 201);
  const Answer again = api.Create("configmaps", ConfigMap("a"));
  CHECK(again.code == 409);
  CHECK(FindString(again.body, {"reason"}) == "AlreadyExists");
  CHECK(MessageOf(again) == "configmaps \"a\" already exists");
}

TEST_CASE("a create in a namespace that is not there is refused", "[embedded]") {
  Api api;
  api.ns = "nowhere";
  const Answer answer = api.Create("configmaps", ConfigMap("a"));
  CHECK(answer.code == 404);
  CHECK(MessageOf(answer) == "namespaces \"nowhere\" not found");
}

TEST_CASE("a dry run answers as the real thing and stores nothing", "[embedded]") {
  Api api;
  WriteOptions dry;
  dry.dry_run = true;
  CHECK(api.Create("configmaps", ConfigMap("a"), dry).code == 201);
  CHECK_FALSE(api.Exists("configmaps", "a"));
}

TEST_CASE("an unknown field is refused or warned of or ignored as asked", "[embedded]") {
  Api api;
  Json object = ConfigMap("a");
  object["dada"] = "x";
  WriteOptions options;
  options.validation = FieldValidation::kStrict;
  const Answer strict = api.Create("configmaps", object, options);
  CHECK(strict.code == 400);
  CHECK(MessageOf(strict) ==
        "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: "
        "unknown field \"dada\"");
  options.validation = FieldValidation::kWarn;
  const Answer warned = api.Create("configmaps", object, options);
  CHECK(warned.code == 201);
  CHECK(warned.warnings == std::vector<std::string>{"unknown field \"dada\""});
  CHECK_FALSE(warned.body.contains("dada"));
}

TEST_CASE("an invalid object is answered with causes", "[embedded]") {
  Api api;
  const Answer answer = api.Create(
      "pods", {{"metadata", {{"name", "web"}}}, {"spec", {{"containers", Json::array()}}}});
  CHECK(answer.code == 422);
  CHECK(FindString(answer.body, {"reason"}) == "Invalid");
  CHECK(FindString(answer.body, {"details", "kind"}) == "Pod");
  REQUIRE(answer.body["details"]["causes"].size() == 1);
  CHECK(answer.body["details"]["causes"][0]["field"] == "spec.containers");
}

TEST_CASE("an update with an old resourceVersion is a conflict", "[embedded]") {
  Api api;
  Json object = api.Create("configmaps", ConfigMap("a")).body;
  Json newer = object;
  newer["data"]["k"] = "w";
  REQUIRE(api.registry.Update(api.At("configmaps", "a"), newer, {}).ok());
  object["data"]["k"] = "x";
  const Answer stale = api.registry.Update(api.At("configmaps", "a"), object, {});
  CHECK(stale.code == 409);
  CHECK(MessageOf(stale) ==
        "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please "
        "apply your changes to the latest version and try again");
}

TEST_CASE("an update that changes nothing writes nothing", "[embedded]") {
  Api api;
  const Json object = api.Create("configmaps", ConfigMap("a")).body;
  const std::int64_t revision = api.store->revision();
  CHECK(api.registry.Update(api.At("configmaps", "a"), object, {}).ok());
  CHECK(api.store->revision() == revision);
}

TEST_CASE("a spec write keeps the status and a status write keeps the spec", "[embedded]") {
  Api api;
  Json pod = api.MakePod("web");
  Json change = pod;
  change["status"]["phase"] = "Running";
  change["spec"]["containers"][0]["image"] = "web:2";
  const Json spec = api.registry.Update(api.At("pods", "web"), change, {}).body;
  CHECK(FindString(spec, {"status", "phase"}) == "Pending");
  CHECK(spec["spec"]["containers"][0]["image"] == "web:2");
  CHECK(FindInt(spec, {"metadata", "generation"}) == 2);
  change = spec;
  change["status"]["phase"] = "Running";
  change["spec"]["containers"][0]["image"] = "web:3";
  const Json status = api.registry.Update(api.At("pods", "web", "status"), change, {}).body;
  CHECK(FindString(status, {"status", "phase"}) == "Running");
  CHECK(status["spec"]["containers"][0]["image"] == "web:2");
  CHECK(FindInt(status, {"metadata", "generation"}) == 2);
}

TEST_CASE("the three patch forms change what they say", "[embedded]") {
  Api api;
  api.MakePod("web");
  const Target pod = api.At("pods", "web");
  const Json json = {{{"op", "add"}, {"path", "/metadata/labels"}, {"value", {{"a", "1"}}}}};
  REQUIRE(api.registry.Patch(pod, PatchType::kJson, json, {}).ok());
  const Json merge = {{"metadata", {{"labels", {{"b", "2"}}}}}};
  REQUIRE(api.registry.Patch(pod, PatchType::kMerge, merge, {}).ok());
  const Json strategic = {{"spec", {{"containers", {{{"name", "c"}, {"image", "web:2"}}}}}}};
  const Answer patched = api.registry.Patch(pod, PatchType::kStrategicMerge, strategic, {});
  REQUIRE(patched.ok());
  CHECK(patched.body["metadata"]["labels"] == Json{{"a", "1"}, {"b", "2"}});
  CHECK(patched.body["spec"]["containers"][0]["image"] == "web:2");
  CHECK(patched.body["spec"]["containers"][0].contains("terminationMessagePath"));
}

TEST_CASE("a patch for another uid is invalid and a conflict to the port", "[embedded]") {
  Api api;
  api.MakePod("web");
  const Json patch = {{"metadata", {{"uid", "other"}, {"labels", {{"a", "b"}}}}}};
  const Answer answer = api.registry.Patch(api.At("pods", "web"), PatchType::kMerge, patch, {});
  CHECK(answer.code == 422);
  CHECK(ToStatus(answer).code() == Code::kAborted);
}

TEST_CASE("a pod is bound once", "[embedded]") {
  Api api;
  api.MakePod("web");
  const Json binding = {{"target", {{"kind", "Node"}, {"name", "n1"}}}};
  CHECK(api.registry.Bind(api.At("pods", "web"), binding, {}).code == 201);
  CHECK(FindString(api.registry.Get(api.At("pods", "web")).body, {"spec", "nodeName"}) == "n1");
  const Answer again = api.registry.Bind(api.At("pods", "web"), binding, {});
  CHECK(again.code == 409);
  CHECK(MessageOf(again) ==
        "Operation cannot be fulfilled on pods/binding \"web\": pod web is already assigned to "
        "node \"n1\"");
}

TEST_CASE("the usual namespaces exist and each has its default ServiceAccount", "[embedded]") {
  Api api;
  for (const char* ns :
       {"default", "kube-system", "kube-public", "kube-node-lease", "edge-system"}) {
    CHECK(api.Exists("namespaces", ns));
    api.ns = ns;
    CHECK(api.Exists("serviceaccounts", "default"));
  }
}

TEST_CASE("a pod whose ServiceAccount or PriorityClass is missing is forbidden", "[embedded]") {
  Api api;
  const auto create = [&](const Json& spec) {
    Json pod = {{"metadata", {{"name", "x"}}},
                {"spec", {{"containers", {{{"name", "c"}, {"image", "web:1"}}}}}}};
    pod["spec"].update(spec);
    return api.Create("pods", pod, {.dry_run = true});
  };
  Answer refused = create({{"serviceAccountName", "nope"}});
  CHECK(refused.code == 403);
  CHECK(MessageOf(refused) ==
        "pods \"x\" is forbidden: error looking up service account default/nope: serviceaccount "
        "\"nope\" not found");
  refused = create({{"priorityClassName", "nope"}});
  CHECK(refused.code == 403);
  CHECK(MessageOf(refused) == "pods \"x\" is forbidden: no PriorityClass with name nope was found");
  REQUIRE(api.Create("serviceaccounts", {{"metadata", {{"name", "robot"}}}}).ok());
  CHECK(create({{"serviceAccountName", "robot"}}).ok());
  for (const char* name : {"system-node-critical", "system-cluster-critical"}) {
    CHECK(create({{"priorityClassName", name}}).ok());
  }
}

TEST_CASE("the default ServiceAccount comes back when it is deleted", "[embedded]") {
  Api api;
  REQUIRE(api.registry.Delete(api.At("serviceaccounts", "default"), {}).ok());
  api.executor.RunReady();
  CHECK(api.Exists("serviceaccounts", "default"));
}

TEST_CASE("a start makes the default ServiceAccounts that a crash kept from being made",
          "[embedded]") {
  Api api;
  Json left_alone = {{"metadata", {{"name", "shop"}}}, {"status", {{"phase", "Active"}}}};
  REQUIRE(api.store->Put({"namespaces", "", "shop"}, left_alone).ok());
  REQUIRE(api.registry.Bootstrap().ok());
  api.ns = "shop";
  CHECK(api.Exists("serviceaccounts", "default"));
}

}  // namespace
}  // namespace edge::cloudhub::embedded
