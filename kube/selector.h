#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/json.h"
#include "common/status.h"

namespace edge::kube {

/// One requirement of a label selector or node selector term.
struct Requirement {
  enum class Operator { kIn, kNotIn, kExists, kDoesNotExist, kGt, kLt } op = Operator::kIn;
  std::string key;
  std::vector<std::string> values;

  /// `value` is nullptr where the labels have no such key.
  bool Matches(const std::string* value) const;
};

/// All requirements must hold; without any, everything matches. Thread rule: a value.
class LabelSelector {
 public:
  /// As kubectl sends: `a=b,c!=d,e in (x,y),f notin (z),g,!h,i>3`. Error: kInvalidArgument.
  static Result<LabelSelector> Parse(std::string_view text);
  /// A LabelSelector object (matchLabels, matchExpressions). Error: kInvalidArgument.
  static Result<LabelSelector> FromObject(const Json& selector);

  /// `labels` is an object of strings, or null.
  bool Matches(const Json& labels) const;
  bool MatchesObject(const Json& object) const;  ///< by metadata.labels
  bool empty() const { return requirements_.empty(); }
  const std::vector<Requirement>& requirements() const { return requirements_; }

 private:
  std::vector<Requirement> requirements_;
};

/// `metadata.name=a,status.phase!=Failed`: fields compared as text. Thread rule: a value.
class FieldSelector {
 public:
  /// `supported` are the fields that the resource may be selected by. Error: kInvalidArgument,
  /// `field label not supported: x` for others.
  static Result<FieldSelector> Parse(std::string_view text,
                                     std::span<const std::string_view> supported);

  bool Matches(const Json& object) const;
  bool empty() const { return terms_.empty(); }
  /// The value that `field` must equal, or nullptr where the selector does not fix it.
  const std::string* Exact(std::string_view field) const;

 private:
  struct Term {
    std::string field, value;
    bool equal = true;
  };
  std::vector<Term> terms_;
};

/// The fields that a real API server lets a resource be selected by, e.g. for ("", "pods")
/// spec.nodeName, status.phase and so on, besides metadata.name and metadata.namespace.
std::span<const std::string_view> SelectableFields(std::string_view group, std::string_view plural);

}  // namespace edge::kube
