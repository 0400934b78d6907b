#include "cloudhub/adapters/embedded/dependents.h"

#include "cloudhub/adapters/embedded/selection.h"
#include "cloudhub/adapters/embedded/status_answer.h"
#include "common/log.h"

namespace edge::cloudhub::embedded {
namespace {

Json OwnersOf(const Json& object) {
  const Json* owners = Find(object, {"metadata", "ownerReferences"});
  return owners != nullptr ? *owners : Json::array();
}

bool Exists(const ObjectStore& store, const std::string& ns, const Json& owner) {
  const std::string api_version = FindString(owner, {"apiVersion"});
  const std::size_t slash = api_version.find('/');
  const std::string group =
      slash == std::string::npos ? std::string() : api_version.substr(0, slash);
  const kube::ResourceInfo* resource = kube::FindResourceByKind(
      group, slash == std::string::npos ? api_version : api_version.substr(slash + 1),
      FindString(owner, {"kind"}));
  // What kind it is of is not known here, so neither is that it is gone.
  if (resource == nullptr) return true;
  const StoredPtr stored = store.Get(
      {QualifiedResource(*resource), resource->namespaced ? ns : "", FindString(owner, {"name"})});
  return stored != nullptr &&
         FindString(Decode(*resource, *stored), {"metadata", "uid"}) == FindString(owner, {"uid"});
}

}  // namespace

std::vector<StoreKey> FindDependents(const ObjectStore& store, const std::string& uid) {
  std::vector<StoreKey> found;
  for (const kube::ResourceInfo& resource : kube::Resources()) {
    for (const auto& [key, stored] : store.List(QualifiedResource(resource), "", {}, 0)) {
      if (stored->bytes.find(uid) == std::string::npos) continue;
      for (const Json& owner : OwnersOf(Decode(resource, *stored))) {
        if (FindString(owner, {"uid"}) == uid) found.push_back(key);
      }
    }
  }
  return found;
}

bool HasLivingOwner(const ObjectStore& store, const Json& object) {
  const Json owners = OwnersOf(object);
  if (owners.empty()) return true;
  const std::string ns = FindString(object, {"metadata", "namespace"});
  for (const Json& owner : owners) {
    if (Exists(store, ns, owner)) return true;
  }
  return false;
}

void OrphanDependents(ObjectStore& store, const std::string& uid) {
  for (const StoreKey& key : FindDependents(store, uid)) {
    Result<Json> object = ParseJson(store.Get(key)->bytes);
    if (!object.ok()) continue;
    Json kept = Json::array();
    for (const Json& owner : OwnersOf(*object)) {
      if (FindString(owner, {"uid"}) != uid) kept.push_back(owner);
    }
    (*object)["metadata"]["ownerReferences"] = std::move(kept);
    if ((*object)["metadata"]["ownerReferences"].empty()) {
      (*object)["metadata"].erase("ownerReferences");
    }
    if (const Status stored = store.Put(key, *object); !stored.ok()) {
      LogError("cannot orphan an object: " + stored.ToString(), {{"OBJECT", key.name}});
    }
  }
}

}  // namespace edge::cloudhub::embedded
