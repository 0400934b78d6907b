#include "edged/core/pod/pod_network.h"

#include <algorithm>

namespace edge::edged {
namespace {

constexpr std::size_t kMaxLabel = 63, kMaxHostname = 64;

std::string ShortName(const Pod& pod) {
  std::string name = (pod.hostname.empty() ? pod.name : pod.hostname).substr(0, kMaxLabel);
  while (!name.empty() && (name.back() == '-' || name.back() == '.')) name.pop_back();
  return name;
}

std::string Domain(const Pod& pod, const NodeContext& node) {
  if (pod.subdomain.empty()) return {};
  return pod.subdomain + "." + pod.ns + ".svc." + node.cluster_domain;
}

void AddNew(const std::vector<std::string>& more, std::vector<std::string>* list) {
  for (const std::string& item : more) {
    if (std::find(list->begin(), list->end(), item) == list->end()) list->push_back(item);
  }
}

// An option of the pod replaces one of the same name.
void MergeOptions(const std::vector<std::string>& more, std::vector<std::string>* options) {
  for (const std::string& option : more) {
    const std::string name = option.substr(0, option.find(':'));
    std::erase_if(*options,
                  [&](const std::string& held) { return held.substr(0, held.find(':')) == name; });
    options->push_back(option);
  }
}

DnsConfig ClusterDns(const Pod& pod, const NodeContext& node) {
  DnsConfig dns;
  dns.servers = node.cluster_dns;
  dns.searches = {pod.ns + ".svc." + node.cluster_domain, "svc." + node.cluster_domain,
                  node.cluster_domain};
  AddNew(node.dns_searches, &dns.searches);
  dns.options = {"ndots:5"};
  return dns;
}

}  // namespace

Result<std::string> PodHostname(const Pod& pod, const NodeContext& node) {
  const std::string name = ShortName(pod);
  const std::string domain = Domain(pod, node);
  if (!pod.set_hostname_as_fqdn || domain.empty()) return name;
  const std::string full = name + "." + domain;
  if (full.size() > kMaxHostname) {
    return InvalidArgument("setHostnameAsFQDN: \"" + full + "\" is longer than 64 characters",
                           "shorten the pod's hostname or subdomain");
  }
  return full;
}

bool WantsClusterDns(const Pod& pod) {
  return (pod.dns_policy == "ClusterFirst" && !pod.host_network) ||
         pod.dns_policy == "ClusterFirstWithHostNet";
}

DnsConfig PodDns(const Pod& pod, const NodeContext& node) {
  DnsConfig dns;
  if (WantsClusterDns(pod) && !node.cluster_dns.empty()) {
    dns = ClusterDns(pod, node);
  } else if (pod.dns_policy != "None") {
    dns = {node.dns_servers, node.dns_searches, node.dns_options};
  }
  AddNew(pod.dns.servers, &dns.servers);
  AddNew(pod.dns.searches, &dns.searches);
  MergeOptions(pod.dns.options, &dns.options);
  return dns;
}

std::optional<std::string> PodHosts(const Pod& pod, const NodeContext& node,
                                    const std::vector<std::string>& pod_ips) {
  if (pod.host_network) return std::nullopt;
  std::string hosts =
      "# Kubernetes-managed hosts file.\n"
      "127.0.0.1\tlocalhost\n"
      "::1\tlocalhost ip6-localhost ip6-loopback\n"
      "fe00::0\tip6-localnet\n"
      "fe00::0\tip6-mcastprefix\n"
      "fe00::1\tip6-allnodes\n"
      "fe00::2\tip6-allrouters\n";
  const std::string name = ShortName(pod);
  const std::string domain = Domain(pod, node);
  for (const std::string& ip : pod_ips) {
    hosts += ip + "\t" + (domain.empty() ? "" : name + "." + domain + "\t") + name + "\n";
  }
  if (!pod.host_aliases.empty()) hosts += "\n# Entries added by HostAliases.\n";
  for (const HostAlias& alias : pod.host_aliases) {
    hosts += alias.ip;
    for (const std::string& alias_name : alias.names) hosts += "\t" + alias_name;
    hosts += "\n";
  }
  return hosts;
}

}  // namespace edge::edged
