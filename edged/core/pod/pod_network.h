#pragma once

#include <string>
#include <vector>

#include "edged/core/pod/inputs.h"
#include "edged/core/pod/pod_spec.h"

namespace edge::edged {

/// The name inside: spec.hostname or the pod's name, cut to 63 characters; with
/// setHostnameAsFQDN the full name. Error: kInvalidArgument where that is longer than 64.
Result<std::string> PodHostname(const Pod& pod, const NodeContext& node);

/// Whether its dnsPolicy asks for the cluster's DNS.
bool WantsClusterDns(const Pod& pod);

/// resolv.conf by dnsPolicy and dnsConfig. ClusterFirst on a node without cluster DNS is the
/// node's.
DnsConfig PodDns(const Pod& pod, const NodeContext& node);

/// The managed /etc/hosts; nullopt with hostNetwork, where the node's own is used.
std::optional<std::string> PodHosts(const Pod& pod, const NodeContext& node,
                                    const std::vector<std::string>& pod_ips);

NamespaceOptions PodNamespaces(const Pod& pod);
/// supplementalGroups and fsGroup.
std::vector<std::int64_t> PodGroups(const Pod& pod);

}  // namespace edge::edged
