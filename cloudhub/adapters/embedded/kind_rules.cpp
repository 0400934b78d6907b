#include "cloudhub/adapters/embedded/kind_rules.h"

#include "kube/references.h"

namespace edge::cloudhub::embedded {
namespace {

void Keep(const Json& existing, Json& object, std::string_view member) {
  const std::string key(member);
  if (existing.contains(key)) {
    object[key] = existing[key];
  } else {
    object.erase(key);
  }
}

/// A status write of a custom resource may touch nothing else at all.
void KeepAllButStatus(const Json& existing, Json& object) {
  Json replaced = existing;
  Keep(object, replaced, "status");
  if (object["metadata"].contains("resourceVersion")) {
    replaced["metadata"]["resourceVersion"] = object["metadata"]["resourceVersion"];
  }
  object = std::move(replaced);
}

}  // namespace

bool IsCore(const kube::ResourceInfo& resource, std::string_view plural) {
  return resource.group.empty() && resource.plural == plural;
}

bool HasStatus(const kube::ResourceInfo& resource) {
  return resource.FindSubresource("status") != nullptr;
}

bool TracksGeneration(const kube::ResourceInfo& resource) {
  return resource.custom || IsCore(resource, "pods") || resource.group == "apps";
}

bool NeedsResourceVersion(const kube::ResourceInfo& resource) {
  return resource.custom || resource.plural == "leases";
}

bool CreatesOnUpdate(const kube::ResourceInfo& resource) {
  return resource.plural == "leases" || IsCore(resource, "events");
}

bool ReturnsDeleted(const kube::ResourceInfo& resource) {
  return IsCore(resource, "pods") || IsCore(resource, "services") ||
         IsCore(resource, "serviceaccounts");
}

void PrepareForCreate(const kube::ResourceInfo& resource, Json& object) {
  Json& metadata = object["metadata"];
  for (const char* member : {"uid", "creationTimestamp", "deletionTimestamp",
                             "deletionGracePeriodSeconds", "selfLink", "managedFields"}) {
    metadata.erase(member);
  }
  // A node brings its first status with it.
  if (HasStatus(resource) && !IsCore(resource, "nodes")) object.erase("status");
  if (IsCore(resource, "namespaces")) {
    object["spec"]["finalizers"] = Json::array({"kubernetes"});
    object["metadata"]["labels"]["kubernetes.io/metadata.name"] =
        FindString(object, {"metadata", "name"});
  }
}

void FinishCreate(const kube::ResourceInfo& resource, Json& object) {
  if (IsCore(resource, "pods")) {
    object["status"]["phase"] = "Pending";
    object["status"]["qosClass"] = kube::QosClass(object);
  }
  if (IsCore(resource, "namespaces")) object["status"] = {{"phase", "Active"}};
  if (TracksGeneration(resource)) object["metadata"]["generation"] = 1;
}

void PrepareForUpdate(const kube::ResourceInfo& resource, std::string_view subresource,
                      const Json& existing, Json& object) {
  if (!object["metadata"].is_object()) object["metadata"] = Json::object();
  if (subresource.empty()) {
    if (HasStatus(resource)) Keep(existing, object, "status");
    if (IsCore(resource, "namespaces")) Keep(existing, object, "spec");
  } else if (resource.custom) {
    KeepAllButStatus(existing, object);
  } else if (subresource == "status") {
    Keep(existing, object, "spec");
    Keep(existing["metadata"], object["metadata"], "ownerReferences");
  } else if (subresource == "finalize") {
    Keep(existing, object, "status");
  }
  for (const char* member : {"name", "namespace", "uid", "creationTimestamp", "generateName",
                             "deletionTimestamp", "deletionGracePeriodSeconds", "generation"}) {
    Keep(existing["metadata"], object["metadata"], member);
  }
  object["metadata"].erase("managedFields");
  object["metadata"].erase("selfLink");
}

bool SpecDiffers(const Json& a, const Json& b) {
  const auto rest = [](Json object) {
    object.erase("metadata");
    object.erase("status");
    return object;
  };
  return rest(a) != rest(b);
}

}  // namespace edge::cloudhub::embedded
