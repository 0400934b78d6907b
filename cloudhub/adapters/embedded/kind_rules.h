#pragma once

#include <string_view>

#include "common/json.h"
#include "kube/resources.h"

namespace edge::cloudhub::embedded {

// What the API server's per-kind strategies do around creates and updates.

bool IsCore(const kube::ResourceInfo& resource, std::string_view plural);
bool HasStatus(const kube::ResourceInfo& resource);
/// Whether metadata.generation counts the changes of the object's spec.
bool TracksGeneration(const kube::ResourceInfo& resource);
/// Whether an update must carry a resourceVersion.
bool NeedsResourceVersion(const kube::ResourceInfo& resource);
/// Whether a PUT to a free name creates.
bool CreatesOnUpdate(const kube::ResourceInfo& resource);
/// Whether a deletion is answered with the object rather than with a Status.
bool ReturnsDeleted(const kube::ResourceInfo& resource);

/// Puts what only the server may say in place of what a client said.
void PrepareForCreate(const kube::ResourceInfo& resource, Json& object);
/// After defaulting: the status that the kind begins with.
void FinishCreate(const kube::ResourceInfo& resource, Json& object);
/// A write of the main resource keeps the status; one of a subresource keeps the rest.
void PrepareForUpdate(const kube::ResourceInfo& resource, std::string_view subresource,
                      const Json& existing, Json& object);

/// Whether anything but metadata and status differs.
bool SpecDiffers(const Json& a, const Json& b);

}  // namespace edge::cloudhub::embedded
