#include "cloudhub/adapters/embedded/discovery.h"

#include <algorithm>
#include <set>

#include "kube/resources.h"

namespace edge::cloudhub::embedded {
namespace {

struct GroupVersion {
  std::string_view group, version;
  auto operator<=>(const GroupVersion&) const = default;
};

std::set<GroupVersion> GroupVersions() {
  std::set<GroupVersion> all;
  for (const kube::ResourceInfo& resource : kube::Resources()) {
    all.insert({resource.group, resource.version});
  }
  return all;
}

Json VersionEntry(const GroupVersion& gv) {
  return {{"groupVersion", std::string(gv.group) + "/" + std::string(gv.version)},
          {"version", gv.version}};
}

/// An APIGroup without its kind; null where there is no such group. One version per group is
/// preferred: the first.
Json GroupEntry(std::string_view group) {
  Json versions = Json::array();
  for (const GroupVersion& gv : GroupVersions()) {
    if (gv.group == group) versions.push_back(VersionEntry(gv));
  }
  if (versions.empty() || group.empty()) return nullptr;
  const Json preferred = versions.front();
  return {{"name", group}, {"versions", std::move(versions)}, {"preferredVersion", preferred}};
}

void AddIfAny(Json& entry, const char* key, const std::vector<std::string_view>& values) {
  if (!values.empty()) entry[key] = values;
}

Json ResourceEntry(const kube::ResourceInfo& resource) {
  Json entry = {{"name", resource.plural},
                {"singularName", resource.singular},
                {"namespaced", resource.namespaced},
                {"kind", resource.kind},
                {"verbs", resource.verbs}};
  AddIfAny(entry, "shortNames", resource.short_names);
  AddIfAny(entry, "categories", resource.categories);
  return entry;
}

Json SubresourceEntry(const kube::ResourceInfo& resource, const kube::SubresourceInfo& sub) {
  Json entry = {{"name", std::string(resource.plural) + "/" + std::string(sub.name)},
                {"singularName", ""},
                {"namespaced", resource.namespaced},
                {"kind", sub.kind},
                {"verbs", sub.verbs}};
  if (sub.group != resource.group) {
    entry["group"] = sub.group;
    entry["version"] = sub.version;
  }
  return entry;
}

/// As the API server has them: clients show them in its order.
void SortBy(Json& list, const char* member) {
  std::sort(list.begin(), list.end(),
            [member](const Json& a, const Json& b) { return a[member] < b[member]; });
}

Json ResponseKind(std::string_view group, std::string_view version, std::string_view kind) {
  return {{"group", group}, {"version", version}, {"kind", kind}};
}

Json AggregatedResource(const kube::ResourceInfo& resource) {
  Json entry = {{"resource", resource.plural},
                {"responseKind", ResponseKind(resource.group, resource.version, resource.kind)},
                {"scope", resource.namespaced ? "Namespaced" : "Cluster"},
                {"singularResource", resource.singular},
                {"verbs", resource.verbs}};
  AddIfAny(entry, "shortNames", resource.short_names);
  AddIfAny(entry, "categories", resource.categories);
  for (const kube::SubresourceInfo& sub : resource.subresources) {
    entry["subresources"].push_back(
        {{"subresource", sub.name},
         {"responseKind", ResponseKind(sub.group, sub.version, sub.kind)},
         {"verbs", sub.verbs}});
  }
  if (entry.contains("subresources")) SortBy(entry["subresources"], "subresource");
  return entry;
}

}  // namespace

Json VersionInfo() {
  return {{"major", "1"},    {"minor", "36"},           {"gitVersion", kKubernetesVersion},
          {"gitCommit", ""}, {"gitTreeState", "clean"}, {"buildDate", "1970-01-01T00:00:00Z"},
          {"goVersion", ""}, {"compiler", "gcc"},       {"platform", "linux/amd64"}};
}

Json CoreVersions() {
  return {
      {"kind", "APIVersions"}, {"versions", {"v1"}}, {"serverAddressByClientCIDRs", Json::array()}};
}

Json GroupList() {
  Json groups = Json::array();
  std::set<std::string_view> seen;
  for (const GroupVersion& gv : GroupVersions()) {
    if (!gv.group.empty() && seen.insert(gv.group).second) groups.push_back(GroupEntry(gv.group));
  }
  return {{"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", std::move(groups)}};
}

Json GroupOf(std::string_view group) {
  Json entry = GroupEntry(group);
  if (entry.is_null()) return entry;
  entry["kind"] = "APIGroup";
  entry["apiVersion"] = "v1";
  return entry;
}

Json ResourceList(std::string_view group, std::string_view version) {
  Json resources = Json::array();
  for (const kube::ResourceInfo& resource : kube::Resources()) {
    if (resource.group != group || resource.version != version) continue;
    resources.push_back(ResourceEntry(resource));
    for (const kube::SubresourceInfo& sub : resource.subresources) {
      resources.push_back(SubresourceEntry(resource, sub));
    }
  }
  if (resources.empty()) return nullptr;
  SortBy(resources, "name");
  const std::string prefix = group.empty() ? "" : std::string(group) + "/";
  Json list = {{"kind", "APIResourceList"},
               {"groupVersion", prefix + std::string(version)},
               {"resources", std::move(resources)}};
  // That of the core group, the oldest, has none.
  if (!group.empty()) list["apiVersion"] = "v1";
  return list;
}

Json AggregatedDiscovery(bool core, const std::string& version) {
  Json items = Json::array();
  for (const GroupVersion& gv : GroupVersions()) {
    if (gv.group.empty() != core) continue;
    Json resources = Json::array();
    for (const kube::ResourceInfo& resource : kube::Resources()) {
      if (resource.group == gv.group && resource.version == gv.version) {
        resources.push_back(AggregatedResource(resource));
      }
    }
    SortBy(resources, "resource");
    Json entry = {
        {"version", gv.version}, {"resources", std::move(resources)}, {"freshness", "Current"}};
    Json metadata = Json::object();
    if (!gv.group.empty()) metadata["name"] = gv.group;
    if (!items.empty() && items.back()["metadata"] == metadata) {
      items.back()["versions"].push_back(std::move(entry));
    } else {
      items.push_back(
          {{"metadata", std::move(metadata)}, {"versions", Json::array({std::move(entry)})}});
    }
  }
  return {{"kind", "APIGroupDiscoveryList"},
          {"apiVersion", "apidiscovery.k8s.io/" + version},
          {"metadata", Json::object()},
          {"items", std::move(items)}};
}

}  // namespace edge::cloudhub::embedded
