#include <algorithm>
#include <array>

#include "kube/selector.h"
#include "kube/text.h"

namespace edge::kube {
namespace {

constexpr std::size_t kMaxSelector = 64 * 1024;

/// The text of a field as field selectors compare it: a missing boolean is "false", other missing
/// fields are "", and an event's `source` is its component.
std::string FieldText(const Json& object, std::string_view path) {
  if (path == "source") path = "source.component";
  const Json* value = &object;
  for (const std::string_view step : Split(path, '.')) {
    value = Find(*value, {step});
    if (value == nullptr) {
      return path == "spec.unschedulable" || path == "spec.hostNetwork" ? "false" : "";
    }
  }
  return value->is_string() ? value->get<std::string>() : value->is_null() ? "" : value->dump();
}

/// Kinds that have no fields but the two that all have are told which those are.
std::string Unsupported(const std::string& field, std::span<const std::string_view> supported) {
  if (supported.size() > 2) return "field label not supported: " + field;
  return "\"" + field +
         "\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"";
}

}  // namespace

Result<FieldSelector> FieldSelector::Parse(std::string_view text,
                                           std::span<const std::string_view> supported) {
  if (text.size() > kMaxSelector)
    return InvalidArgument("the field selector is longer than 64 KiB");
  FieldSelector selector;
  for (const std::string_view part : Split(text, ',')) {
    if (Trim(part).empty()) continue;
    const std::size_t mark = part.find('=');
    if (mark == std::string_view::npos || mark == 0) {
      return InvalidArgument("invalid selector: '" + std::string(text) + "'; can't understand '" +
                             std::string(part) + "'");
    }
    Term term;
    term.equal = part[mark - 1] != '!';
    term.field = Trim(part.substr(0, term.equal ? mark : mark - 1));
    std::string_view value = part.substr(mark + 1);
    if (term.equal && !value.empty() && value.front() == '=') value.remove_prefix(1);
    term.value = value;
    if (std::find(supported.begin(), supported.end(), term.field) == supported.end()) {
      return InvalidArgument(Unsupported(term.field, supported));
    }
    selector.terms_.push_back(std::move(term));
  }
  return selector;
}

bool FieldSelector::Matches(const Json& object) const {
  return std::all_of(terms_.begin(), terms_.end(), [&](const Term& term) {
    return (FieldText(object, term.field) == term.value) == term.equal;
  });
}

const std::string* FieldSelector::Exact(std::string_view field) const {
  for (const Term& term : terms_) {
    if (term.equal && term.field == field) return &term.value;
  }
  return nullptr;
}

std::span<const std::string_view> SelectableFields(std::string_view group,
                                                   std::string_view plural) {
  static constexpr std::array<std::string_view, 2> kCommon{"metadata.name", "metadata.namespace"};
  static constexpr std::array<std::string_view, 10> kPod{
      "metadata.name",      "metadata.namespace",      "spec.nodeName",    "spec.restartPolicy",
      "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork", "status.phase",
      "status.podIP",       "status.nominatedNodeName"};
  static constexpr std::array<std::string_view, 3> kNode{"metadata.name", "metadata.namespace",
                                                         "spec.unschedulable"};
  static constexpr std::array<std::string_view, 3> kNamespace{"metadata.name", "metadata.namespace",
                                                              "status.phase"};
  static constexpr std::array<std::string_view, 3> kSecret{"metadata.name", "metadata.namespace",
                                                           "type"};
  static constexpr std::array<std::string_view, 4> kService{"metadata.name", "metadata.namespace",
                                                            "spec.clusterIP", "spec.type"};
  static constexpr std::array<std::string_view, 14> kEvent{"metadata.name",
                                                           "metadata.namespace",
                                                           "involvedObject.kind",
                                                           "involvedObject.name",
                                                           "involvedObject.namespace",
                                                           "involvedObject.uid",
                                                           "involvedObject.apiVersion",
                                                           "involvedObject.resourceVersion",
                                                           "involvedObject.fieldPath",
                                                           "reason",
                                                           "reportingComponent",
                                                           "source",
                                                           "source.component",
                                                           "type"};
  if (!group.empty()) return kCommon;
  if (plural == "pods") return kPod;
  if (plural == "nodes") return kNode;
  if (plural == "namespaces") return kNamespace;
  if (plural == "secrets") return kSecret;
  if (plural == "services") return kService;
  if (plural == "events") return kEvent;
  return kCommon;
}

}  // namespace edge::kube
