#include "edged/core/pod/unsupported.h"

#include <set>

namespace edge::edged {
namespace {

using Names = std::set<std::string>;

// What is honoured, or says nothing to a node (scheduling, admission). Anything else is named:
// a list of what is unsupported would be out of date with the next Kubernetes.
const Names kSpec = {"activeDeadlineSeconds",
                     "affinity",
                     "automountServiceAccountToken",
                     "containers",
                     "dnsConfig",
                     "dnsPolicy",
                     "enableServiceLinks",
                     "hostAliases",
                     "hostIPC",
                     "hostNetwork",
                     "hostPID",
                     "hostname",
                     "imagePullSecrets",
                     "initContainers",
                     "nodeName",
                     "nodeSelector",
                     "os",
                     "preemptionPolicy",
                     "priority",
                     "priorityClassName",
                     "readinessGates",
                     "restartPolicy",
                     "schedulerName",
                     "schedulingGates",
                     "securityContext",
                     "serviceAccount",
                     "serviceAccountName",
                     "setHostnameAsFQDN",
                     "shareProcessNamespace",
                     "subdomain",
                     "terminationGracePeriodSeconds",
                     "tolerations",
                     "topologySpreadConstraints",
                     "volumes"};
const Names kContainer = {"args",
                          "command",
                          "env",
                          "envFrom",
                          "image",
                          "imagePullPolicy",
                          "name",
                          "ports",
                          "resources",
                          "securityContext",
                          "stdin",
                          "stdinOnce",
                          "terminationMessagePath",
                          "terminationMessagePolicy",
                          "tty",
                          "volumeMounts",
                          "workingDir"};
const Names kContainerSecurity = {"allowPrivilegeEscalation",
                                  "appArmorProfile",
                                  "capabilities",
                                  "privileged",
                                  "readOnlyRootFilesystem",
                                  "runAsGroup",
                                  "runAsNonRoot",
                                  "runAsUser",
                                  "seccompProfile"};
const Names kPodSecurity = {"appArmorProfile",    "fsGroup",   "runAsGroup",
                            "runAsNonRoot",       "runAsUser", "seccompProfile",
                            "supplementalGroups", "sysctls"};
const Names kMount = {"mountPath", "mountPropagation", "name", "readOnly", "subPath"};
const Names kVolume = {"configMap", "downwardAPI", "emptyDir", "hostPath",
                       "name",      "projected",   "secret"};
const Names kProjected = {"configMap", "downwardAPI", "secret", "serviceAccountToken"};
const Names kEnvSource = {"configMapKeyRef", "fieldRef", "resourceFieldRef", "secretKeyRef"};
const Names kResources = {"limits", "requests"};

bool IsSet(const Json& value) {
  return !value.is_null() && !(value.is_structured() && value.empty()) && value != Json(false);
}

void Check(const Json* object, const Names& known, const std::string& path, Names* found) {
  if (object == nullptr || !object->is_object()) return;
  for (const auto& [key, value] : object->items()) {
    if (known.count(key) == 0 && IsSet(value)) found->insert(path + "." + key);
  }
}

// Calls f(element, "path{name}") for each element of a list.
template <typename F>
void ForEach(const Json* list, const std::string& path, F f) {
  if (list == nullptr || !list->is_array()) return;
  for (const Json& element : *list) f(element, path + "{" + FindString(element, {"name"}) + "}");
}

void CheckContainer(const Json& container, const std::string& path, bool init, Names* found) {
  Names known = kContainer;
  if (init && FindString(container, {"restartPolicy"}) == "Always") known.insert("restartPolicy");
  Check(&container, known, path, found);
  Check(Find(container, {"securityContext"}), kContainerSecurity, path + ".securityContext", found);
  Check(Find(container, {"resources"}), kResources, path + ".resources", found);
  ForEach(Find(container, {"env"}), path + ".env", [&](const Json& env, const std::string& at) {
    Check(Find(env, {"valueFrom"}), kEnvSource, at + ".valueFrom", found);
  });
  ForEach(Find(container, {"volumeMounts"}), path + ".volumeMounts",
          [&](const Json& mount, const std::string& at) { Check(&mount, kMount, at, found); });
}

void CheckVolume(const Json& volume, const std::string& path, Names* found) {
  Check(&volume, kVolume, path, found);
  const Json* sources = Find(volume, {"projected", "sources"});
  if (sources == nullptr || !sources->is_array()) return;
  for (const Json& source : *sources) {
    Check(&source, kProjected, path + ".projected.sources", found);
  }
}

}  // namespace

std::vector<std::string> UnsupportedFields(const Json& pod) {
  Names found;
  const Json* spec = Find(pod, {"spec"});
  if (spec == nullptr) return {};
  Check(spec, kSpec, "spec", &found);
  Check(Find(*spec, {"securityContext"}), kPodSecurity, "spec.securityContext", &found);
  ForEach(Find(*spec, {"containers"}), "spec.containers",
          [&](const Json& c, const std::string& at) { CheckContainer(c, at, false, &found); });
  ForEach(Find(*spec, {"initContainers"}), "spec.initContainers",
          [&](const Json& c, const std::string& at) { CheckContainer(c, at, true, &found); });
  ForEach(Find(*spec, {"volumes"}), "spec.volumes",
          [&](const Json& v, const std::string& at) { CheckVolume(v, at, &found); });
  return {found.begin(), found.end()};
}

}  // namespace edge::edged
