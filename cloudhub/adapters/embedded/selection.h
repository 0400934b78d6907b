#pragma once

#include <string>

#include "cloudhub/adapters/embedded/object_store.h"
#include "kube/resources.h"
#include "kube/selector.h"

namespace edge::cloudhub::embedded {

/// Which objects a list or watch is about. Thread rule: a value.
struct Selection {
  const kube::ResourceInfo* resource = nullptr;
  std::string ns;  ///< empty: all
  kube::LabelSelector labels;
  kube::FieldSelector fields;

  /// Errors: kInvalidArgument in the API server's words.
  static Result<Selection> Make(const kube::ResourceInfo& resource, std::string ns,
                                const std::string& label_selector,
                                const std::string& field_selector);

  /// By place only; the selectors need the object.
  bool Covers(const StoreKey& key) const;
  bool Matches(const Json& object) const;
  bool selects_all() const { return labels.empty() && fields.empty(); }
};

/// The object with its kind and apiVersion, which the store does not repeat in each row.
Json Decode(const kube::ResourceInfo& resource, const StoredObject& object);
/// The same as text, without parsing.
std::string EncodeWithKind(const kube::ResourceInfo& resource, const StoredObject& object);
/// "v1", "coordination.k8s.io/v1".
std::string ApiVersion(const kube::ResourceInfo& resource);

}  // namespace edge::cloudhub::embedded
