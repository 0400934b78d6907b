#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/json.h"
#include "edged/ports/volumes.h"
#include "kube/references.h"

namespace edge::edged {

/// What there is of a token of the pod's ServiceAccount.
struct TokenState {
  std::string token;  ///< empty: none yet. One that has expired is better than none
  std::string why;    ///< why there is none; empty while it is on its way
};

/// The ConfigMaps and Secrets of one namespace that a pod may refer to, by name, as the store holds
/// them (the API's JSON; a Secret's data still in base64), and the pod's own tokens.
struct HeldObjects {
  std::map<std::string, std::shared_ptr<const Json>> config_maps, secrets;
  std::map<kube::TokenSource, TokenState> tokens;
};

/// What a pod learns about the node that it runs on.
struct NodeContext {
  std::string node_name;
  std::vector<std::string> host_ips;     ///< the terminal's own
  std::vector<std::string> dns_servers;  ///< the node's resolv.conf
  std::vector<std::string> dns_searches, dns_options;
  std::string cluster_domain = "cluster.local";
  std::vector<std::string> cluster_dns;            ///< empty: ClusterFirst falls back to the node's
  std::string cgroup_parent = "/edged";            ///< pods get a child of it
  std::map<std::string, std::string> labels;       ///< those that the node gives itself
  std::map<std::string, std::string> allocatable;  ///< quantities; empty while not known
  std::vector<std::string> allowed_sysctls;        ///< as AdmissionNode has them
  std::uint64_t memory_bytes = 0;                  ///< capacity, for oom_score_adj
  bool cfs_quota = true;
  PodLayout layout;
};

}  // namespace edge::edged
