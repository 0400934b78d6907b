#include "kube/node_selector.h"

#include <algorithm>

#include "kube/selector.h"

namespace edge::kube {
namespace {

const std::string* StringAt(const Json* object, const std::string& key) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto found = object->find(key);
  return found != object->end() ? found->get_ptr<const std::string*>() : nullptr;
}

bool ReadOperator(const std::string& text, Requirement::Operator& op) {
  using Operator = Requirement::Operator;
  if (text == "In")
    op = Operator::kIn;
  else if (text == "NotIn")
    op = Operator::kNotIn;
  else if (text == "Exists")
    op = Operator::kExists;
  else if (text == "DoesNotExist")
    op = Operator::kDoesNotExist;
  else if (text == "Gt")
    op = Operator::kGt;
  else if (text == "Lt")
    op = Operator::kLt;
  else
    return false;
  return true;
}

bool ExpressionMatches(const Json& expression, const std::string* value) {
  Requirement requirement;
  if (!ReadOperator(FindString(expression, {"operator"}), requirement.op)) return false;
  const Json* values = Find(expression, {"values"});
  if (values != nullptr && values->is_array()) {
    for (const Json& item : *values) {
      if (item.is_string()) requirement.values.push_back(item.get<std::string>());
    }
  }
  return requirement.Matches(value);
}

const Json* NonEmptyList(const Json& holder, std::string_view name) {
  const Json* list = Find(holder, {name});
  return list != nullptr && list->is_array() && !list->empty() ? list : nullptr;
}

bool TaintKeepsAway(const Json& taint) {
  const std::string effect = FindString(taint, {"effect"});
  return effect == "NoSchedule" || effect == "NoExecute";
}

}  // namespace

bool NodeSelectorTermMatches(const Json& term, const Json& node) {
  const Json* expressions = NonEmptyList(term, "matchExpressions");
  const Json* fields = NonEmptyList(term, "matchFields");
  if (expressions == nullptr && fields == nullptr) return false;
  const Json* labels = Find(node, {"metadata", "labels"});
  const auto label_fits = [&](const Json& expression) {
    return ExpressionMatches(expression, StringAt(labels, FindString(expression, {"key"})));
  };
  const auto field_fits = [&](const Json& expression) {
    if (FindString(expression, {"key"}) != "metadata.name") return false;
    return ExpressionMatches(expression, StringAt(Find(node, {"metadata"}), "name"));
  };
  return (expressions == nullptr ||
          std::all_of(expressions->begin(), expressions->end(), label_fits)) &&
         (fields == nullptr || std::all_of(fields->begin(), fields->end(), field_fits));
}

bool NodeSelectorFits(const Json& pod, const Json& node) {
  const Json* labels = Find(node, {"metadata", "labels"});
  const Json* selector = Find(pod, {"spec", "nodeSelector"});
  if (selector != nullptr && selector->is_object()) {
    for (const auto& [key, wanted] : selector->items()) {
      const std::string* value = StringAt(labels, key);
      if (value == nullptr || Json(*value) != wanted) return false;
    }
  }
  const Json* required = Find(
      pod, {"spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"});
  if (required == nullptr || !required->is_object()) return true;
  const Json* terms = NonEmptyList(*required, "nodeSelectorTerms");
  return terms != nullptr && std::any_of(terms->begin(), terms->end(), [&](const Json& term) {
           return NodeSelectorTermMatches(term, node);
         });
}

bool Tolerates(const Json& toleration, const Json& taint) {
  const std::string effect = FindString(toleration, {"effect"});
  if (!effect.empty() && effect != FindString(taint, {"effect"})) return false;
  const std::string key = FindString(toleration, {"key"});
  if (!key.empty() && key != FindString(taint, {"key"})) return false;
  const std::string op = FindString(toleration, {"operator"});
  if (op == "Exists") return true;
  if (key.empty() || (!op.empty() && op != "Equal")) return false;
  return FindString(toleration, {"value"}) == FindString(taint, {"value"});
}

const Json* FirstUntoleratedTaint(const Json& pod, const Json& node) {
  const Json* taints = Find(node, {"spec", "taints"});
  if (taints == nullptr || !taints->is_array()) return nullptr;
  const Json* tolerations = Find(pod, {"spec", "tolerations"});
  for (const Json& taint : *taints) {
    if (!TaintKeepsAway(taint)) continue;
    const bool tolerated =
        tolerations != nullptr && tolerations->is_array() &&
        std::any_of(tolerations->begin(), tolerations->end(),
                    [&](const Json& toleration) { return Tolerates(toleration, taint); });
    if (!tolerated) return &taint;
  }
  return nullptr;
}

}  // namespace edge::kube
