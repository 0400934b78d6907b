#include <catch2/catch.hpp>
#include <cstdlib>
#include <set>

#include "cloudhub/adapters/embedded/tables.h"
#include "common/config/yaml.h"
#include "common/file.h"
#include "kube/schema.h"

namespace edge {
namespace {

using kube::Container;
using kube::Field;
using kube::Shape;
using kube::Type;

const Json kNothing = Json::object();

/// The definition of a custom resource as deploy/crds/PLURAL.yaml has it.
Json Definition(const std::string& plural) {
  const char* source = std::getenv("EDGE_SOURCE_DIR");
  REQUIRE(source != nullptr);
  const std::string path = std::string(source) + "/deploy/crds/" + plural + ".yaml";
  const auto text = ReadFile(path, 1024 * 1024);
  REQUIRE(text.ok());
  const auto root = config::ParseYaml(*text, path);
  REQUIRE(root.ok());
  return config::YamlToJson(*root);
}

const Json& At(const Json& object, const char* key) {
  return object.contains(key) ? object[key] : kNothing;
}

std::set<std::string> Texts(const Json& list) {
  std::set<std::string> texts;
  for (const Json& text : list) texts.insert(text.get<std::string>());
  return texts;
}

template <typename Views>
std::set<std::string> Texts(const Views& views) {
  return {views.begin(), views.end()};
}

void CompareType(const Type& type, const Json& schema, const std::string& path);

void CompareValue(const Field& field, const Json& schema, const std::string& path) {
  const std::string type = FindString(schema, {"type"});
  const std::string format = FindString(schema, {"format"});
  switch (field.shape) {
    case Shape::kString: CHECK(type == "string"); break;
    case Shape::kBoolean: CHECK(type == "boolean"); break;
    case Shape::kInt32: CHECK(type + "/" + format == "integer/int32"); break;
    case Shape::kInt64: CHECK(type + "/" + format == "integer/int64"); break;
    case Shape::kTime: CHECK(type + "/" + format == "string/date-time"); break;
    case Shape::kObject:
      CHECK(type == "object");
      CompareType(*field.type, schema, path);
      break;
    default: FAIL("a shape that no custom resource has had yet: compare it here");
  }
  CHECK(Texts(At(schema, "enum")) == Texts(field.Enum()));
}

void CompareField(const Field& field, const Json& schema, const std::string& path) {
  INFO(path);
  CHECK(FindString(schema, {"description"}) == field.description);
  switch (field.container) {
    case Container::kNone: return CompareValue(field, schema, path);
    case Container::kMap:
      CHECK(FindString(schema, {"type"}) == "object");
      return CompareValue(field, At(schema, "additionalProperties"), path + "{}");
    default: break;
  }
  CHECK(FindString(schema, {"type"}) == "array");
  CHECK(FindString(schema, {"x-kubernetes-list-type"}) == field.Attribute("list"));
  CHECK(Texts(At(schema, "x-kubernetes-list-map-keys")) == Texts(field.ListKeys()));
  CompareValue(field, At(schema, "items"), path + "[]");
}

void CompareType(const Type& type, const Json& schema, const std::string& path) {
  const Json& properties = At(schema, "properties");
  std::set<std::string> required;
  for (const Field& field : type.fields) {
    const std::string name(field.name);
    const std::string at = path + "." + name;
    if (field.required) required.insert(name);
    if (at != ".metadata") {  // the API server's own, which a schema may not describe
      CompareField(field, At(properties, name.c_str()), at);
    }
  }
  INFO(path);
  CHECK(Texts(At(schema, "required")) == required);
  for (const auto& [name, property] : properties.items()) {
    INFO("kube/schema/types.txt has no " << path << "." << name);
    CHECK(type.FindField(name) != nullptr);
  }
}

void CompareColumns(const kube::ResourceInfo& resource, const Json& version) {
  const Json table = cloudhub::embedded::MakeTable(resource, {}, {}, WallTime());
  Json wanted = Json::array();
  for (const Json& column : table["columnDefinitions"]) {
    if (column["name"] != "Name") wanted.push_back({column["name"], column["type"]});
  }
  Json written = Json::array();
  for (const Json& column : version["additionalPrinterColumns"]) {
    written.push_back({column["name"], column["type"]});
  }
  CHECK(written == wanted);
}

void CompareDefinition(const std::string& plural) {
  const Json definition = Definition(plural);
  const kube::ResourceInfo* resource = kube::FindResource("edge.kubeedge.io", "v1", plural);
  REQUIRE(resource != nullptr);
  const Json& spec = definition["spec"];
  CHECK(definition["metadata"]["name"] == plural + ".edge.kubeedge.io");
  CHECK(spec["scope"] == (resource->namespaced ? "Namespaced" : "Cluster"));
  CHECK(spec["names"] == Json({{"plural", plural},
                               {"singular", resource->singular},
                               {"kind", resource->kind},
                               {"listKind", std::string(resource->kind) + "List"},
                               {"shortNames", resource->short_names}}));
  REQUIRE(spec["versions"].size() == 1);
  const Json& version = spec["versions"][0];
  CHECK(version["name"] == "v1");
  CHECK(version["subresources"].contains("status") ==
        (resource->FindSubresource("status") != nullptr));
  const Type& type = *kube::Schema::Get().FindType(resource->type_name);
  const Json& schema = version["schema"]["openAPIV3Schema"];
  CHECK(FindString(schema, {"description"}) == type.description);
  CompareType(type, schema, "");
  CompareColumns(*resource, version);
}

TEST_CASE("the CRD of EdgeNodes has the fields and columns of the embedded API", "[deploy]") {
  CompareDefinition("edgenodes");
}

TEST_CASE("the CRD of EdgeHubs has the fields and columns of the embedded API", "[deploy]") {
  CompareDefinition("edgehubs");
}

}  // namespace
}  // namespace edge
