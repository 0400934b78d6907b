#include "edged/core/pod/field_reader.h"

namespace edge::edged {

FieldReader::FieldReader(const Json* value, std::string path, Status* error)
    : value_(value), path_(std::move(path)), error_(error) {
  if (value_ != nullptr && !value_->is_object()) {
    Fail(path_ + " is no object");
    value_ = nullptr;
  }
}

const Json* FieldReader::Member(const char* key) const {
  if (value_ == nullptr) return nullptr;
  const auto found = value_->find(key);
  return found == value_->end() || found->is_null() ? nullptr : &*found;
}

void FieldReader::Fail(const std::string& what) const {
  if (error_->ok()) *error_ = InvalidArgument(what, "correct the pod's manifest");
}

void FieldReader::WrongType(const char* key, const char* wanted) const {
  Fail(path_ + "." + key + " is no " + wanted);
}

std::string FieldReader::String(const char* key, std::string fallback) const {
  const Json* member = Member(key);
  if (member == nullptr) return fallback;
  if (member->is_string()) return member->get<std::string>();
  WrongType(key, "string");
  return fallback;
}

std::optional<bool> FieldReader::OptionalBool(const char* key) const {
  const Json* member = Member(key);
  if (member == nullptr) return std::nullopt;
  if (member->is_boolean()) return member->get<bool>();
  WrongType(key, "boolean");
  return std::nullopt;
}

bool FieldReader::Bool(const char* key, bool fallback) const {
  return OptionalBool(key).value_or(fallback);
}

std::optional<std::int64_t> FieldReader::OptionalInt(const char* key) const {
  const Json* member = Member(key);
  if (member == nullptr) return std::nullopt;
  if (member->is_number_integer()) return member->get<std::int64_t>();
  WrongType(key, "integer");
  return std::nullopt;
}

std::vector<std::string> FieldReader::Strings(const char* key) const {
  std::vector<std::string> result;
  const Json* member = Member(key);
  if (member == nullptr) return result;
  if (!member->is_array()) WrongType(key, "list");
  for (const Json& element : *member) {
    if (element.is_string()) {
      result.push_back(element.get<std::string>());
    } else {
      WrongType(key, "list of strings");
    }
  }
  return result;
}

std::vector<std::int64_t> FieldReader::Ints(const char* key) const {
  std::vector<std::int64_t> result;
  const Json* member = Member(key);
  if (member == nullptr) return result;
  if (!member->is_array()) WrongType(key, "list");
  for (const Json& element : *member) {
    if (element.is_number_integer()) {
      result.push_back(element.get<std::int64_t>());
    } else {
      WrongType(key, "list of integers");
    }
  }
  return result;
}

std::map<std::string, std::string> FieldReader::StringMap(const char* key) const {
  std::map<std::string, std::string> result;
  const Json* member = Member(key);
  if (member == nullptr) return result;
  if (!member->is_object()) {
    WrongType(key, "map");
    return result;
  }
  for (const auto& [name, value] : member->items()) {
    if (value.is_string()) {
      result[name] = value.get<std::string>();
    } else if (value.is_number()) {
      result[name] = value.dump();
    } else {
      WrongType(key, "map of strings");
    }
  }
  return result;
}

FieldReader FieldReader::Object(const char* key) const {
  return FieldReader(Member(key), path_ + "." + key, error_);
}

std::vector<FieldReader> FieldReader::List(const char* key) const {
  std::vector<FieldReader> result;
  const Json* member = Member(key);
  if (member == nullptr) return result;
  if (!member->is_array()) {
    WrongType(key, "list");
    return result;
  }
  for (std::size_t i = 0; i < member->size(); ++i) {
    result.emplace_back(&(*member)[i], path_ + "." + key + "[" + std::to_string(i) + "]", error_);
  }
  return result;
}

}  // namespace edge::edged
