#include "kube/default_hooks.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/bytes.h"

namespace edge::kube {
namespace {

void DefaultSecret(Json& secret) {
  const auto text = secret.find("stringData");
  if (text == secret.end()) return;
  const Json plain = std::move(*text);
  secret.erase("stringData");
  for (const auto& [key, value] : plain.items()) {
    if (value.is_string()) secret["data"][key] = Base64Encode(value.get_ref<const std::string&>());
  }
}

void DefaultNamespace(Json& space) {
  const std::string name = FindString(space, {"metadata", "name"});
  if (!name.empty()) space["metadata"]["labels"]["kubernetes.io/metadata.name"] = name;
}

void DefaultNodeStatus(Json& status) {
  if (const auto capacity = status.find("capacity"); capacity != status.end()) {
    SetIfMissing(status, "allocatable", Json(*capacity));
  }
}

void DefaultServicePort(Json& port) {
  const Json target = port.value("targetPort", Json(0));
  if (target == 0 || target == "") port["targetPort"] = port.value("port", Json(0));
}

/// ClusterIPs and families as the server's allocator leaves them on an IPv4 cluster.
void DefaultServiceAddresses(Json& spec) {
  const std::string ip = FindString(spec, {"clusterIP"});
  if (!ip.empty()) SetIfMissing(spec, "clusterIPs", Json::array({ip}));
  const Json* ips = Find(spec, {"clusterIPs"});
  if (ip.empty() && ips != nullptr && ips->is_array() && !ips->empty()) {
    spec["clusterIP"] = ips->front();
  }
  const bool ipv6 = ip.find(':') != std::string::npos;
  SetIfMissing(spec, "ipFamilies", Json::array({ipv6 ? "IPv6" : "IPv4"}));
  SetIfMissing(spec, "ipFamilyPolicy", "SingleStack");
}

void DefaultServiceSpec(Json& spec) {
  const std::string type = FindString(spec, {"type"});
  if (FindString(spec, {"sessionAffinity"}) == "ClientIP") {
    Json& seconds = spec["sessionAffinityConfig"]["clientIP"];
    if (seconds.is_null()) seconds = Json::object();
    SetIfMissing(seconds, "timeoutSeconds", 10800);
  }
  if (type == "ExternalName") return;
  DefaultServiceAddresses(spec);
  SetIfMissing(spec, "internalTrafficPolicy", "Cluster");
  if (type == "NodePort" || type == "LoadBalancer") {
    SetIfMissing(spec, "externalTrafficPolicy", "Cluster");
  }
  if (type == "LoadBalancer") SetIfMissing(spec, "allocateLoadBalancerNodePorts", true);
}

constexpr std::array<std::pair<std::string_view, DefaultHook>, 5> kHooks{{
    {"core.v1.Namespace", DefaultNamespace},
    {"core.v1.NodeStatus", DefaultNodeStatus},
    {"core.v1.Secret", DefaultSecret},
    {"core.v1.ServicePort", DefaultServicePort},
    {"core.v1.ServiceSpec", DefaultServiceSpec},
}};

}  // namespace

void SetIfMissing(Json& object, const char* name, Json value) {
  if (!object.contains(name)) object[name] = std::move(value);
}

DefaultHook FindDefaultHook(std::string_view type_name) {
  const auto found = std::find_if(kHooks.begin(), kHooks.end(),
                                  [&](const auto& hook) { return hook.first == type_name; });
  return found != kHooks.end() ? found->second : FindPodDefaultHook(type_name);
}

}  // namespace edge::kube
