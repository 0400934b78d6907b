#include "common/config/config.h"

#include <dirent.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <charconv>
#include <memory>

#include "common/file.h"

namespace edge::config {
namespace {

constexpr std::size_t kMaxFile = 256 * 1024;
constexpr std::size_t kMaxDropIns = 100;

std::string Joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : std::string(between)) + part;
  return out;
}

std::vector<std::string> Split(std::string_view text, char at) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(at), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::string Millis(std::int64_t milliseconds) {
  if (milliseconds % 3600000 == 0 && milliseconds > 0) {
    return std::to_string(milliseconds / 3600000) + "h";
  }
  if (milliseconds % 1000 == 0) return std::to_string(milliseconds / 1000) + "s";
  return std::to_string(milliseconds) + "ms";
}

/// What a value may be, for errors: "a whole number from 1 to 10".
std::string AcceptedForm(const Key& key) {
  switch (key.type) {
    case Type::kString: return key.form == Form::kAny ? "text" : std::string(FormWords(key.form));
    case Type::kInt:
      return "a whole number from " + std::to_string(key.min) + " to " + std::to_string(key.max);
    case Type::kBool: return "true or false";
    case Type::kDuration:
      return "a duration from " + Millis(key.min) + " to " + Millis(key.max) +
             ", written like 250ms, 15s, 1m30s or 24h";
    case Type::kList:
      return key.form == Form::kAny ? "a list of texts"
                                    : "a list, each of it " + std::string(FormWords(key.form));
    case Type::kEnum: return "one of " + Joined(key.choices, ", ");
  }
  return {};
}

std::optional<std::int64_t> NumberOf(const Key& key, const std::string& text) {
  if (key.type == Type::kBool) {
    if (text == "true") return 1;
    if (text == "false") return 0;
    return std::nullopt;
  }
  if (key.type == Type::kDuration) {
    const Result<edge::Duration> duration = ParseDuration(text);
    if (!duration.ok()) return std::nullopt;
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(*duration);
    if (milliseconds.count() < key.min || milliseconds.count() > key.max) return std::nullopt;
    return duration->count();
  }
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && stop == text.data() + text.size();
  if (!whole || number < key.min || number > key.max) return std::nullopt;
  return number;
}

bool IsNumeric(Type type) {
  return type == Type::kInt || type == Type::kBool || type == Type::kDuration;
}

Result<std::vector<std::string>> FolderNames(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(path.c_str()), closedir);
  std::vector<std::string> names;
  if (folder == nullptr) {
    if (errno == ENOENT) return names;
    return ErrnoStatus("opening folder", path);
  }
  while (const dirent* entry = readdir(folder.get())) {
    const std::string name = entry->d_name;
    if (name.size() > 5 && name[0] != '.' && name.substr(name.size() - 5) == ".yaml") {
      names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Key StringKey(std::string name, std::string fallback, std::string help, Form form) {
  Key key{std::move(name), Type::kString, std::move(fallback), std::move(help)};
  key.form = form;
  return key;
}

Key IntKey(std::string name, std::int64_t fallback, std::int64_t min, std::int64_t max,
           std::string help) {
  return {std::move(name), Type::kInt, std::to_string(fallback), std::move(help), min, max};
}

Key BoolKey(std::string name, bool fallback, std::string help) {
  return {std::move(name), Type::kBool, fallback ? "true" : "false", std::move(help)};
}

Key DurationKey(std::string name, std::string fallback, Duration min, Duration max,
                std::string help) {
  using std::chrono::milliseconds;
  return {std::move(name),
          Type::kDuration,
          std::move(fallback),
          std::move(help),
          std::chrono::duration_cast<milliseconds>(min).count(),
          std::chrono::duration_cast<milliseconds>(max).count()};
}

Key ListKey(std::string name, std::vector<std::string> fallback, std::string help, Form form) {
  Key key{std::move(name), Type::kList, Joined(fallback, ","), std::move(help)};
  key.form = form;
  return key;
}

Key EnumKey(std::string name, std::string fallback, std::vector<std::string> choices,
            std::string help) {
  Key key{std::move(name), Type::kEnum, std::move(fallback), std::move(help)};
  key.choices = std::move(choices);
  return key;
}

Config::Config(std::vector<Key> keys) : keys_(std::move(keys)) {
  for (const Key& key : keys_) {
    YamlNode fallback;
    fallback.type = YamlNode::Type::kScalar;
    fallback.scalar = key.fallback;
    [[maybe_unused]] const Status assigned = Assign(key, fallback, "default");
    assert(assigned.ok() && "a default that its own key refuses");
  }
}

const Key* Config::FindKey(std::string_view name) const {
  const auto found =
      std::find_if(keys_.begin(), keys_.end(), [&](const Key& key) { return key.name == name; });
  return found == keys_.end() ? nullptr : &*found;
}

Status Config::LoadFile(const std::string& path) {
  EDGE_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxFile));
  YamlLimits limits;
  limits.max_bytes = kMaxFile;
  limits.max_nodes = 5000;
  limits.max_depth = 10;
  EDGE_ASSIGN_OR_RETURN(const YamlNode root, ParseYaml(text, path, limits));
  if (root.type == YamlNode::Type::kNull) return Status::Ok();
  if (root.type != YamlNode::Type::kMap) {
    return InvalidArgument(path + ":" + std::to_string(root.line) + ": not a list of settings",
                           "write \"name: value\" lines");
  }
  return Apply(root, "", path);
}

