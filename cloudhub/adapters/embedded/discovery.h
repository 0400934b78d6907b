#pragma once

#include <string>
#include <string_view>

#include "common/json.h"

namespace edge::cloudhub::embedded {

// What the API says about itself. Pure; built from the table of kinds.

/// "v1.36.0+edge.<product version>".
inline constexpr std::string_view kKubernetesVersion = "v1.36.0+edge.0.1.0";

Json VersionInfo();
/// GET /api: metav1.APIVersions.
Json CoreVersions();
/// GET /apis: metav1.APIGroupList.
Json GroupList();
/// GET /apis/<group>; null where there is no such group.
Json GroupOf(std::string_view group);
/// GET /api/v1 or /apis/<group>/<version>: metav1.APIResourceList; null where there is none.
Json ResourceList(std::string_view group, std::string_view version);
/// apidiscovery.k8s.io APIGroupDiscoveryList of /api (`core`) or /apis, in `version` v2 or v2beta1.
Json AggregatedDiscovery(bool core, const std::string& version);

}  // namespace edge::cloudhub::embedded
