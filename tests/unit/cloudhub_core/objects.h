#pragma once

#include <string>

#include "common/json.h"
#include "sync/types.h"

// The objects that the hub core's tests speak of.
namespace edge::cloudhub {

inline Json MakeEdgeNode(const std::string& name, const std::string& cluster = "retail") {
  return {{"apiVersion", "edge.kubeedge.io/v1"},
          {"kind", "EdgeNode"},
          {"metadata", {{"name", name}, {"generation", 1}}},
          {"spec",
           {{"clusterName", cluster},
            {"connection", {{"mode", "MQTT"}, {"brokerURL", "tls://mqtt.edge:8883"}}}}}};
}

inline Json MakePod(const std::string& name, const std::string& node,
                    const std::string& config_map = "") {
  Json pod = {
      {"apiVersion", "v1"},
      {"kind", "Pod"},
      {"metadata", {{"name", name}, {"namespace", "shop"}, {"uid", "uid-of-" + name}}},
      {"spec", {{"nodeName", node}, {"containers", {{{"name", "app"}, {"image", "a:1"}}}}}}};
  if (!config_map.empty()) {
    pod["spec"]["volumes"] = {{{"name", "config"}, {"configMap", {{"name", config_map}}}}};
  }
  return pod;
}

inline Json MakeConfigMap(const std::string& name, const std::string& value) {
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata", {{"name", name}, {"namespace", "shop"}, {"uid", "uid-of-" + name}}},
          {"data", {{"key", value}}}};
}

inline Json MakeNode(const std::string& name, const std::string& provider) {
  return {{"apiVersion", "v1"},
          {"kind", "Node"},
          {"metadata", {{"name", name}, {"uid", "uid-of-" + name + "-by-" + provider}}},
          {"spec", {{"providerID", provider}}}};
}

inline const sync::ObjectKey kPriceKey{sync::Kind::kConfigMap, "shop", "prices"};

}  // namespace edge::cloudhub
