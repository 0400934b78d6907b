#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cloudhub/ports/kube_api.h"

namespace edge::cloudhub {

inline constexpr std::string_view kSystemNamespace = "edge-system";
inline constexpr std::string_view kLinkConfigMap = "edge-link";

/// What a join token must tell a terminal about the link: public, and published by the hub in the
/// ConfigMap edge-system/edge-link so that `cloudhub token create` finds it.
struct LinkInfo {
  std::string cluster_name;
  std::string ca_certificate_pem;        ///< the MQTT CA
  std::vector<std::string> enrol_urls;   ///< "tls://host:port"
  std::vector<std::string> broker_urls;  ///< for nodes whose EdgeNode names no broker
};

Json LinkInfoToConfigMap(const LinkInfo& info);
/// Errors: kFailedPrecondition naming the ConfigMap and what it lacks.
Result<LinkInfo> LinkInfoFromConfigMap(const Json& config_map);

/// Makes namespace and ConfigMap, or brings the ConfigMap up to date. `done` gets the API's error:
/// try again later. `api` must outlive the call. Thread rule: the loop thread.
void PublishLinkInfo(KubeApi& api, const LinkInfo& info, std::function<void(Status)> done);

}  // namespace edge::cloudhub
