#include <algorithm>

#include "kube/patch.h"
#include "kube/patch_lists.h"

// The rules of Kubernetes' strategic merge patch, as its document
// "sig-api-machinery/strategic-merge-patch" states them.
namespace edge::kube {
namespace {

constexpr std::size_t kMaxListElements = 10'000;  // merging looks each of them up
constexpr std::string_view kDirective = "$patch";
constexpr std::string_view kRetainKeys = "$retainKeys";
constexpr std::string_view kDeletePrefix = "$deleteFromPrimitiveList/";
constexpr std::string_view kOrderPrefix = "$setElementOrder/";

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

Status UnknownDirective(const std::string& directive) {
  return InvalidArgument("unknown patch type found: \"" + directive +
                         "\"; $patch may be replace, delete or merge");
}

/// How a field of `type` is patched; a field that the table has not is patched without a schema.
struct Plan {
  const Type* type = nullptr;  ///< of the value, or of the list's elements
  bool merges_list = false;
  std::string_view merge_key;
};

Plan PlanOf(const Type* type, std::string_view name) {
  const Field* field = type == nullptr ? nullptr : type->FindField(name);
  if (field == nullptr) return {};
  const std::string_view strategy = field->Attribute("patch");
  const bool list = field->container == Container::kList;
  return {field->container == Container::kMap ? nullptr : field->type,
          list && StartsWith(strategy, "merge"), field->Attribute("mergeKey")};
}

Status MergeObject(const Type* type, Json& original, Json patch);

/// Drops what `$retainKeys` does not name.
Status RetainKeys(Json& original, Json& patch) {
  const auto found = patch.find(kRetainKeys);
  if (found == patch.end()) return Status::Ok();
  const Json kept = *found;
  patch.erase(found);
  if (!kept.is_array()) return InvalidArgument("$retainKeys must be a list of field names");
  const auto is_kept = [&](const std::string& name) {
    return std::find(kept.begin(), kept.end(), name) != kept.end();
  };
  for (const auto& [name, value] : patch.items()) {
    if (!value.is_null() && name.front() != '$' && !is_kept(name)) {
      return InvalidArgument("the patch sets \"" + name +
                             "\", which its $retainKeys does not name");
    }
  }
  for (auto it = original.begin(); it != original.end();) {
    it = is_kept(it.key()) ? std::next(it) : original.erase(it);
  }
  return Status::Ok();
}

/// Carries out the elements with a `$patch` directive and removes them from `patch`. With a
/// replace among them, what is left of the patch becomes `original` as it is, and `patch` empty.
Status ApplyListDirectives(Json& original, Json& patch, std::string_view merge_key) {
  bool replace = false;
  Json rest = Json::array();
  for (Json& element : patch) {
    const bool directed = element.is_object() && element.contains(kDirective);
    if (!directed) {
      rest.push_back(std::move(element));
      continue;
    }
    const std::string directive = FindString(element, {kDirective});
    if (directive == "delete") {
      const auto key = element.find(merge_key);
      if (key == element.end()) return MissingMergeKey(element, merge_key);
      EraseMatching(original, *key, merge_key);
    } else if (directive == "replace") {
      replace = true;
    } else if (directive == "merge") {
      element.erase(std::string(kDirective));
      if (!element.empty()) rest.push_back(std::move(element));
    } else {
      return UnknownDirective(directive);
    }
  }
  patch = Json::array();
  (replace ? original : patch) = std::move(rest);
  return Status::Ok();
}

Status MergeListOfObjects(const Plan& plan, Json& original, Json patch) {
  if (plan.merge_key.empty()) {
    original = std::move(patch);
    return Status::Ok();
  }
  const Json server_order = original;
  EDGE_RETURN_IF_ERROR(ApplyListDirectives(original, patch, plan.merge_key));
  for (const Json& element : patch) {
    const auto key = element.is_object() ? element.find(plan.merge_key) : element.end();
    if (!element.is_object() || key == element.end()) {
      return MissingMergeKey(element, plan.merge_key);
    }
    Json* held = FindByKey(original, *key, plan.merge_key);
    if (held == nullptr) held = &original.emplace_back(Json::object());
    EDGE_RETURN_IF_ERROR(MergeObject(plan.type, *held, element));
  }
  if (!patch.empty()) original = OrderElements(original, patch, server_order, plan.merge_key);
  return Status::Ok();
}

Status MergeList(const Plan& plan, Json& original, const Json& patch) {
  if (!plan.merges_list) {
    original = patch;
    return Status::Ok();
  }
  if (patch.size() > kMaxListElements) {
    return InvalidArgument("the patch has a list of more than 10000 elements to merge");
  }
  if (!original.is_array()) original = Json::array();
  if (plan.type != nullptr) return MergeListOfObjects(plan, original, patch);
  const Json server_order = original;
  AppendMissing(original, patch);
  original = OrderElements(original, patch, server_order, {});
  return Status::Ok();
}

Status MergeField(const Type* type, Json& original, const std::string& name, const Json& value) {
  if (value.is_null()) {
    original.erase(name);
    return Status::Ok();
  }
  const Plan plan = PlanOf(type, name);
  if (value.is_array()) return MergeList(plan, original[name], value);
  Json& held = original[name];
  if (!value.is_object()) {
    held = value;
    return Status::Ok();
  }
  if (!held.is_object()) held = Json::object();
  return MergeObject(plan.type, held, value);
}

/// `$setElementOrder/x`: x is merged first, then put in the order that the directive lists.
Status MergeOrdered(const Type* type, Json& original, Json& patch, const std::string& name,
                    const Json& order) {
  if (!order.is_array()) return InvalidArgument("$setElementOrder/" + name + " must be a list");
  const Plan plan = PlanOf(type, name);
  const Json server_order = original.value(name, Json::array());
  if (const auto value = patch.find(name); value != patch.end()) {
    const Json list = *value;
    patch.erase(value);
    EDGE_RETURN_IF_ERROR(CheckAgainstOrder(list, order, plan.merge_key, name));
    EDGE_RETURN_IF_ERROR(MergeField(type, original, name, list));
  }
  const auto held = original.find(name);
  if (held == original.end() || !held->is_array() || !server_order.is_array()) return Status::Ok();
  *held = OrderElements(*held, order, server_order, plan.merge_key);
  return Status::Ok();
}

/// Takes the members whose names start with `prefix` out of the patch.
Json TakeDirectives(Json& patch, std::string_view prefix) {
  Json taken = Json::object();
  for (auto it = patch.begin(); it != patch.end();) {
    if (!StartsWith(it.key(), prefix)) {
      ++it;
      continue;
    }
    taken[it.key().substr(prefix.size())] = std::move(*it);
    it = patch.erase(it);
  }
  return taken;
}

Status MergeObject(const Type* type, Json& original, Json patch) {
  if (const auto directive = patch.find(kDirective); directive != patch.end()) {
    const std::string kind = directive->is_string() ? directive->get<std::string>() : "";
    patch.erase(directive);
    if (kind == "delete") {
      original = Json::object();
      return Status::Ok();
    }
    if (kind == "replace") {
      original = std::move(patch);
      return Status::Ok();
    }
    if (kind != "merge") return UnknownDirective(kind);
  }
  EDGE_RETURN_IF_ERROR(RetainKeys(original, patch));
  const Json orders = TakeDirectives(patch, kOrderPrefix);
  const Json deletions = TakeDirectives(patch, kDeletePrefix);
  for (const auto& [name, values] : deletions.items()) {
    if (const auto held = original.find(name); held != original.end()) EraseValues(*held, values);
  }
  for (const auto& [name, order] : orders.items()) {
    EDGE_RETURN_IF_ERROR(MergeOrdered(type, original, patch, name, order));
  }
  for (const auto& [name, value] : patch.items()) {
    EDGE_RETURN_IF_ERROR(MergeField(type, original, name, value));
  }
  return Status::Ok();
}

}  // namespace

Result<Json> ApplyStrategicMergePatch(const Type& type, const Json& original, const Json& patch) {
  if (type.Has("custom")) {
    return Unimplemented(
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml");
  }
  if (!patch.is_object()) {
    return InvalidArgument("the strategic merge patch must be an object, not " +
                           std::string(patch.type_name()));
  }
  Json result = original.is_object() ? original : Json::object();
  EDGE_RETURN_IF_ERROR(MergeObject(&type, result, patch));
  return result;
}

}  // namespace edge::kube
