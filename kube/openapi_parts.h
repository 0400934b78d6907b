#pragma once

#include <set>
#include <string>
#include <string_view>

#include "common/json.h"
#include "kube/resources.h"
#include "kube/schema.h"

// The two halves of an OpenAPI document: definitions of types, and paths.
namespace edge::kube {

enum class OpenApiVersion { kV2, kV3 };

/// "io.k8s.api.core.v1.Pod" for "core.v1.Pod".
std::string DefinitionName(std::string_view type_name);

/// {"$ref": "#/definitions/..."} or its v3 form.
Json DefinitionRef(OpenApiVersion version, std::string_view definition_name);

/// Definitions of the resources' kinds and lists and of all that they are made of.
Json Definitions(OpenApiVersion version, const std::vector<const ResourceInfo*>& resources);

/// All paths of one resource and its subresources.
Json ResourcePaths(OpenApiVersion version, const ResourceInfo& resource);

/// "/api/v1" or "/apis/<group>/<version>".
std::string GroupVersionPath(const ResourceInfo& resource);

}  // namespace edge::kube
