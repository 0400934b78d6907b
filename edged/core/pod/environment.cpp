#include "edged/core/pod/environment.h"

#include "common/bytes.h"
#include "edged/core/pod/expansion.h"
#include "edged/core/pod/field_value.h"

namespace edge::edged {
namespace {

using Variables = std::map<std::string, std::string>;

std::string_view KindName(ObjectRef::Kind kind) {
  return kind == ObjectRef::Kind::kConfigMap ? "ConfigMap" : "Secret";
}

Status AddEntries(const Json& object, const char* member, bool base64, Variables* entries) {
  const Json* data = Find(object, {member});
  if (data == nullptr || data->is_null()) return Status::Ok();
  if (!data->is_object()) return InvalidArgument(std::string(member) + " is no map");
  for (const auto& [key, value] : data->items()) {
    if (!value.is_string()) return InvalidArgument("key " + key + " is no string");
    if (!base64) {
      (*entries)[key] = value.get<std::string>();
      continue;
    }
    Result<std::string> bytes = Base64Decode(value.get<std::string>());
    if (!bytes.ok()) return bytes.status().WithContext("key " + key);
    (*entries)[key] = std::move(*bytes);
  }
  return Status::Ok();
}

Status AddEnvFrom(const Container& container, const HeldObjects& objects, Variables* variables) {
  for (const EnvFrom& from : container.env_from) {
    EDGE_ASSIGN_OR_RETURN(const Json* const object, FindObject(objects, from.object));
    if (object == nullptr) continue;
    EDGE_ASSIGN_OR_RETURN(const Variables entries, ObjectEntries(from.object.kind, *object, false));
    for (const auto& [key, value] : entries) (*variables)[from.prefix + key] = value;
  }
  return Status::Ok();
}

// nullopt: an optional reference to what is not there leaves the variable out.
Result<std::optional<std::string>> KeyValue(const Pod& pod, const ObjectRef& ref,
                                            const HeldObjects& objects) {
  EDGE_ASSIGN_OR_RETURN(const Json* const object, FindObject(objects, ref));
  if (object == nullptr) return std::optional<std::string>();
  EDGE_ASSIGN_OR_RETURN(const Variables entries, ObjectEntries(ref.kind, *object, false));
  const auto found = entries.find(ref.key);
  if (found != entries.end()) return std::optional<std::string>(found->second);
  if (ref.optional) return std::optional<std::string>();
  return NotFound("couldn't find key " + ref.key + " in " + std::string(KindName(ref.kind)) + " " +
                      pod.ns + "/" + ref.name,
                  "add the key or mark the reference optional");
}

}  // namespace

Result<const Json*> FindObject(const HeldObjects& objects, const ObjectRef& ref) {
  const bool map = ref.kind == ObjectRef::Kind::kConfigMap;
  const auto& held = map ? objects.config_maps : objects.secrets;
  const auto found = held.find(ref.name);
  if (found != held.end() && found->second != nullptr) return found->second.get();
  if (ref.optional) return static_cast<const Json*>(nullptr);
  return NotFound(std::string(map ? "configmap" : "secret") + " \"" + ref.name + "\" not found",
                  "create it, or mark the reference optional");
}

Result<Variables> ObjectEntries(ObjectRef::Kind kind, const Json& object, bool binary) {
  Variables entries;
  const bool secret = kind == ObjectRef::Kind::kSecret;
  EDGE_RETURN_IF_ERROR(AddEntries(object, "data", secret, &entries));
  if (binary && !secret) EDGE_RETURN_IF_ERROR(AddEntries(object, "binaryData", true, &entries));
  return entries;
}

Result<Variables> BuildEnvironment(const Pod& pod, const Container& container,
                                   const HeldObjects& objects, const NodeContext& node,
                                   const std::vector<std::string>& pod_ips) {
  Variables variables;
  EDGE_RETURN_IF_ERROR(AddEnvFrom(container, objects, &variables));
  for (const EnvVar& env : container.env) {
    std::string value = Expand(env.value, variables);
    if (!env.value.empty()) {
      // A value wins over a source, as the API allows only one of them.
    } else if (env.field) {
      EDGE_ASSIGN_OR_RETURN(value, FieldValue(pod, *env.field, node, pod_ips));
    } else if (env.resource) {
      EDGE_ASSIGN_OR_RETURN(value, ResourceValue(pod, *env.resource, container.name, node));
    } else if (env.object) {
      EDGE_ASSIGN_OR_RETURN(const std::optional<std::string> held,
                            KeyValue(pod, *env.object, objects));
      if (!held) continue;
      value = *held;
    }
    variables[env.name] = std::move(value);
  }
  return variables;
}

}  // namespace edge::edged
