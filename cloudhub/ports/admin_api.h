#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cloudhub/ports/kube_api.h"

namespace edge::cloudhub {

/// "The Kubernetes API" as an operator's command sees it: one call after another, each with a
/// deadline. Errors carry the codes that KubeApi documents, and the API's own message.
///
/// Thread rule: one thread; calls block, for 15 s at most.
class AdminApi {
 public:
  virtual ~AdminApi() = default;
  virtual Result<Json> Get(const Resource& resource, const std::string& ns,
                           const std::string& name) = 0;
  /// The list object, items under "items".
  virtual Result<Json> List(const Resource& resource, const std::string& ns) = 0;
  virtual Result<Json> Create(const Resource& resource, const std::string& ns,
                              const Json& object) = 0;
  virtual Status Delete(const Resource& resource, const std::string& ns,
                        const std::string& name) = 0;
};

/// Opens the API that a kubeconfig names. Adapters provide one; main.cpp passes it on.
using AdminApiFactory =
    std::function<Result<std::unique_ptr<AdminApi>>(const std::string& kubeconfig_path)>;

}  // namespace edge::cloudhub
