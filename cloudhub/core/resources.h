#pragma once

#include "cloudhub/ports/kube_api.h"

namespace edge::cloudhub {

// The resources that the hub's core speaks of.
inline const Resource kPods{"", "v1", "pods"};
inline const Resource kNodes{"", "v1", "nodes"};
inline const Resource kEvents{"", "v1", "events"};
inline const Resource kConfigMaps{"", "v1", "configmaps"};
inline const Resource kSecrets{"", "v1", "secrets"};
inline const Resource kNamespaces{"", "v1", "namespaces"};
inline const Resource kLeases{"coordination.k8s.io", "v1", "leases"};
inline const Resource kEdgeNodes{"edge.kubeedge.io", "v1", "edgenodes"};

}  // namespace edge::cloudhub
