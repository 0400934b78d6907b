#include <algorithm>
#include <optional>
#include <vector>

#include "kube/patch.h"

namespace edge::kube {
namespace {

constexpr std::size_t kMaxOperations = 10'000;
constexpr std::size_t kMaxResultBytes = 16 * 1024 * 1024;

Status MissingPath(const std::string& op, const std::string& path) {
  return FailedPrecondition(op + " operation does not apply: doc is missing path: \"" + path +
                            "\": missing value");
}

std::string Unescape(std::string_view token) {
  std::string text;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1')) {
      text += token[++i] == '0' ? '~' : '/';
    } else {
      text += token[i];
    }
  }
  return text;
}

/// A JSON pointer's steps (RFC 6901), or nothing where it is none.
std::optional<std::vector<std::string>> ParsePointer(std::string_view pointer) {
  std::vector<std::string> steps;
  if (pointer.empty()) return steps;
  if (pointer.front() != '/') return std::nullopt;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    steps.push_back(Unescape(pointer.substr(0, end)));
    pointer.remove_prefix(end);
  }
  return steps;
}

/// An index below `limit`; negative ones, leading zeros and other text are none.
std::optional<std::size_t> ToIndex(const std::string& step, std::size_t limit) {
  if (step.empty() || step.size() > 9 || (step.size() > 1 && step[0] == '0')) return std::nullopt;
  if (!std::all_of(step.begin(), step.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  const std::size_t index = std::stoul(step);
  return index < limit ? std::optional(index) : std::nullopt;
}

Json* Child(Json& value, const std::string& step) {
  if (value.is_object()) {
    const auto found = value.find(step);
    return found == value.end() ? nullptr : &*found;
  }
  if (!value.is_array()) return nullptr;
  const auto index = ToIndex(step, value.size());
  return index ? &value[*index] : nullptr;
}

Json* Resolve(Json& root, const std::vector<std::string>& steps, std::size_t count) {
  Json* value = &root;
  for (std::size_t i = 0; i < count && value != nullptr; ++i) value = Child(*value, steps[i]);
  return value;
}

class Patcher {
 public:
  explicit Patcher(Json document) : document_(std::move(document)) {}

  Status Apply(const Json& operation) {
    const std::string op = FindString(operation, {"op"});
    const std::string path = FindString(operation, {"path"});
    const auto steps = ParsePointer(path);
    if (!operation.is_object() || !operation.contains("path") || !steps) {
      return InvalidArgument("json patch: operation \"" + op + "\" has no valid path: \"" + path +
                             "\"");
    }
    if (op == "remove") return Remove(*steps, path, op);
    if (op == "move" || op == "copy") return MoveOrCopy(operation, op, *steps, path);
    const auto value = operation.find("value");
    if (op != "add" && op != "replace" && op != "test") {
      return FailedPrecondition("json patch: Unexpected kind: " + op);
    }
    if (value == operation.end() && op != "test") {
      return InvalidArgument("json patch: operation \"" + op + "\" on \"" + path +
                             "\" has no value");
    }
    const Json wanted = value == operation.end() ? Json() : *value;
    if (op == "test") return Test(*steps, path, wanted);
    if (op == "replace") return Replace(*steps, path, wanted);
    return Add(*steps, path, wanted);
  }

  Json Take() && { return std::move(document_); }

 private:
  Status Add(const std::vector<std::string>& steps, const std::string& path, Json value) {
    if (steps.empty()) {
      document_ = std::move(value);
      return Status::Ok();
    }
    Json* parent = Resolve(document_, steps, steps.size() - 1);
    if (parent == nullptr || !parent->is_structured()) return MissingPath("add", path);
    if (parent->is_object()) {
      (*parent)[steps.back()] = std::move(value);
      return Status::Ok();
    }
    const auto index = steps.back() == "-" ? std::optional(parent->size())
                                           : ToIndex(steps.back(), parent->size() + 1);
    if (!index) return MissingPath("add", path);
    parent->insert(parent->begin() + static_cast<std::ptrdiff_t>(*index), std::move(value));
    return Status::Ok();
  }

  Status Remove(const std::vector<std::string>& steps, const std::string& path,
                const std::string& op) {
    Json* target = steps.empty() ? nullptr : Resolve(document_, steps, steps.size());
    if (target == nullptr) return MissingPath(op, path);
    Json* parent = Resolve(document_, steps, steps.size() - 1);
    if (parent->is_object()) {
      parent->erase(steps.back());
    } else {
      parent->erase(*ToIndex(steps.back(), parent->size()));
    }
    return Status::Ok();
  }

  Status Replace(const std::vector<std::string>& steps, const std::string& path, Json value) {
    Json* target = Resolve(document_, steps, steps.size());
    if (target == nullptr) return MissingPath("replace", path);
    *target = std::move(value);
    return Status::Ok();
  }

  Status Test(const std::vector<std::string>& steps, const std::string& path, const Json& wanted) {
    const Json* target = Resolve(document_, steps, steps.size());
    // A missing value is equal to null, as the API server's library has it.
    if (target != nullptr ? *target == wanted : wanted.is_null()) return Status::Ok();
    return FailedPrecondition("testing value " + path + " failed: test failed");
  }

  Status MoveOrCopy(const Json& operation, const std::string& op,
                    const std::vector<std::string>& steps, const std::string& path) {
    const std::string from = FindString(operation, {"from"});
    const auto source = ParsePointer(from);
    if (!source) return InvalidArgument("json patch: \"" + from + "\" is no valid path");
    const Json* value = Resolve(document_, *source, source->size());
    if (value == nullptr) return MissingPath(op, from);
    Json taken = *value;
    if (op == "copy") {
      copied_ += taken.dump(-1, ' ', false, Json::error_handler_t::replace).size();
      if (copied_ > kMaxResultBytes) {
        return InvalidArgument("json patch: copy operations make the object too large");
      }
      return Add(steps, path, std::move(taken));
    }
    if (steps.size() > source->size() &&
        std::equal(source->begin(), source->end(), steps.begin())) {
      return InvalidArgument("json patch: cannot move \"" + from + "\" into itself");
    }
    EDGE_RETURN_IF_ERROR(Remove(*source, from, op));
    return Add(steps, path, std::move(taken));
  }

  Json document_;
  std::size_t copied_ = 0;
};

}  // namespace

Result<Json> ApplyJsonPatch(const Json& original, const Json& patch) {
  if (!patch.is_array()) {
    return InvalidArgument("error decoding patch: json: cannot unmarshal " +
                           std::string(patch.type_name()) +
                           " into Go value of type []handlers.jsonPatchOp");
  }
  if (patch.size() > kMaxOperations) {
    return InvalidArgument("The allowed maximum operations in a JSON patch is 10000, got " +
                           std::to_string(patch.size()));
  }
  Patcher patcher(original);
  for (const Json& operation : patch) EDGE_RETURN_IF_ERROR(patcher.Apply(operation));
  return std::move(patcher).Take();
}

}  // namespace edge::kube
