#include "cloudhub/adapters/embedded/selection.h"

#include "cloudhub/adapters/embedded/status_answer.h"

namespace edge::cloudhub::embedded {

Result<Selection> Selection::Make(const kube::ResourceInfo& resource, std::string ns,
                                  const std::string& label_selector,
                                  const std::string& field_selector) {
  Selection selection;
  selection.resource = &resource;
  selection.ns = std::move(ns);
  EDGE_ASSIGN_OR_RETURN(selection.labels, kube::LabelSelector::Parse(label_selector));
  EDGE_ASSIGN_OR_RETURN(
      selection.fields,
      kube::FieldSelector::Parse(field_selector,
                                 kube::SelectableFields(resource.group, resource.plural)));
  return selection;
}

bool Selection::Covers(const StoreKey& key) const {
  if (key.resource != QualifiedResource(*resource)) return false;
  if (!ns.empty() && key.ns != ns) return false;
  const std::string* name = fields.Exact("metadata.name");
  return name == nullptr || *name == key.name;
}

bool Selection::Matches(const Json& object) const {
  return labels.MatchesObject(object) && fields.Matches(object);
}

std::string ApiVersion(const kube::ResourceInfo& resource) {
  std::string text(resource.version);
  if (!resource.group.empty()) text = std::string(resource.group) + "/" + text;
  return text;
}

Json Decode(const kube::ResourceInfo& resource, const StoredObject& object) {
  // What the store holds was checked by quick_check and written by us.
  Result<Json> parsed = ParseJson(object.bytes, {.max_bytes = 16 * 1024 * 1024, .max_depth = 200});
  Json value = parsed.ok() ? std::move(*parsed) : Json::object();
  value["kind"] = resource.kind;
  value["apiVersion"] = ApiVersion(resource);
  return value;
}

std::string EncodeWithKind(const kube::ResourceInfo& resource, const StoredObject& object) {
  std::string text = "{\"kind\":\"" + std::string(resource.kind) + "\",\"apiVersion\":\"" +
                     ApiVersion(resource) + "\",";
  text.append(object.bytes, 1);
  return text;
}

}  // namespace edge::cloudhub::embedded