Status Config::LoadFolder(const std::string& path) {
  EDGE_ASSIGN_OR_RETURN(const std::vector<std::string> names, FolderNames(path));
  if (names.size() > kMaxDropIns) {
    return ResourceExhausted(path + " holds " + std::to_string(names.size()) + " files",
                             "at most 100 drop-ins are read: join some of them");
  }
  for (const std::string& name : names) EDGE_RETURN_IF_ERROR(LoadFile(path + "/" + name));
  return Status::Ok();
}

Status Config::Apply(const YamlNode& node, const std::string& prefix, const std::string& path) {
  for (const auto& [member, value] : node.members) {
    const std::string name = prefix.empty() ? member : prefix + "." + member;
    const std::string origin = path + ":" + std::to_string(value.line);
    if (const Key* key = FindKey(name); key != nullptr) {
      EDGE_RETURN_IF_ERROR(Assign(*key, value, origin));
    } else if (value.type == YamlNode::Type::kMap && !value.members.empty()) {
      EDGE_RETURN_IF_ERROR(Apply(value, name, path));
    } else {
      return InvalidArgument(origin + ": there is no setting " + name,
                             "correct the name; \"config show\" lists all settings");
    }
  }
  return Status::Ok();
}

Status Config::Assign(const Key& key, const YamlNode& node, const std::string& origin) {
  const auto wrong = [&](const YamlNode& what) {
    return InvalidArgument(
        origin + ": " + key.name + " is " +
            (what.type == YamlNode::Type::kScalar ? "\"" + what.scalar.substr(0, 80) + "\""
                                                  : std::string("of another form")) +
            ", and must be " + AcceptedForm(key),
        "correct the value");
  };
  Value value;
  value.origin = origin;
  value.text = node.scalar;
  if (key.type == Type::kList && node.type == YamlNode::Type::kList) {
    for (const YamlNode& item : node.items) {
      if (item.type != YamlNode::Type::kScalar || !HasForm(key.form, item.scalar)) {
        return wrong(item);
      }
      value.list.push_back(item.scalar);
    }
  } else if (node.type != YamlNode::Type::kScalar) {
    return wrong(node);
  } else if (key.type == Type::kList) {
    value.list = Split(node.scalar, ',');
    const bool fit = std::all_of(value.list.begin(), value.list.end(),
                                 [&](const std::string& item) { return HasForm(key.form, item); });
    if (!fit) return wrong(node);
  } else if (IsNumeric(key.type)) {
    const std::optional<std::int64_t> number = NumberOf(key, node.scalar);
    if (!number) return wrong(node);
    value.number = *number;
  } else if (key.type == Type::kEnum &&
             std::find(key.choices.begin(), key.choices.end(), node.scalar) == key.choices.end()) {
    return wrong(node);
  } else if (key.type == Type::kString && !HasForm(key.form, node.scalar)) {
    return wrong(node);
  }
  values_[key.name] = std::move(value);
  return Status::Ok();
}

Status Config::Set(std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos) {
    return InvalidArgument("--set " + std::string(assignment) + " has no \"=\"",
                           "write --set name=value");
  }
  const std::string name(assignment.substr(0, equals));
  const Key* key = FindKey(name);
  if (key == nullptr) {
    return InvalidArgument("--set " + name + ": there is no such setting",
                           "correct the name; \"config show\" lists all settings");
  }
  YamlNode node;
  node.type = YamlNode::Type::kScalar;
  node.scalar = assignment.substr(equals + 1);
  return Assign(*key, node, "--set");
}

const Config::Value& Config::Get(std::string_view name) const {
  const auto found = values_.find(name);
  assert(found != values_.end() && "a setting that is not declared");
  return found->second;
}

const std::string& Config::GetString(std::string_view name) const { return Get(name).text; }
std::int64_t Config::GetInt(std::string_view name) const { return Get(name).number; }
bool Config::GetBool(std::string_view name) const { return Get(name).number != 0; }
Duration Config::GetDuration(std::string_view name) const { return Duration(Get(name).number); }
const std::vector<std::string>& Config::GetList(std::string_view name) const {
  return Get(name).list;
}

}  // namespace edge::config
