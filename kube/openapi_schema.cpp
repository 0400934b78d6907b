#include <array>
#include <utility>

#include "kube/openapi_parts.h"
#include "kube/text.h"

namespace edge::kube {
namespace {

constexpr std::string_view kTime = "apis.meta.v1.Time";
constexpr std::string_view kMicroTime = "apis.meta.v1.MicroTime";
constexpr std::string_view kQuantity = "api.resource.Quantity";
constexpr std::string_view kIntOrString = "util.intstr.IntOrString";
constexpr std::string_view kFieldsV1 = "apis.meta.v1.FieldsV1";

class SchemaWriter {
 public:
  explicit SchemaWriter(OpenApiVersion version) : version_(version) {}

  Json TypeSchema(const Type& type) const {
    Json schema{{"type", "object"}};
    if (!type.description.empty()) schema["description"] = type.description;
    if (type.Has("map=atomic")) schema["x-kubernetes-map-type"] = "atomic";
    Json required = Json::array();
    for (const Field& field : type.fields) {
      schema["properties"][std::string(field.name)] = FieldSchema(field);
      if (field.required) required.push_back(field.name);
    }
    if (!required.empty()) schema["required"] = std::move(required);
    return schema;
  }

  /// Definitions of what is simple in JSON but has a name in the API.
  Json SimpleDefinitions() const {
    const bool v3 = version_ == OpenApiVersion::kV3;
    Json time{{"type", "string"}, {"format", "date-time"}};
    Json quantity{{"type", "string"}};
    Json int_or_string{{"type", "string"}, {"format", "int-or-string"}};
    if (v3) {
      quantity = {{"oneOf", {{{"type", "string"}}, {{"type", "number"}}}}};
      int_or_string = {{"format", "int-or-string"},
                       {"oneOf", {{{"type", "integer"}}, {{"type", "string"}}}}};
    }
    quantity["description"] = "A number with a suffix, such as 100m or 1.5Gi.";
    int_or_string["description"] = "A number, or a name or percentage.";
    return {{DefinitionName(kTime), time},
            {DefinitionName(kMicroTime), time},
            {DefinitionName(kQuantity), quantity},
            {DefinitionName(kIntOrString), int_or_string},
            {DefinitionName(kFieldsV1), {{"type", "object"}}}};
  }

 private:
  Json FieldSchema(const Field& field) const {
    Json schema = Contained(field, field.container);
    if (!field.description.empty()) schema["description"] = field.description;
    if (const auto text = field.Attribute("default"); !text.empty()) {
      schema["default"] = Json::parse(text, nullptr, false);
    }
    static constexpr std::array<std::pair<std::string_view, const char*>, 4> kExtensions{
        {{"list", "x-kubernetes-list-type"},
         {"map", "x-kubernetes-map-type"},
         {"mergeKey", "x-kubernetes-patch-merge-key"},
         {"patch", "x-kubernetes-patch-strategy"}}};
    for (const auto& [key, extension] : kExtensions) {
      if (const auto value = field.Attribute(key); !value.empty()) schema[extension] = value;
    }
    if (const auto keys = field.ListKeys(); !keys.empty()) {
      schema["x-kubernetes-list-map-keys"] = keys;
    }
    const auto known = field.Enum();
    if (!known.empty() && version_ == OpenApiVersion::kV3) schema["enum"] = known;
    return schema;
  }

  Json Contained(const Field& field, Container container) const {
    switch (container) {
      case Container::kNone: return Single(field);
      case Container::kList: return {{"type", "array"}, {"items", Single(field)}};
      case Container::kMap: return {{"type", "object"}, {"additionalProperties", Single(field)}};
      case Container::kMapOfLists:
        return {{"type", "object"},
                {"additionalProperties", {{"type", "array"}, {"items", Single(field)}}}};
    }
    return Json::object();
  }

