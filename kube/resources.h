#pragma once

#include <string_view>
#include <vector>

namespace edge::kube {

/// A part of an object with a URL of its own, such as pods/status.
struct SubresourceInfo {
  std::string_view name;  ///< "status", "binding"
  /// What its body is: the parent's kind for status, Binding for binding.
  std::string_view group, version, kind;
  std::vector<std::string_view> verbs;
};

/// A kind that the API serves, as discovery describes it. Comes from the `resource` lines of
/// kube/schema/types.txt: a new kind is a line there and its fields.
struct ResourceInfo {
  std::string_view group;  ///< empty for the core group
  std::string_view version, kind, plural, singular;
  std::string_view type_name;  ///< key into Schema, "core.v1.Pod"
  bool namespaced = true;
  bool custom = false;  ///< behaves as a CustomResourceDefinition's: no strategic merge patch
  std::vector<std::string_view> short_names, categories, verbs;
  std::vector<SubresourceInfo> subresources;

  const SubresourceInfo* FindSubresource(std::string_view name) const;
};

/// All kinds in the table's order. Thread rule: immutable after first use, any thread.
const std::vector<ResourceInfo>& Resources();

/// nullptr where the API serves no such resource.
const ResourceInfo* FindResource(std::string_view group, std::string_view version,
                                 std::string_view plural);
const ResourceInfo* FindResourceByKind(std::string_view group, std::string_view version,
                                       std::string_view kind);

}  // namespace edge::kube
