#include <algorithm>
#include <array>
#include <utility>

#include "kube/default_hooks.h"
#include "kube/image_name.h"
#include "kube/references.h"

namespace edge::kube {
namespace {

std::string PullPolicy(const Json& holder, const char* reference) {
  const std::string image = FindString(holder, {reference});
  return ImageTag(image) == "latest" ? "Always" : "IfNotPresent";
}

void DefaultContainer(Json& container) {
  SetIfMissing(container, "imagePullPolicy", PullPolicy(container, "image"));
  const auto resources = container.find("resources");
  if (resources == container.end() || !resources->is_object()) return;
  const auto limits = resources->find("limits");
  if (limits == resources->end() || !limits->is_object()) return;
  const Json bounds = *limits;
  for (const auto& [name, limit] : bounds.items()) {
    SetIfMissing((*resources)["requests"], name.c_str(), limit);
  }
}

void DefaultEphemeralContainer(Json& container) {
  SetIfMissing(container, "imagePullPolicy", PullPolicy(container, "image"));
}

void DefaultImageVolume(Json& source) {
  SetIfMissing(source, "pullPolicy", PullPolicy(source, "reference"));
}

void DefaultVolume(Json& volume) {
  if (volume.empty() || (volume.size() == 1 && volume.contains("name"))) {
    volume["emptyDir"] = Json::object();
  }
}

void DefaultHostPorts(Json& spec) {
  for (const char* list : {"containers", "initContainers"}) {
    const auto containers = spec.find(list);
    if (containers == spec.end() || !containers->is_array()) continue;
    for (Json& container : *containers) {
      const auto ports = container.find("ports");
      if (ports == container.end() || !ports->is_array()) continue;
      for (Json& port : *ports) {
        SetIfMissing(port, "hostPort", port.value("containerPort", Json(0)));
      }
    }
  }
}

void DefaultPodSpec(Json& spec) {
  if (FindBool(spec, {"hostNetwork"})) DefaultHostPorts(spec);
  // serviceAccount is the old name of serviceAccountName; the server keeps both equal.
  const std::string account = FindString(spec, {"serviceAccount"});
  if (!account.empty()) SetIfMissing(spec, "serviceAccountName", account);
  const std::string name = FindString(spec, {"serviceAccountName"});
  if (!name.empty()) spec["serviceAccount"] = name;
}

bool ToleratesForSomeTime(const Json& tolerations, std::string_view key) {
  return std::any_of(tolerations.begin(), tolerations.end(), [&](const Json& toleration) {
    const std::string own_key = FindString(toleration, {"key"});
    const std::string effect = FindString(toleration, {"effect"});
    return (own_key.empty() || own_key == key) && (effect.empty() || effect == "NoExecute");
  });
}

/// As the admission plug-in DefaultTolerationSeconds.
void DefaultTolerations(Json& spec) {
  Json tolerations = spec.value("tolerations", Json::array());
  if (!tolerations.is_array()) return;
  for (const char* key : {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"}) {
    if (ToleratesForSomeTime(tolerations, key)) continue;
    tolerations.push_back({{"key", key},
                           {"operator", "Exists"},
                           {"effect", "NoExecute"},
                           {"tolerationSeconds", 300}});
  }
  if (!tolerations.empty()) spec["tolerations"] = std::move(tolerations);
}

/// As the admission plug-in Priority, for a cluster that has the two built-in classes only.
void DefaultPriority(Json& spec) {
  const std::string name = FindString(spec, {"priorityClassName"});
  const int priority = name == "system-node-critical"      ? 2'000'001'000
                       : name == "system-cluster-critical" ? 2'000'000'000
                                                           : 0;
  SetIfMissing(spec, "priority", priority);
  SetIfMissing(spec, "preemptionPolicy", "PreemptLowerPriority");
}

void DefaultPod(Json& pod) {
  const auto spec = pod.find("spec");
  if (spec == pod.end() || !spec->is_object()) return;
  const Json* annotations = Find(pod, {"metadata", "annotations"});
  const bool mirror =
      annotations != nullptr && annotations->contains("kubernetes.io/config.mirror");
  if (!mirror && FindString(*spec, {"serviceAccountName"}).empty()) {
    (*spec)["serviceAccountName"] = "default";
    (*spec)["serviceAccount"] = "default";
  }
  DefaultTolerations(*spec);
  DefaultPriority(*spec);
  SetIfMissing(pod["status"], "qosClass", QosClass(pod));
}

constexpr std::array<std::pair<std::string_view, DefaultHook>, 6> kPodHooks{{
    {"core.v1.Container", DefaultContainer},
    {"core.v1.EphemeralContainer", DefaultEphemeralContainer},
    {"core.v1.ImageVolumeSource", DefaultImageVolume},
    {"core.v1.Pod", DefaultPod},
    {"core.v1.PodSpec", DefaultPodSpec},
    {"core.v1.Volume", DefaultVolume},
}};

}  // namespace

DefaultHook FindPodDefaultHook(std::string_view type_name) {
  const auto found = std::find_if(kPodHooks.begin(), kPodHooks.end(),
                                  [&](const auto& hook) { return hook.first == type_name; });
  return found == kPodHooks.end() ? nullptr : found->second;
}

}  // namespace edge::kube
