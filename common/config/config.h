#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/config/form.h"
#include "common/config/yaml.h"

namespace edge::config {

enum class Type { kString, kInt, kBool, kDuration, kList, kEnum };

/// One setting. Tables of these are constants of the program that has the settings.
struct Key {
  std::string name;  ///< dotted: "link.heartbeat"
  Type type = Type::kString;
  std::string fallback;  ///< the default, written as in a file; lists: comma-separated
  std::string help;      ///< one line for people
  std::int64_t min = INT64_MIN, max = INT64_MAX;  ///< kInt; kDuration: milliseconds
  std::vector<std::string> choices = {};          ///< kEnum
  Form form = Form::kAny;                         ///< kString, and each of kList
};

// Makers, so that tables read as tables.
Key StringKey(std::string name, std::string fallback, std::string help, Form form = Form::kAny);
Key IntKey(std::string name, std::int64_t fallback, std::int64_t min, std::int64_t max,
           std::string help);
Key BoolKey(std::string name, bool fallback, std::string help);
/// Durations are written as Go writes them: "250ms", "15s", "1m30s", "24h".
Key DurationKey(std::string name, std::string fallback, Duration min, Duration max,
                std::string help);
Key ListKey(std::string name, std::vector<std::string> fallback, std::string help,
            Form form = Form::kAny);
Key EnumKey(std::string name, std::string fallback, std::vector<std::string> choices,
            std::string help);

/// The settings of a program: declared once, then filled from a main file, drop-ins
/// (<main folder>/<main name>.d/*.yaml by convention, in the order of their names) and --set flags;
/// the last one wins. Each value remembers where it came from.
///
/// Failure modes: an unknown key or a value of a wrong form is kInvalidArgument that names file,
/// line, key and the accepted form. Thread rule: fill on one thread; then read from any.
class Config {
 public:
  explicit Config(std::vector<Key> keys);

  /// A missing file is kNotFound.
  Status LoadFile(const std::string& path);
  /// Every *.yaml of the folder, sorted; a missing folder is success.
  Status LoadFolder(const std::string& path);
  /// "link.heartbeat=15s", of the flag --set.
  Status Set(std::string_view assignment);

  // Reading a key that is not declared, or as another type, is a programming mistake (asserted).
  const std::string& GetString(std::string_view name) const;  ///< kString, kEnum
  std::int64_t GetInt(std::string_view name) const;
  bool GetBool(std::string_view name) const;
  Duration GetDuration(std::string_view name) const;
  const std::vector<std::string>& GetList(std::string_view name) const;

  /// `config show`: "name: value" lines, with "  # default", "  # file:line" or "  # --set".
  std::string Show(bool with_origin) const;
  /// `config show -o json`: {"name": value} or {"name": {"value": ..., "origin": ...}}.
  Json ShowJson(bool with_origin) const;
  /// A Markdown table of all keys, for docs/reference.
  std::string Reference() const;

 private:
  struct Value {
    std::string text;         ///< kString, kEnum; others as written, for Show
    std::int64_t number = 0;  ///< kInt, kBool, kDuration (nanoseconds)
    std::vector<std::string> list;
    std::string origin = "default";
  };

  const Key* FindKey(std::string_view name) const;
  const Value& Get(std::string_view name) const;
  Status Apply(const YamlNode& node, const std::string& prefix, const std::string& path);
  Status Assign(const Key& key, const YamlNode& node, const std::string& origin);

  std::vector<Key> keys_;
  std::map<std::string, Value, std::less<>> values_;
};

/// "1m30s" to a duration, as Go's time.ParseDuration (units h, m, s, ms). Errors: kInvalidArgument.
Result<Duration> ParseDuration(std::string_view text);

}  // namespace edge::config
