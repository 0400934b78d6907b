#pragma once

#include <string>
#include <vector>

#include "cloudhub/adapters/embedded/object_store.h"

namespace edge::cloudhub::embedded {

/// Places of the objects that name `uid` as an owner.
std::vector<StoreKey> FindDependents(const ObjectStore& store, const std::string& uid);

/// Whether any owner that the object names still exists. True for an object without owners.
bool HasLivingOwner(const ObjectStore& store, const Json& object);

/// Removes the reference to `uid` from every object that has one, so that none is collected.
void OrphanDependents(ObjectStore& store, const std::string& uid);

}  // namespace edge::cloudhub::embedded
