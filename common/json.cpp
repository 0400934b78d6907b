#include "common/json.h"

template class nlohmann::basic_json<>;

namespace edge {
namespace {

/// Whether brackets nest deeper than `max_depth`, counted before parsing: the parser builds its
/// value as it goes, so a later look would be too late.
bool TooDeep(std::string_view text, int max_depth) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > max_depth) return true;
  }
  return false;
}

}  // namespace

Result<Json> ParseJson(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return ResourceExhausted("JSON of " + std::to_string(text.size()) +
                             " bytes is over the limit of " + std::to_string(limits.max_bytes));
  }
  if (TooDeep(text, limits.max_depth)) {
    return ResourceExhausted("JSON nests deeper than " + std::to_string(limits.max_depth));
  }
  try {
    return Json::parse(text);
  } catch (const Json::exception& e) {
    return InvalidArgument(std::string("not valid JSON: ") + e.what());
  }
}

std::string DumpJson(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

const Json* Find(const Json& value, std::initializer_list<std::string_view> path) {
  const Json* at = &value;
  for (const std::string_view key : path) {
    if (!at->is_object()) return nullptr;
    const auto it = at->find(key);
    if (it == at->end()) return nullptr;
    at = &*it;
  }
  return at;
}

std::string FindString(const Json& value, std::initializer_list<std::string_view> path,
                       std::string_view fallback) {
  const Json* found = Find(value, path);
  if (found == nullptr || !found->is_string()) return std::string(fallback);
  return found->get<std::string>();
}

std::int64_t FindInt(const Json& value, std::initializer_list<std::string_view> path,
                     std::int64_t fallback) {
  const Json* found = Find(value, path);
  if (found == nullptr || !found->is_number_integer()) return fallback;
  return found->get<std::int64_t>();
}

bool FindBool(const Json& value, std::initializer_list<std::string_view> path, bool fallback) {
  const Json* found = Find(value, path);
  if (found == nullptr || !found->is_boolean()) return fallback;
  return found->get<bool>();
}

}  // namespace edge