  Json Single(const Field& field) const {
    switch (field.shape) {
      case Shape::kString: return {{"type", "string"}};
      case Shape::kBytes: return {{"type", "string"}, {"format", "byte"}};
      case Shape::kInt32: return {{"type", "integer"}, {"format", "int32"}};
      case Shape::kInt64: return {{"type", "integer"}, {"format", "int64"}};
      case Shape::kBoolean: return {{"type", "boolean"}};
      case Shape::kObject: return Ref(field.type->name);
      case Shape::kTime: return Ref(kTime);
      case Shape::kMicroTime: return Ref(kMicroTime);
      case Shape::kQuantity: return Ref(kQuantity);
      case Shape::kIntOrString: return Ref(kIntOrString);
      case Shape::kAnyObject: return Ref(kFieldsV1);
    }
    return Json::object();
  }

  Json Ref(std::string_view type_name) const {
    Json ref = DefinitionRef(version_, DefinitionName(type_name));
    // Beside a $ref, version 3 ignores all else, such as the description.
    return version_ == OpenApiVersion::kV3 ? Json{{"allOf", Json::array({ref})}} : ref;
  }

  OpenApiVersion version_;
};

void Collect(const Type& type, std::set<const Type*>& reached) {
  if (!reached.insert(&type).second) return;
  for (const Field& field : type.fields) {
    if (field.type != nullptr) Collect(*field.type, reached);
  }
}

Json Gvk(const ResourceInfo& resource, const std::string& kind) {
  return Json::array({{{"group", resource.group}, {"version", resource.version}, {"kind", kind}}});
}

Json ListSchema(OpenApiVersion version, const ResourceInfo& resource) {
  const Json item = DefinitionRef(version, DefinitionName(resource.type_name));
  const Json meta = DefinitionRef(version, DefinitionName("apis.meta.v1.ListMeta"));
  const std::string kind = std::string(resource.kind) + "List";
  return {{"type", "object"},
          {"description", kind + " is a list of " + std::string(resource.kind) + "."},
          {"required", {"items"}},
          {"properties",
           {{"apiVersion", {{"type", "string"}}},
            {"kind", {{"type", "string"}}},
            {"items", {{"type", "array"}, {"items", item}}},
            {"metadata", meta}}},
          {"x-kubernetes-group-version-kind", Gvk(resource, kind)}};
}

}  // namespace

std::string DefinitionName(std::string_view type_name) {
  const std::string name(type_name);
  for (const std::string_view prefix : {"apis.", "api.", "util."}) {
    if (type_name.substr(0, prefix.size()) == prefix) return "io.k8s.apimachinery.pkg." + name;
  }
  return (type_name.substr(0, 5) == "edge." ? "io.kubeedge." : "io.k8s.api.") + name;
}

Json DefinitionRef(OpenApiVersion version, std::string_view definition_name) {
  const char* base = version == OpenApiVersion::kV3 ? "#/components/schemas/" : "#/definitions/";
  return {{"$ref", base + std::string(definition_name)}};
}

Json Definitions(OpenApiVersion version, const std::vector<const ResourceInfo*>& resources) {
  const Schema& schema = Schema::Get();
  std::set<const Type*> reached;
  for (const char* name :
       {"apis.meta.v1.DeleteOptions", "apis.meta.v1.Status", "core.v1.Binding"}) {
    if (const Type* type = schema.FindType(name)) Collect(*type, reached);
  }
  for (const ResourceInfo* resource : resources) {
    if (const Type* type = schema.FindType(resource->type_name)) Collect(*type, reached);
  }
  const SchemaWriter writer(version);
  Json definitions = writer.SimpleDefinitions();
  for (const Type* type : reached) {
    definitions[DefinitionName(type->name)] = writer.TypeSchema(*type);
  }
  for (const ResourceInfo* resource : resources) {
    const std::string name = DefinitionName(resource->type_name);
    definitions[name]["x-kubernetes-group-version-kind"] =
        Gvk(*resource, std::string(resource->kind));
    definitions[name + "List"] = ListSchema(version, *resource);
  }
  return definitions;
}

}  // namespace edge::kube
