#include "kube/resources.h"

#include <algorithm>

#include "kube/schema.h"
#include "kube/text.h"

namespace edge::kube {
namespace {

struct GroupVersionKind {
  std::string_view group, version, kind;
};

GroupVersionKind ParseGvk(std::string_view text) {
  GroupVersionKind gvk;
  gvk.group = TakeUntil(text, '/');
  gvk.version = TakeUntil(text, '/');
  gvk.kind = text;
  return gvk;
}

std::vector<std::string_view> SubresourceVerbs(std::string_view name) {
  if (name == "status") return {"get", "patch", "update"};
  if (name == "finalize") return {"update"};
  if (name == "log") return {"get"};
  if (name == "binding") return {"create"};
  return {"create", "get"};
}

SubresourceInfo ParseSubresource(std::string_view text, const ResourceInfo& parent) {
  SubresourceInfo info;
  info.name = TakeUntil(text, ':');
  info.group = parent.group;
  info.version = parent.version;
  info.kind = text.empty() ? parent.kind : text.substr(text.rfind('.') + 1);
  info.verbs = SubresourceVerbs(info.name);
  return info;
}

ResourceInfo ParseResource(std::string_view line) {
  const Field attributes{.name = {}, .attributes = line, .description = {}};
  const GroupVersionKind gvk = ParseGvk(attributes.Attribute("gvk"));
  ResourceInfo info;
  info.type_name = line.substr(0, line.find(' '));
  info.group = gvk.group;
  info.version = gvk.version;
  info.kind = gvk.kind;
  info.plural = attributes.Attribute("plural");
  info.singular = attributes.Attribute("singular");
  info.namespaced = attributes.Has("namespaced");
  info.custom = attributes.Has("custom");
  info.short_names = Split(attributes.Attribute("short"), ',');
  info.categories = Split(attributes.Attribute("categories"), ',');
  info.verbs = Split(attributes.Attribute("verbs"), ',');
  for (const std::string_view sub : Split(attributes.Attribute("sub"), ',')) {
    info.subresources.push_back(ParseSubresource(sub, info));
  }
  return info;
}

template <typename Predicate>
const ResourceInfo* FindIf(Predicate matches) {
  const auto& all = Resources();
  const auto found = std::find_if(all.begin(), all.end(), matches);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

const SubresourceInfo* ResourceInfo::FindSubresource(std::string_view name) const {
  const auto found = std::find_if(subresources.begin(), subresources.end(),
                                  [&](const SubresourceInfo& sub) { return sub.name == name; });
  return found == subresources.end() ? nullptr : &*found;
}

const std::vector<ResourceInfo>& Resources() {
  static const auto* const all = [] {
    auto* parsed = new std::vector<ResourceInfo>;  // lives as long as the process
    for (const std::string_view line : Schema::Get().resource_lines()) {
      parsed->push_back(ParseResource(line));
    }
    return parsed;
  }();
  return *all;
}

const ResourceInfo* FindResource(std::string_view group, std::string_view version,
                                 std::string_view plural) {
  return FindIf([&](const ResourceInfo& info) {
    return info.group == group && info.version == version && info.plural == plural;
  });
}

const ResourceInfo* FindResourceByKind(std::string_view group, std::string_view version,
                                       std::string_view kind) {
  return FindIf([&](const ResourceInfo& info) {
    return info.group == group && info.version == version && info.kind == kind;
  });
}

}  // namespace edge::kube
