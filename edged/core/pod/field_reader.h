#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/json.h"
#include "common/status.h"

namespace edge::edged {

/// Reads the members of one JSON object and remembers the first that has another type than asked
/// for. null counts as absent, as in the API. Thread rule: a value that borrows the JSON.
class FieldReader {
 public:
  /// `value` may be null: then every field is absent.
  FieldReader(const Json* value, std::string path, Status* error);

  bool present() const { return value_ != nullptr; }
  bool Has(const char* key) const { return Member(key) != nullptr; }
  std::string String(const char* key, std::string fallback = {}) const;
  bool Bool(const char* key, bool fallback = false) const;
  std::optional<bool> OptionalBool(const char* key) const;
  std::optional<std::int64_t> OptionalInt(const char* key) const;
  std::vector<std::string> Strings(const char* key) const;
  std::vector<std::int64_t> Ints(const char* key) const;
  /// Values that are numbers are taken as their text (quantities may be written so).
  std::map<std::string, std::string> StringMap(const char* key) const;
  FieldReader Object(const char* key) const;
  std::vector<FieldReader> List(const char* key) const;
  const std::string& path() const { return path_; }
  /// Records an error unless there is one already.
  void Fail(const std::string& what) const;

 private:
  const Json* Member(const char* key) const;
  void WrongType(const char* key, const char* wanted) const;

  const Json* value_;
  std::string path_;
  Status* error_;
};

}  // namespace edge::edged
