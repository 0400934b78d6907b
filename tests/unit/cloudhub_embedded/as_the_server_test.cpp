#include <catch2/catch.hpp>

#include "cloudhub/adapters/embedded/discovery.h"
#include "cloudhub/adapters/embedded/request_options.h"
#include "cloudhub/adapters/embedded/status_answer.h"
#include "cloudhub/adapters/embedded/tables.h"
#include "tests/unit/cloudhub_embedded/fixture.h"

// What a real API server was found to answer otherwise (tests/kubernetes/oracle).

namespace edge::cloudhub::embedded {
namespace {

ApiRequest Request(const std::string& method, std::map<std::string, std::string> query,
                   std::string body = "{}") {
  ApiRequest request;
  request.method = method;
  request.query = std::move(query);
  request.body = std::move(body);
  return request;
}

std::string DeleteRefusal(std::map<std::string, std::string> query, const std::string& body = {}) {
  DeleteOptions options;
  const auto refusal = ReadDelete(Request("DELETE", std::move(query), body), options);
  return refusal ? MessageOf(*refusal) : std::string();
}

TEST_CASE("an object without kind and version is of the URL's kind", "[embedded]") {
  Api api;
  const Json object = {{"metadata", {{"name", "a"}}}};
  const Answer made = api.registry.Create(api.At("configmaps", ""), object, {});
  REQUIRE(made.code == 201);
  CHECK(made.body["kind"] == "ConfigMap");
  // A custom one must say it.
  CHECK(api.registry.Create(api.At("edgenodes", ""), object, {}).code == 400);
}

TEST_CASE("an update must name its object", "[embedded]") {
  Api api;
  REQUIRE(api.Create("configmaps", {{"metadata", {{"name", "a"}}}}).ok());
  const Answer answer =
      api.registry.Update(api.At("configmaps", "a"), {{"metadata", Json::object()}}, {});
  CHECK(answer.code == 400);
  CHECK(MessageOf(answer) ==
        "the name of the object (a based on URL) was undeterminable: name must be provided");
}

TEST_CASE("a patch that leaves unknown fields is invalid with Strict", "[embedded]") {
  Api api;
  REQUIRE(api.Create("configmaps", {{"metadata", {{"name", "a"}}}}).ok());
  const Answer answer =
      api.registry.Patch(api.At("configmaps", "a"), PatchType::kMerge, {{"nosuch", 1}},
                         {.validation = FieldValidation::kStrict});
  CHECK(answer.code == 422);
  CHECK(answer.body["details"]["causes"][0]["field"] == "patch");
}

TEST_CASE("a JSON patch that fails says that it is the patch", "[embedded]") {
  Api api;
  REQUIRE(api.Create("configmaps", {{"metadata", {{"name", "a"}}}}).ok());
  const Json patch = Json::array({{{"op", "remove"}, {"path", "/nosuch"}}});
  const Answer answer = api.registry.Patch(api.At("configmaps", "a"), PatchType::kJson, patch, {});
  CHECK(answer.code == 422);
  CHECK(answer.body["details"]["causes"][0]["field"] == "patch");
}

TEST_CASE("the verbs of a custom kind come in the order of a definition's", "[embedded]") {
  const Json verbs = ResourceList("edge.kubeedge.io", "v1")["resources"][0]["verbs"];
  CHECK(verbs ==
        Json({"delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"}));
}

TEST_CASE("a deleted ServiceAccount is answered as it was", "[embedded]") {
  Api api;
  REQUIRE(api.Create("serviceaccounts", {{"metadata", {{"name", "robot"}}}}).ok());
  const Answer answer = api.registry.Delete(api.At("serviceaccounts", "robot"), {});
  CHECK(answer.body["kind"] == "ServiceAccount");
  CHECK_FALSE(answer.body["metadata"].contains("deletionTimestamp"));
}

TEST_CASE("a Lease without a version is refused by its resource", "[embedded]") {
  Api api;
  REQUIRE(api.Create("leases", {{"metadata", {{"name", "l"}}}}).ok());
  const Answer answer =
      api.registry.Update(api.At("leases", "l"), {{"metadata", {{"name", "l"}}}}, {});
  CHECK(answer.code == 422);
  CHECK(MessageOf(answer).starts_with("leases.coordination.k8s.io \"l\" is invalid"));
}

TEST_CASE("unknown options of a write are refused", "[embedded]") {
  WriteOptions options;
  Json body;
  const auto dry = ReadWrite(Request("POST", {{"dryRun", "Some"}}), options, body);
  REQUIRE(dry);
  CHECK(MessageOf(*dry) ==
        "CreateOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: "
        "[\"Some\"]: supported values: \"All\"");
  const auto strict = ReadWrite(Request("PUT", {{"fieldValidation", "Maybe"}}), options, body);
  REQUIRE(strict);
  CHECK(MessageOf(*strict).starts_with("UpdateOptions.meta.k8s.io \"\" is invalid"));
}

TEST_CASE("unknown options of a deletion are refused", "[embedded]") {
  CHECK_THAT(DeleteRefusal({{"propagationPolicy", "Nosuch"}}), Catch::Contains("\"Foreground\""));
  CHECK_THAT(DeleteRefusal({}, R"({"propagationPolicy": "Orphan", "orphanDependents": true})"),
             Catch::Contains("cannot be both set"));
  CHECK_THAT(DeleteRefusal({}, R"({"kind": "Pod"})"), Catch::Contains("DeleteOptions"));
  CHECK(DeleteRefusal({{"propagationPolicy", "Background"}}).empty());
}

TEST_CASE("what a list and a watch ask of versions must fit together", "[embedded]") {
  using Query = std::map<std::string, std::string>;
  CHECK(CheckListOptions({{"resourceVersionMatch", "Exact"}}, false));
  CHECK(CheckListOptions({{"resourceVersionMatch", "Nosuch"}, {"resourceVersion", "1"}}, false));
  CHECK(CheckListOptions({{"resourceVersionMatch", "Exact"}, {"resourceVersion", "0"}}, false));
  CHECK(CheckListOptions({{"sendInitialEvents", "true"}}, false));
  CHECK(CheckListOptions({{"sendInitialEvents", "true"}}, true));
  CHECK(CheckListOptions({{"resourceVersionMatch", "NotOlderThan"}}, true));
  CHECK_FALSE(CheckListOptions(Query{}, true));
  CHECK_FALSE(
      CheckListOptions({{"resourceVersionMatch", "Exact"}, {"resourceVersion", "7"}}, false));
  CHECK_FALSE(CheckListOptions(
      {{"sendInitialEvents", "true"}, {"resourceVersionMatch", "NotOlderThan"}}, true));
}

TEST_CASE("what an EdgeNode has not is null in its row", "[embedded]") {
  const Json node = {{"metadata", {{"name", "n1"}}}};
  const Json table = MakeTable(*kube::FindResource("edge.kubeedge.io", "v1", "edgenodes"),
                               {&node, 1}, {.include_object = "None"}, WallTime());
  CHECK(table["rows"][0]["cells"][2].is_null());
  CHECK(table["rows"][0]["object"].is_null());
}

TEST_CASE("a Service by another name shows that name", "[embedded]") {
  const Json service = {{"metadata", {{"name", "s"}}},
                        {"spec", {{"type", "ExternalName"}, {"externalName", "x.y"}}}};
  const Json table =
      MakeTable(*kube::FindResource("", "v1", "services"), {&service, 1}, {}, WallTime());
  CHECK(table["rows"][0]["cells"][3] == "x.y");
}

TEST_CASE("discovery is in the order of names", "[embedded]") {
  const Json list = ResourceList("edge.kubeedge.io", "v1");
  CHECK(list["resources"][0]["name"] == "edgehubs");
  CHECK(list["apiVersion"] == "v1");
  CHECK_FALSE(ResourceList("", "v1").contains("apiVersion"));
  const Json core = AggregatedDiscovery(true, "v2");
  CHECK(core["items"][0]["metadata"] == Json::object());
}

}  // namespace
}  // namespace edge::cloudhub::embedded
