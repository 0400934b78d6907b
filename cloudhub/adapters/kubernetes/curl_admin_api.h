#pragma once

#include <memory>
#include <string>

#include "cloudhub/ports/admin_api.h"

namespace edge::cloudhub {

/// AdminApi over HTTPS with libcurl, as the kubeconfig says; an AdminApiFactory. Nothing is sent
/// yet. Errors: as LoadKubeconfig.
Result<std::unique_ptr<AdminApi>> OpenKubeconfig(const std::string& kubeconfig_path);

}  // namespace edge::cloudhub
