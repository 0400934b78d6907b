#include "kube/selector.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "kube/text.h"
#include "kube/validation.h"

namespace edge::kube {
namespace {

constexpr std::size_t kMaxSelector = 64 * 1024;
using Operator = Requirement::Operator;

std::optional<std::int64_t> ToInt(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool IsSpecial(char c) { return std::string_view("=!<>(),").find(c) != std::string_view::npos; }

/// Cuts a selector into words and the marks = == != > < ! ( ) ,
class Lexer {
 public:
  explicit Lexer(std::string_view text) : rest_(Trim(text)) {}

  std::string_view Peek() const {
    if (rest_.empty()) return {};
    if (!IsSpecial(rest_[0])) {
      std::size_t end = 0;
      while (end < rest_.size() && !IsSpecial(rest_[end]) && rest_[end] != ' ' &&
             rest_[end] != '\t') {
        ++end;
      }
      return rest_.substr(0, end);
    }
    const std::string_view two = rest_.substr(0, 2);
    return two == "==" || two == "!=" ? two : rest_.substr(0, 1);
  }

  std::string_view Take() {
    const std::string_view token = Peek();
    rest_ = Trim(rest_.substr(token.size()));
    return token;
  }

  static bool IsWord(std::string_view token) { return !token.empty() && !IsSpecial(token[0]); }

 private:
  std::string_view rest_;
};

/// The grammar of label selectors: requirements separated by commas.
class SelectorParser {
 public:
  explicit SelectorParser(std::string_view text) : lexer_(text) {}

  Result<std::vector<Requirement>> Parse() {
    std::vector<Requirement> requirements;
    while (!lexer_.Peek().empty()) {
      EDGE_ASSIGN_OR_RETURN(Requirement requirement, One());
      EDGE_RETURN_IF_ERROR(Check(requirement));
      requirements.push_back(std::move(requirement));
      if (lexer_.Peek().empty()) break;
      if (lexer_.Take() != ",") return Unexpected(lexer_.Peek(), "',' or 'end of string'");
      if (lexer_.Peek().empty()) return Unexpected("", "identifier after ','");
    }
    return requirements;
  }

 private:
  Result<Requirement> One() {
    Requirement requirement;
    if (lexer_.Peek() == "!") {
      lexer_.Take();
      requirement.op = Operator::kDoesNotExist;
    }
    if (!Lexer::IsWord(lexer_.Peek())) return Unexpected(lexer_.Peek(), "'!', identifier");
    requirement.key = lexer_.Take();
    const std::string_view next = lexer_.Peek();
    if (requirement.op == Operator::kDoesNotExist) return requirement;
    if (next.empty() || next == ",") {
      requirement.op = Operator::kExists;
      return requirement;
    }
    return WithOperator(std::move(requirement));
  }

  Result<Requirement> WithOperator(Requirement requirement) {
    const std::string_view token = lexer_.Take();
    if (token == "in" || token == "notin") {
      requirement.op = token == "in" ? Operator::kIn : Operator::kNotIn;
      return WithList(std::move(requirement));
    }
    if (token == "=" || token == "==") {
      requirement.op = Operator::kIn;
    } else if (token == "!=") {
      requirement.op = Operator::kNotIn;
    } else if (token == ">" || token == "<") {
      requirement.op = token == ">" ? Operator::kGt : Operator::kLt;
    } else {
      return Unexpected(token, "in, notin, =, ==, !=, gt, lt");
    }
    const bool word = Lexer::IsWord(lexer_.Peek());
    if (!word && !lexer_.Peek().empty() && lexer_.Peek() != ",") {
      return Unexpected(lexer_.Peek(), "identifier");
    }
    requirement.values.emplace_back(word ? lexer_.Take() : std::string_view());
    return requirement;
  }

  Result<Requirement> WithList(Requirement requirement) {
    if (lexer_.Peek() != "(") {
      return InvalidArgument("unable to parse requirement: found '" + std::string(lexer_.Peek()) +
                             "' expected: '('");
    }
    lexer_.Take();
    for (;;) {
      const bool word = Lexer::IsWord(lexer_.Peek());
      requirement.values.emplace_back(word ? lexer_.Take() : std::string_view());
      const std::string_view mark = lexer_.Take();
      if (mark == ")") return requirement;
      if (mark != ",") return Unexpected(mark, "',' or ')'");
    }
  }

  static Status Check(const Requirement& requirement) {
    if (const std::string fault = CheckQualifiedName(requirement.key); !fault.empty()) {
      return InvalidArgument("unable to parse requirement: <nil>: Invalid value: \"" +
                             requirement.key + "\": " + fault);
    }
    const bool numeric = requirement.op == Operator::kGt || requirement.op == Operator::kLt;
    for (const std::string& value : requirement.values) {
      if (numeric && !ToInt(value)) {
        return InvalidArgument("unable to parse requirement: values[0][" + requirement.key +
                               "]: Invalid value: \"" + value +
                               "\": for 'Gt', 'Lt' operators, the value must be an integer");
      }
      if (const std::string fault = CheckLabelValue(value); !fault.empty()) {
        return InvalidArgument("unable to parse requirement: values[0][" + requirement.key +
                               "]: Invalid value: \"" + value + "\": " + fault);
      }
    }
    return Status::Ok();
  }

  static Status Unexpected(std::string_view found, std::string_view expected) {
    return InvalidArgument("unable to parse requirement: found '" + std::string(found) +
                           "', expected: " + std::string(expected));
  }

  Lexer lexer_;
};

Result<Requirement> ExpressionFromObject(const Json& expression) {
  Requirement requirement;
  requirement.key = FindString(expression, {"key"});
  const std::string op = FindString(expression, {"operator"});
  const Json* values = Find(expression, {"values"});
  const bool has_values = values != nullptr && values->is_array() && !values->empty();
  if (op == "In" || op == "NotIn") {
    requirement.op = op == "In" ? Operator::kIn : Operator::kNotIn;
    if (!has_values)
      return InvalidArgument("for 'in', 'notin' operators, values set can't be empty");
    for (const Json& value : *values) {
      if (value.is_string()) requirement.values.push_back(value.get<std::string>());
    }
  } else if (op == "Exists" || op == "DoesNotExist") {
    requirement.op = op == "Exists" ? Operator::kExists : Operator::kDoesNotExist;
    if (has_values) {
      return InvalidArgument("values set must be empty for exists and does not exist");
    }
  } else {
    return InvalidArgument("\"" + op + "\" is not a valid label selector operator");
  }
  return requirement;
}

}  // namespace

bool Requirement::Matches(const std::string* value) const {
  switch (op) {
    case Operator::kExists: return value != nullptr;
    case Operator::kDoesNotExist: return value == nullptr;
    case Operator::kIn:
      return value != nullptr && std::find(values.begin(), values.end(), *value) != values.end();
    case Operator::kNotIn:
      return value == nullptr || std::find(values.begin(), values.end(), *value) == values.end();
    case Operator::kGt:
    case Operator::kLt: {
      if (value == nullptr || values.size() != 1) return false;
      const auto number = ToInt(*value), bound = ToInt(values[0]);
      if (!number || !bound) return false;
      return op == Operator::kGt ? *number > *bound : *number < *bound;
    }
  }
  return false;
}

Result<LabelSelector> LabelSelector::Parse(std::string_view text) {
  if (text.size() > kMaxSelector)
    return InvalidArgument("the label selector is longer than 64 KiB");
  LabelSelector selector;
  EDGE_ASSIGN_OR_RETURN(selector.requirements_, SelectorParser(text).Parse());
  return selector;
}

Result<LabelSelector> LabelSelector::FromObject(const Json& object) {
  LabelSelector selector;
  if (const Json* labels = Find(object, {"matchLabels"}); labels && labels->is_object()) {
    for (const auto& [key, value] : labels->items()) {
      if (!value.is_string()) return InvalidArgument("matchLabels." + key + " must be a string");
      selector.requirements_.push_back({Operator::kIn, key, {value.get<std::string>()}});
    }
  }
  if (const Json* list = Find(object, {"matchExpressions"}); list && list->is_array()) {
    for (const Json& expression : *list) {
      EDGE_ASSIGN_OR_RETURN(Requirement requirement, ExpressionFromObject(expression));
      selector.requirements_.push_back(std::move(requirement));
    }
  }
  return selector;
}

bool LabelSelector::Matches(const Json& labels) const {
  return std::all_of(requirements_.begin(), requirements_.end(), [&](const Requirement& wanted) {
    if (!labels.is_object()) return wanted.Matches(nullptr);
    const auto found = labels.find(wanted.key);
    const bool present = found != labels.end() && found->is_string();
    return wanted.Matches(present ? found->get_ptr<const std::string*>() : nullptr);
  });
}

bool LabelSelector::MatchesObject(const Json& object) const {
  const Json* labels = Find(object, {"metadata", "labels"});
  return Matches(labels == nullptr ? Json() : *labels);
}

}  // namespace edge::kube
