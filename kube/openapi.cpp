#include "kube/openapi.h"

#include <array>
#include <cinttypes>
#include <cstdio>
#include <vector>

#include "kube/openapi_parts.h"
#include "kube/schema_text.h"

namespace edge::kube {
namespace {

Json Info() { return {{"title", "Kubernetes"}, {"version", "v1.36.0"}}; }

/// FNV-1a of the table: the documents change when it does.
std::string TableHash() {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : kTypesText) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  }
  std::array<char, 20> text{};
  std::snprintf(text.data(), text.size(), "%016" PRIX64, hash);
  return text.data();
}

/// The resources whose group-version path is `path`; all where it is empty.
std::vector<const ResourceInfo*> ResourcesAt(std::string_view path) {
  std::vector<const ResourceInfo*> found;
  for (const ResourceInfo& resource : Resources()) {
    if (path.empty() || GroupVersionPath(resource).substr(1) == path) found.push_back(&resource);
  }
  return found;
}

Json AllPaths(OpenApiVersion version, const std::vector<const ResourceInfo*>& resources) {
  Json paths = Json::object();
  for (const ResourceInfo* resource : resources) paths.update(ResourcePaths(version, *resource));
  return paths;
}

}  // namespace

Json OpenApiV3Index() {
  Json paths = Json::object();
  const std::string hash = TableHash();
  for (const ResourceInfo& resource : Resources()) {
    const std::string path = GroupVersionPath(resource).substr(1);
    paths[path] = {{"serverRelativeURL", "/openapi/v3/" + path + "?hash=" + hash}};
  }
  return {{"paths", std::move(paths)}};
}

Json OpenApiV3(std::string_view path) {
  const auto resources = path.empty() ? std::vector<const ResourceInfo*>() : ResourcesAt(path);
  if (resources.empty()) return nullptr;
  return {{"openapi", "3.0.0"},
          {"info", Info()},
          {"paths", AllPaths(OpenApiVersion::kV3, resources)},
          {"components", {{"schemas", Definitions(OpenApiVersion::kV3, resources)}}}};
}

Json OpenApiV2() {
  const auto resources = ResourcesAt({});
  return {{"swagger", "2.0"},
          {"info", Info()},
          {"paths", AllPaths(OpenApiVersion::kV2, resources)},
          {"definitions", Definitions(OpenApiVersion::kV2, resources)}};
}

}  // namespace edge::kube
