#include <algorithm>
#include <array>

#include "kube/openapi_parts.h"

namespace edge::kube {
namespace {

struct Query {
  const char *name, *type, *description;
};

constexpr Query kDryRun{"dryRun", "string", "All: do everything but store the result."};
constexpr Query kFieldManager{"fieldManager", "string", "Name of who makes the change."};
constexpr Query kFieldValidation{"fieldValidation", "string",
                                 "What happens to unknown fields: Ignore, Warn or Strict."};
constexpr Query kForce{"force", "boolean", "Take over fields of other managers when applying."};
constexpr std::array<Query, 8> kListQueries{
    {{"allowWatchBookmarks", "boolean", "Whether the watch may send bookmarks."},
     {"continue", "string", "Token of the next part of a list."},
     {"fieldSelector", "string", "Selects objects by their fields."},
     {"labelSelector", "string", "Selects objects by their labels."},
     {"limit", "integer", "Largest number of items in one answer."},
     {"resourceVersion", "string", "Version from which to list or watch."},
     {"timeoutSeconds", "integer", "How long a list or watch may take."},
     {"watch", "boolean", "Follow changes instead of listing."}}};
constexpr std::array<Query, 3> kDeleteQueries{
    {kDryRun,
     {"gracePeriodSeconds", "integer", "Seconds until the object is gone; 0: at once."},
     {"propagationPolicy", "string", "What happens to dependents."}}};

constexpr const char* kJsonType = "application/json";

/// Writes the operations of one path in one version of OpenAPI.
class PathWriter {
 public:
  PathWriter(OpenApiVersion version, const ResourceInfo& resource)
      : version_(version), resource_(resource) {}

  Json Collection(bool all_namespaces) const {
    Json path{{"get", Operation("list", "list", kListQueries, ListName())}};
    path["parameters"] = PathParameters(resource_.namespaced && !all_namespaces, false);
    if (all_namespaces) return path;
    if (Serves("create")) path["post"] = Write("post", "create", ObjectName());
    if (Serves("deletecollection")) {
      path["delete"] =
          Operation("deletecollection", "deleteCollection", kDeleteQueries, StatusName());
    }
    return path;
  }

  Json Item() const {
    Json path{{"get", Operation("get", "read", {}, ObjectName())},
              {"put", Write("put", "replace", ObjectName())},
              {"patch", Patch("patch")},
              {"delete", Operation("delete", "delete", kDeleteQueries, StatusName())}};
    path["parameters"] = PathParameters(resource_.namespaced, true);
    return path;
  }

  Json Sub(const SubresourceInfo& sub) const {
    Json path{{"parameters", PathParameters(resource_.namespaced, true)}};
    const auto has = [&](std::string_view verb) {
      return std::find(sub.verbs.begin(), sub.verbs.end(), verb) != sub.verbs.end();
    };
    const std::string suffix(sub.name);
    const std::string body = sub.kind == resource_.kind ? ObjectName()
                             : sub.kind == "Binding"    ? DefinitionName("core.v1.Binding")
                                                        : std::string();
    if (has("get")) path["get"] = Operation("get", "read" + suffix, {}, body);
    if (has("update")) path["put"] = Write("put", "replace" + suffix, body);
    if (has("patch")) path["patch"] = Patch("patch" + suffix);
    if (has("create")) path["post"] = Write("post", "create" + suffix, body);
    return path;
  }

 private:
  bool V3() const { return version_ == OpenApiVersion::kV3; }
  bool Serves(std::string_view verb) const {
    return std::find(resource_.verbs.begin(), resource_.verbs.end(), verb) != resource_.verbs.end();
  }
  std::string ObjectName() const { return DefinitionName(resource_.type_name); }
  std::string ListName() const { return ObjectName() + "List"; }
  static std::string StatusName() { return DefinitionName("apis.meta.v1.Status"); }

  Json Typed(const char* type) const {
    return V3() ? Json{{"schema", {{"type", type}}}} : Json{{"type", type}};
  }

