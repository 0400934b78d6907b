#include "edged/core/pod/admission.h"

#include <algorithm>
#include <array>

#include "kube/node_selector.h"
#include "kube/references.h"

namespace edge::edged {
namespace {

// What kubelet 1.36 allows anywhere: each stays within the pod's own namespaces.
constexpr std::array<std::string_view, 12> kSafeSysctls = {"kernel.shm_rmid_forced",
                                                           "net.ipv4.ip_local_port_range",
                                                           "net.ipv4.tcp_syncookies",
                                                           "net.ipv4.ping_group_range",
                                                           "net.ipv4.ip_unprivileged_port_start",
                                                           "net.ipv4.ip_local_reserved_ports",
                                                           "net.ipv4.tcp_keepalive_time",
                                                           "net.ipv4.tcp_fin_timeout",
                                                           "net.ipv4.tcp_keepalive_intvl",
                                                           "net.ipv4.tcp_keepalive_probes",
                                                           "net.ipv4.tcp_rmem",
                                                           "net.ipv4.tcp_wmem"};

// "net/ipv4/a.b" is how sysctl(8) writes names of which a part has a dot.
std::string WithDots(std::string name) {
  const std::size_t first = name.find_first_of("./");
  if (first == std::string::npos || name[first] == '.') return name;
  for (char& c : name) c = c == '/' ? '.' : c == '.' ? '/' : c;
  return name;
}

bool IsAllowed(const std::string& name, const std::vector<std::string>& allowed) {
  if (std::find(kSafeSysctls.begin(), kSafeSysctls.end(), name) != kSafeSysctls.end()) return true;
  return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& pattern) {
    if (!pattern.ends_with('*')) return WithDots(pattern) == name;
    return name.starts_with(WithDots(pattern.substr(0, pattern.size() - 1)));
  });
}

std::optional<Rejection> WhySysctls(const Pod& pod, const AdmissionNode& node) {
  const auto forbidden = [](const std::string& name, const char* why) {
    return Rejection{"SysctlForbidden", "forbidden sysctl: \"" + name + "\" " + why};
  };
  for (const auto& [written, value] : pod.sysctls) {
    const std::string name = WithDots(written);
    if (!IsAllowed(name, node.allowed_sysctls)) return forbidden(written, "not allowlisted");
    if (pod.host_network && name.starts_with("net.")) {
      return forbidden(written, "not allowed with host net enabled");
    }
    if (pod.host_ipc && !name.starts_with("net.")) {
      return forbidden(written, "not allowed with host ipc enabled");
    }
  }
  return std::nullopt;
}

std::optional<Rejection> WhyOs(const Pod& pod) {
  const std::string os = FindString(pod.json, {"spec", "os", "name"});
  if (os.empty() || os == "linux") return std::nullopt;
  return Rejection{"PodOSNotSupported",
                   "Failed to admit pod as the OS field doesn't match node OS"};
}

// As kubelet counts them in messages: CPU in thousandths.
std::int64_t Count(const std::string& resource, const kube::Quantity& amount) {
  return resource == "cpu" ? amount.MilliValue() : amount.Value();
}

Rejection OutOf(const std::string& resource, std::int64_t requested, std::int64_t used,
                std::int64_t capacity) {
  return {"OutOf" + resource, "Node didn't have enough resource: " + resource + ", requested: " +
                                  std::to_string(requested) + ", used: " + std::to_string(used) +
                                  ", capacity: " + std::to_string(capacity)};
}

// kubelet's order: what is counted first is named where several lack.
std::vector<std::string> InOrder(const kube::ResourceList& requests) {
  std::vector<std::string> names = {"cpu", "memory", "ephemeral-storage"};
  for (const auto& [name, amount] : requests) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

std::optional<Rejection> WhyResources(const Pod& pod, const AdmissionNode& node,
                                      const std::vector<const Pod*>& admitted) {
  const auto room = [&](const std::string& resource) -> std::optional<kube::Quantity> {
    const auto found = node.allocatable.find(resource);
    if (found == node.allocatable.end()) return std::nullopt;
    const auto quantity = kube::Quantity::Parse(found->second);
    return quantity.ok() ? std::optional(*quantity) : std::nullopt;
  };
  const auto held = static_cast<std::int64_t>(admitted.size());
  const auto most = room("pods");
  if (most && held + 1 > most->Value()) return OutOf("pods", 1, held, most->Value());
  kube::ResourceList used;
  for (const Pod* other : admitted) {
    for (const auto& [name, amount] : kube::PodRequests(other->json)) used[name] += amount;
  }
  kube::ResourceList requests = kube::PodRequests(pod.json);
  for (const std::string& name : InOrder(requests)) {
    const kube::Quantity& amount = requests[name];
    // What the node does not count is somebody else's to give out (extended resources).
    const auto limit = room(name);
    if (!limit || amount.IsZero() || used[name] + amount <= *limit) continue;
    return OutOf(name, Count(name, amount), Count(name, used[name]), Count(name, *limit));
  }
  return std::nullopt;
}

std::vector<PortMapping> HostPorts(const Pod& pod) {
  std::vector<PortMapping> ports;
  const auto add = [&](const Container& container) {
    for (const PortMapping& port : container.ports) {
      if (port.host_port == 0) continue;
      ports.push_back(port);
      if (ports.back().host_ip.empty()) ports.back().host_ip = "0.0.0.0";
      if (ports.back().protocol.empty()) ports.back().protocol = "TCP";
    }
  };
  for (const Container& container : pod.init_containers) {
    if (container.sidecar) add(container);
  }
  for (const Container& container : pod.containers) add(container);
  return ports;
}

bool Collide(const PortMapping& a, const PortMapping& b) {
  if (a.host_port != b.host_port || a.protocol != b.protocol) return false;
  return a.host_ip == b.host_ip || a.host_ip == "0.0.0.0" || b.host_ip == "0.0.0.0";
}

Rejection Predicate(const char* name, const char* why) {
  return {name, std::string("Predicate ") + name + " failed: " + why};
}

std::optional<Rejection> WhyPorts(const Pod& pod, const std::vector<const Pod*>& admitted) {
  for (const PortMapping& wanted : HostPorts(pod)) {
    for (const Pod* other : admitted) {
      const std::vector<PortMapping> held = HostPorts(*other);
      if (std::none_of(held.begin(), held.end(),
                       [&](const PortMapping& port) { return Collide(wanted, port); })) {
        continue;
      }
      return Predicate("NodePorts", "node(s) didn't have free ports for the requested pod ports");
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Rejection> WhyNotAdmitted(const Pod& pod, const AdmissionNode& node,
                                        const std::vector<const Pod*>& admitted) {
  if (auto why = WhySysctls(pod, node)) return why;
  if (auto why = WhyOs(pod)) return why;
  if (auto why = WhyResources(pod, node, admitted)) return why;
  if (node.node.is_object() && !kube::NodeSelectorFits(pod.json, node.node)) {
    return Predicate(kReasonNodeAffinity, "node(s) didn't match Pod's node affinity/selector");
  }
  return WhyPorts(pod, admitted);
}

}  // namespace edge::edged
