#include "cloudhub/core/fleet/desired_node.h"

#include <algorithm>
#include <set>
#include <utility>

#include "kube/edge_node.h"

namespace edge::cloudhub {
namespace {

const std::map<std::string, std::string> kFixedLabels = {
    {"node-role.kubernetes.io/edge", ""},
    {"node.kubernetes.io/exclude-from-external-load-balancers", "true"}};
const std::map<std::string, std::string> kFixedAnnotations = {
    {"cluster-autoscaler.kubernetes.io/scale-down-disabled", "true"}};

/// What the annotation says that we put there: keys of labels, "<key>:<effect>" of taints.
struct Managed {
  std::set<std::string> labels, taints;
};

std::string IdOf(const Json& taint) {
  return FindString(taint, {"key"}) + ":" + FindString(taint, {"effect"});
}

std::set<std::string> StringsOf(const Json& object, const char* member) {
  std::set<std::string> strings;
  const Json* list = Find(object, {member});
  if (list == nullptr || !list->is_array()) return strings;
  for (const Json& entry : *list) {
    if (entry.is_string()) strings.insert(entry.get<std::string>());
  }
  return strings;
}

Managed ManagedOf(const Json& node) {
  const Result<Json> rows =
      ParseJson(FindString(node, {"metadata", "annotations", kManagedAnnotation}));
  if (!rows.ok()) return {};
  return {StringsOf(*rows, "labels"), StringsOf(*rows, "taints")};
}

Json ManagedText(const NodeWish& wish) {
  Managed managed;
  for (const auto& [key, value] : wish.labels) managed.labels.insert(key);
  for (const Json& taint : wish.taints) managed.taints.insert(IdOf(taint));
  if (managed.labels.empty() && managed.taints.empty()) return nullptr;
  return DumpJson({{"labels", managed.labels}, {"taints", managed.taints}});
}

Json MemberOf(const Json& node, const char* map, std::string_view key) {
  const Json* value = Find(node, {"metadata", map, key});
  return value == nullptr ? Json(nullptr) : *value;
}

Json LabelsPatch(const Json& held, const NodeWish& wish, const Managed& managed) {
  Json patch = Json::object();
  for (const std::string& key : managed.labels) {
    const bool ours = !kFixedLabels.contains(key) && kube::WhyReservedLabel(key).empty();
    if (ours && !MemberOf(held, "labels", key).is_null()) patch[key] = nullptr;
  }
  for (const auto* labels : {&wish.labels, &kFixedLabels}) {
    for (const auto& [key, value] : *labels) {
      patch.erase(key);
      if (MemberOf(held, "labels", key) != Json(value)) patch[key] = value;
    }
  }
  return patch;
}

Json AnnotationsPatch(const Json& held, const NodeWish& wish) {
  Json patch = Json::object();
  const auto want = [&](std::string_view key, const Json& value) {
    if (MemberOf(held, "annotations", key) != value) patch[std::string(key)] = value;
  };
  want(kManagedAnnotation, ManagedText(wish));
  for (const auto& [key, value] : kFixedAnnotations) want(key, value);
  return patch;
}

Json TaintsOf(const Json& node) {
  const Json* taints = Find(node, {"spec", "taints"});
  return taints != nullptr && taints->is_array() ? *taints : Json::array();
}

/// The Node's taints with ours as they should be: one that is there keeps its place and its time.
Json WantedTaints(const Json& had, const NodeWish& wish, const Managed& managed) {
  std::map<std::string, Json> missing;
  for (const Json& taint : wish.taints) missing[IdOf(taint)] = taint;
  Json taints = Json::array();
  for (const Json& taint : had) {
    const auto wanted = missing.find(IdOf(taint));
    if (wanted != missing.end()) {
      const bool same = FindString(taint, {"value"}) == FindString(wanted->second, {"value"});
      taints.push_back(same ? taint : wanted->second);
      missing.erase(wanted);
    } else if (!managed.taints.contains(IdOf(taint))) {
      taints.push_back(taint);
    }
  }
  for (auto& [id, taint] : missing) taints.push_back(std::move(taint));
  return taints;
}

Json CleanTaint(const Json& taint) {
  Json clean = {{"key", FindString(taint, {"key"})}, {"effect", FindString(taint, {"effect"})}};
  if (const std::string value = FindString(taint, {"value"}); !value.empty()) {
    clean["value"] = value;
  }
  return clean;
}

}  // namespace

std::string ProviderIdOf(const std::string& node, const std::string& cluster_name) {
  return "edge://" + cluster_name + "/" + node;
}

bool IsNodeOf(const Json& node, const std::string& cluster_name) {
  return FindString(node, {"spec", "providerID"}) ==
         ProviderIdOf(FindString(node, {"metadata", "name"}), cluster_name);
}

NodeWish WishOf(const Json& spec, const Json& default_taints) {
  NodeWish wish;
  // The API refuses these; a CRD that is older than the rule does not.
  const auto allowed = [&wish](const std::string& field, const std::string& why) {
    if (why.empty()) return true;
    wish.refused += (wish.refused.empty() ? "" : "; ") + field + ": " + why;
    return false;
  };
  if (const Json* labels = Find(spec, {"labels"}); labels != nullptr && labels->is_object()) {
    for (const auto& [key, value] : labels->items()) {
      if (!value.is_string()) continue;
      if (allowed("spec.labels[" + key + "]", kube::WhyReservedLabel(key))) {
        wish.labels[key] = value.get<std::string>();
      }
    }
  }
  const Json* own = Find(spec, {"taints"});
  const Json& taints = own != nullptr && own->is_array() ? *own : default_taints;
  for (const Json& taint : taints) {
    const std::string key = FindString(taint, {"key"});
    if (allowed("spec.taints[" + key + "]", kube::WhyReservedTaint(key))) {
      wish.taints.push_back(CleanTaint(taint));
    }
  }
  return wish;
}

Json NodeManifest(const std::string& node, const std::string& cluster_name, const NodeWish& wish) {
  Json manifest = {
      {"apiVersion", "v1"},
      {"kind", "Node"},
      {"metadata",
       {{"name", node},
        // The terminal's own from its first status on.
        {"labels", {{"kubernetes.io/hostname", node}, {"kubernetes.io/os", "linux"}}}}},
      {"spec", {{"providerID", ProviderIdOf(node, cluster_name)}}}};
  Json patch = NodePatch(manifest, wish);
  patch["metadata"].erase("uid");
  patch["metadata"].erase("resourceVersion");
  manifest.merge_patch(patch);
  return manifest;
}

Json NodePatch(const Json& held, const NodeWish& wish) {
  const Managed managed = ManagedOf(held);
  Json metadata = Json::object();
  Json labels = LabelsPatch(held, wish, managed);
  if (!labels.empty()) metadata["labels"] = std::move(labels);
  Json annotations = AnnotationsPatch(held, wish);
  if (!annotations.empty()) metadata["annotations"] = std::move(annotations);
  Json patch = Json::object();
  const Json had = TaintsOf(held);
  if (Json taints = WantedTaints(had, wish, managed); taints != had) {
    patch["spec"]["taints"] = taints.empty() ? Json(nullptr) : std::move(taints);
  }
  if (metadata.empty() && patch.empty()) return nullptr;
  // Lists go as a whole, and what is ours was read from it: it must still be as it was seen.
  metadata["uid"] = FindString(held, {"metadata", "uid"});
  metadata["resourceVersion"] = FindString(held, {"metadata", "resourceVersion"});
  patch["metadata"] = std::move(metadata);
  return patch;
}

}  // namespace edge::cloudhub
