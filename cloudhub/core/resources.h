#pragma once

#include "cloudhub/ports/kube_api.h"
#include "sync/types.h"

namespace edge::cloudhub {

// The resources that the hub's core speaks of.
inline const Resource kPods{"", "v1", "pods"};
inline const Resource kNodes{"", "v1", "nodes"};
inline const Resource kEvents{"", "v1", "events"};
inline const Resource kConfigMaps{"", "v1", "configmaps"};
inline const Resource kSecrets{"", "v1", "secrets"};
inline const Resource kServiceAccounts{"", "v1", "serviceaccounts"};
inline const Resource kNamespaces{"", "v1", "namespaces"};
inline const Resource kLeases{"coordination.k8s.io", "v1", "leases"};
inline const Resource kEdgeNodes{"edge.kubeedge.io", "v1", "edgenodes"};

/// Where the API keeps what goes down to nodes; null for a kind that is not one of those.
inline const Resource* ResourceOf(sync::Kind kind) {
  switch (kind) {
    case sync::Kind::kPod: return &kPods;
    case sync::Kind::kConfigMap: return &kConfigMaps;
    case sync::Kind::kSecret: return &kSecrets;
    case sync::Kind::kNode: return &kNodes;
    default: return nullptr;
  }
}

}  // namespace edge::cloudhub
