#include "kube/openapi.h"

#include <set>

#include "kube/resources.h"
#include "kube_test.h"

namespace edge::kube {
namespace {

/// All values of "$ref" in a document.
void CollectRefs(const Json& value, std::set<std::string>& refs) {
  if (value.is_object() && value.contains("$ref") && value["$ref"].is_string()) {
    refs.insert(value["$ref"].get<std::string>());
  }
  if (!value.is_structured()) return;
  for (const Json& element : value) CollectRefs(element, refs);
}

TEST_CASE("every reference of an OpenAPI document resolves", "[kube]") {
  std::set<std::string> refs;
  const Json v2 = OpenApiV2();
  CollectRefs(v2, refs);
  CHECK(refs.size() > 100);
  for (const std::string& ref : refs) {
    INFO(ref);
    CHECK(v2.contains(Json::json_pointer(ref.substr(1))));
  }
  const Json index = OpenApiV3Index();
  for (const auto& [path, entry] : index["paths"].items()) {
    const Json v3 = OpenApiV3(path);
    std::set<std::string> own;
    CollectRefs(v3, own);
    for (const std::string& ref : own) {
      INFO(path << " " << ref);
      CHECK(v3.contains(Json::json_pointer(ref.substr(1))));
    }
  }
}

TEST_CASE("the index lists each group and version with a URL", "[kube]") {
  const Json paths = OpenApiV3Index()["paths"];
  CHECK(paths.size() == 3);
  for (const char* path : {"api/v1", "apis/coordination.k8s.io/v1", "apis/edge.kubeedge.io/v1"}) {
    INFO(path);
    REQUIRE(paths.contains(path));
    CHECK_THAT(paths[path]["serverRelativeURL"].get<std::string>(),
               Catch::StartsWith("/openapi/v3/" + std::string(path) + "?hash="));
  }
  CHECK(OpenApiV3("apis/none/v1").is_null());
  CHECK(OpenApiV3("").is_null());
}

TEST_CASE("patches of every kind declare dryRun and fieldValidation", "[kube]") {
  const Json v3 = OpenApiV3("apis/edge.kubeedge.io/v1");
  const Json& patch = v3["paths"]["/apis/edge.kubeedge.io/v1/edgenodes/{name}"]["patch"];
  CHECK(patch["x-kubernetes-group-version-kind"]["kind"] == "EdgeNode");
  std::set<std::string> names;
  for (const Json& parameter : patch["parameters"]) names.insert(parameter["name"]);
  CHECK(names.count("dryRun") == 1);
  CHECK(names.count("fieldValidation") == 1);
  CHECK_FALSE(patch["requestBody"]["content"].contains("application/strategic-merge-patch+json"));
}

TEST_CASE("a definition carries merge keys and its kind", "[kube]") {
  const Json v3 = OpenApiV3("api/v1");
  const Json& schemas = v3["components"]["schemas"];
  const Json& containers = schemas["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"];
  CHECK(containers["x-kubernetes-patch-merge-key"] == "name");
  CHECK(containers["x-kubernetes-list-map-keys"] == Json::array({"name"}));
  CHECK(schemas["io.k8s.api.core.v1.Pod"]["x-kubernetes-group-version-kind"] ==
        J(R"([{"group":"","kind":"Pod","version":"v1"}])"));
  CHECK(schemas.contains("io.k8s.api.core.v1.PodList"));
}

/// Reads one level of a protobuf message: (field number, bytes) of its length-delimited fields.
std::vector<std::pair<int, std::string>> Fields(std::string_view bytes) {
  std::vector<std::pair<int, std::string>> fields;
  std::size_t at = 0;
  const auto varint = [&] {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      REQUIRE(at < bytes.size());
      const auto byte = static_cast<unsigned char>(bytes[at++]);
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.size()) {
    const std::uint64_t key = varint();
    const std::uint64_t value = varint();
    if ((key & 7U) == 0) continue;
    REQUIRE((key & 7U) == 2);
    REQUIRE(at + value <= bytes.size());
    fields.emplace_back(static_cast<int>(key >> 3U), bytes.substr(at, value));
    at += value;
  }
  return fields;
}

std::string First(std::string_view bytes, int number) {
  for (const auto& [field, value] : Fields(bytes)) {
    if (field == number) return value;
  }
  return {};
}

TEST_CASE("the protobuf document holds the same definitions and paths", "[kube]") {
  const Json v2 = OpenApiV2();
  const std::string document = OpenApiV2Protobuf();
  CHECK(First(document, 1) == "2.0");
  const auto definitions = Fields(First(document, 9));
  CHECK(definitions.size() == v2["definitions"].size());
  CHECK(Fields(First(document, 8)).size() == v2["paths"].size());
  for (const auto& [number, named] : definitions) {
    if (First(named, 1) != "io.k8s.api.core.v1.Pod") continue;
    const std::string extension = First(First(named, 2), 31);
    CHECK(First(extension, 1) == "x-kubernetes-group-version-kind");
    CHECK(First(First(extension, 2), 2) ==
          "[{\"group\":\"\",\"kind\":\"Pod\",\"version\":\"v1\"}]\n");
  }
}

}  // namespace
}  // namespace edge::kube