  Json PathParameters(bool with_namespace, bool with_name) const {
    Json parameters = Json::array();
    const auto add = [&](const char* name, const char* description) {
      Json parameter = Typed("string");
      parameter.update(
          {{"name", name}, {"in", "path"}, {"required", true}, {"description", description}});
      parameters.push_back(std::move(parameter));
    };
    if (with_name) add("name", "name of the object");
    if (with_namespace) add("namespace", "namespace of the object");
    return parameters;
  }

  Json QueryParameter(const Query& query) const {
    Json parameter = Typed(query.type);
    parameter.update({{"name", query.name}, {"in", "query"}, {"description", query.description}});
    if (!V3()) parameter["uniqueItems"] = true;
    return parameter;
  }

  Json Operation(const std::string& action, const std::string& id, std::span<const Query> queries,
                 const std::string& result) const {
    Json operation{
        {"description", action + " " + std::string(resource_.kind)},
        {"operationId", id + std::string(resource_.kind) + Suffix()},
        {"parameters", Json::array()},
        {"x-kubernetes-action", action},
        {"x-kubernetes-group-version-kind",
         {{"group", resource_.group}, {"version", resource_.version}, {"kind", resource_.kind}}}};
    for (const Query& query : queries) operation["parameters"].push_back(QueryParameter(query));
    Json answer{{"description", "OK"}};
    if (!result.empty()) {
      const Json schema = DefinitionRef(version_, result);
      if (V3()) {
        answer["content"][kJsonType]["schema"] = schema;
      } else {
        answer["schema"] = schema;
      }
    }
    operation["responses"]["200"] = std::move(answer);
    if (!V3()) operation["produces"] = {kJsonType};
    return operation;
  }

  void AddBody(Json& operation, const Json& schema, const std::vector<const char*>& types) const {
    if (!V3()) {
      operation["consumes"] = types;
      operation["parameters"].push_back(
          {{"in", "body"}, {"name", "body"}, {"required", true}, {"schema", schema}});
      return;
    }
    for (const char* type : types) operation["requestBody"]["content"][type]["schema"] = schema;
    operation["requestBody"]["required"] = true;
  }

  Json Write(const std::string& action, const std::string& id, const std::string& body) const {
    const std::array<Query, 3> queries{kDryRun, kFieldManager, kFieldValidation};
    Json operation = Operation(action, id, queries, body);
    if (!body.empty()) AddBody(operation, DefinitionRef(version_, body), {kJsonType});
    return operation;
  }

  Json Patch(const std::string& id) const {
    const std::array<Query, 4> queries{kDryRun, kFieldManager, kFieldValidation, kForce};
    Json operation = Operation("patch", id, queries, ObjectName());
    std::vector<const char*> types{"application/json-patch+json", "application/merge-patch+json"};
    if (!resource_.custom) types.push_back("application/strategic-merge-patch+json");
    AddBody(operation, {{"type", "object"}}, types);
    return operation;
  }

  std::string Suffix() const {
    return (resource_.group.empty() ? "Core" : std::string(resource_.group)) +
           std::string(resource_.version);
  }

  OpenApiVersion version_;
  const ResourceInfo& resource_;
};

}  // namespace

std::string GroupVersionPath(const ResourceInfo& resource) {
  const std::string version(resource.version);
  return resource.group.empty() ? "/api/" + version
                                : "/apis/" + std::string(resource.group) + "/" + version;
}

Json ResourcePaths(OpenApiVersion version, const ResourceInfo& resource) {
  const PathWriter writer(version, resource);
  const std::string base = GroupVersionPath(resource);
  const std::string plural = "/" + std::string(resource.plural);
  const std::string collection =
      base + (resource.namespaced ? "/namespaces/{namespace}" : "") + plural;
  Json paths = Json::object();
  if (resource.namespaced) paths[base + plural] = writer.Collection(true);
  paths[collection] = writer.Collection(false);
  paths[collection + "/{name}"] = writer.Item();
  for (const SubresourceInfo& sub : resource.subresources) {
    paths[collection + "/{name}/" + std::string(sub.name)] = writer.Sub(sub);
  }
  return paths;
}

}  // namespace edge::kube
