#include <algorithm>
#include <limits>
#include <set>

#include "kube/name_rules.h"
#include "kube/validation.h"
#include "kube/validators.h"

namespace edge::kube {
namespace {

constexpr std::int64_t kMaxInt32 = std::numeric_limits<std::int32_t>::max();

/// Names, unique over the three lists of containers.
void ValidateContainerNames(const Json& spec, FieldErrors& errors) {
  std::set<std::string> names;
  for (const char* list : {"containers", "initContainers", "ephemeralContainers"}) {
    ForEachAt(spec, list, "spec", [&](const Json& container, const std::string& path) {
      const std::string name = FindString(container, {"name"});
      if (name.empty()) return;  // the table says so
      AddIfBad(path + ".name", name, CheckDnsLabel(name), errors);
      if (!names.insert(name).second) errors.push_back(Duplicate(path + ".name", name));
    });
  }
}

void ValidateInitContainer(const Json& container, const std::string& path, FieldErrors& errors) {
  if (FindString(container, {"restartPolicy"}) == "Always")
    return ValidateProbes(container, path, errors);
  for (const char* field : {"lifecycle", "livenessProbe", "readinessProbe", "startupProbe"}) {
    if (container.contains(field)) {
      errors.push_back(Forbidden(
          path + "." + field, "may not be set for init containers without restartPolicy=Always"));
    }
  }
}

void ValidateEphemeralContainer(const Json& container, const std::string& path,
                                FieldErrors& errors) {
  for (const char* field :
       {"lifecycle", "livenessProbe", "ports", "readinessProbe", "startupProbe"}) {
    if (container.contains(field)) {
      errors.push_back(Forbidden(path + "." + field, "cannot be set for an Ephemeral Container"));
    }
  }
}

void ValidateContainers(const Json& spec, FieldErrors& errors) {
  const Json* volumes = Find(spec, {"volumes"});
  const Json known = volumes == nullptr ? Json() : *volumes;
  ValidateContainerNames(spec, errors);
  ForEachAt(spec, "containers", "spec", [&](const Json& container, const std::string& path) {
    ValidateContainer(container, path, known, errors);
    ValidateProbes(container, path, errors);
  });
  ForEachAt(spec, "initContainers", "spec", [&](const Json& container, const std::string& path) {
    ValidateContainer(container, path, known, errors);
    ValidateInitContainer(container, path, errors);
  });
  ForEachAt(spec, "ephemeralContainers", "spec",
            [&](const Json& container, const std::string& path) {
              ValidateContainer(container, path, known, errors);
              ValidateEphemeralContainer(container, path, errors);
            });
}

/// Two containers cannot have the same port of the host.
void ValidateHostPorts(const Json& spec, FieldErrors& errors) {
  const bool host_network = FindBool(spec, {"hostNetwork"});
  std::set<std::string> taken;
  ForEachAt(spec, "containers", "spec", [&](const Json& container, const std::string& path) {
    ForEachAt(container, "ports", path, [&](const Json& port, const std::string& port_path) {
      const std::int64_t host_port = FindInt(port, {"hostPort"});
      if (host_port == 0) return;
      if (host_network && host_port != FindInt(port, {"containerPort"})) {
        errors.push_back(Invalid(port_path + ".containerPort", FindInt(port, {"containerPort"}),
                                 "must match `hostPort` when `hostNetwork` is true"));
      }
      const std::string key = FindString(port, {"protocol"}) + "/" + FindString(port, {"hostIP"}) +
                              "/" + std::to_string(host_port);
      if (!taken.insert(key).second) {
        errors.push_back(Duplicate(port_path + ".hostPort", key));
      }
    });
  });
}

void ValidateDns(const Json& spec, FieldErrors& errors) {
  const Json* servers = Find(spec, {"dnsConfig", "nameservers"});
  const bool none = servers == nullptr || servers->empty();
  if (FindString(spec, {"dnsPolicy"}) == "None" && none) {
    errors.push_back(Required(
        Find(spec, {"dnsConfig"}) == nullptr ? "spec.dnsConfig" : "spec.dnsConfig.nameservers",
        Find(spec, {"dnsConfig"}) == nullptr
            ? "must provide `dnsConfig` when `dnsPolicy` is None"
            : "must provide at least one DNS nameserver when `dnsPolicy` is None"));
  }
}

void ValidateIdentities(const Json& spec, FieldErrors& errors) {
  struct Rule {
    const char* field;
    std::string (*check)(std::string_view);
  };
  for (const Rule& rule :
       {Rule{"hostname", CheckDnsLabel}, Rule{"nodeName", CheckDnsSubdomain},
        Rule{"runtimeClassName", CheckDnsSubdomain}, Rule{"serviceAccountName", CheckDnsSubdomain},
        Rule{"subdomain", CheckDnsLabel}}) {
    const std::string value = FindString(spec, {rule.field});
    if (value.empty()) continue;
    AddIfBad(std::string("spec.") + rule.field, value, rule.check(value), errors);
  }
  ForEachAt(spec, "imagePullSecrets", "spec", [&](const Json& secret, const std::string& path) {
    if (FindString(secret, {"name"}).empty()) errors.push_back(Required(path + ".name"));
  });
}

void ValidatePodSecurity(const Json& spec, FieldErrors& errors) {
  const Json* context = Find(spec, {"securityContext"});
  if (context == nullptr) return;
  for (const char* field : {"fsGroup", "runAsGroup", "runAsUser"}) {
    CheckRange(*context, field, "spec.securityContext", 0, kMaxInt32, errors);
  }
  std::set<std::string> names;
  ForEachAt(*context, "sysctls", "spec.securityContext",
            [&](const Json& sysctl, const std::string& path) {
              const std::string name = FindString(sysctl, {"name"});
              if (!name.empty() && !names.insert(name).second) {
                errors.push_back(Duplicate(path + ".name", name));
              }
            });
  const bool shared = FindBool(spec, {"shareProcessNamespace"});
  if (shared && FindBool(spec, {"hostPID"})) {
    errors.push_back(Invalid("spec.shareProcessNamespace", true,
                             "ShareProcessNamespace and HostPID cannot both be enabled"));
  }
}

}  // namespace

void ValidatePod(const Json& pod, FieldErrors& errors) {
  const Json* spec = Find(pod, {"spec"});
  if (spec == nullptr || !spec->is_object()) return;
  ValidateVolumes(*spec, errors);
  ValidateContainers(*spec, errors);
  ValidateHostPorts(*spec, errors);
  ValidateDns(*spec, errors);
  ValidateIdentities(*spec, errors);
  ValidatePodSecurity(*spec, errors);
  ValidatePlacement(*spec, errors);
  CheckRange(*spec, "activeDeadlineSeconds", "spec", 1, kMaxInt32, errors);
  CheckNotNegative(*spec, "terminationGracePeriodSeconds", "spec", errors);
  if (const Json* resources = Find(*spec, {"resources"})) {
    ValidateResources(*resources, "spec.resources", errors);
  }
}

}  // namespace edge::kube
