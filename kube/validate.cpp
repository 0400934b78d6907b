#include "kube/validation.h"

#include <set>
#include <string>

#include "kube/validators.h"

namespace edge::kube {
namespace {

/// The table's part: required fields and enums. Status is what nodes and controllers report and is
/// not held to it, except in custom resources.
class TableValidator {
 public:
  explicit TableValidator(FieldErrors& errors) : errors_(errors) {}

  void Object(const Type& type, const Json& object, const std::string& path) {
    if (!object.is_object()) return;
    for (const Field& field : type.fields) {
      const std::string here =
          path.empty() ? std::string(field.name) : path + "." + std::string(field.name);
      const auto found = object.find(field.name);
      if (found == object.end() || found->is_null() || IsEmpty(field, *found)) {
        if (field.required) errors_.push_back(Required(here));
        continue;
      }
      if (path.empty() && field.name == "status" && !type.Has("custom")) continue;
      if (path.empty() && field.name == "metadata") continue;  // see ValidateMetadata
      Value(field, *found, here);
    }
  }

 private:
  static bool IsEmpty(const Field& field, const Json& value) {
    if (!field.required || field.Has("empty")) return false;
    if (field.container != Container::kNone) return value.empty();
    return value.is_string() && value.get_ref<const std::string&>().empty();
  }

  void Value(const Field& field, const Json& value, const std::string& path) {
    if (field.container == Container::kList && value.is_array()) {
      for (std::size_t i = 0; i < value.size(); ++i) {
        Single(field, value[i], path + "[" + std::to_string(i) + "]");
      }
    } else if (field.container == Container::kMap && value.is_object()) {
      for (const auto& [key, element] : value.items()) {
        Single(field, element, path + "[" + key + "]");
      }
    } else if (field.container == Container::kNone) {
      Single(field, value, path);
    }
  }

  void Single(const Field& field, const Json& value, const std::string& path) {
    if (field.shape == Shape::kObject) return Object(*field.type, value, path);
    const auto known = field.Enum();
    if (known.empty() || !value.is_string()) return;
    const std::string_view text = value.get_ref<const std::string&>();
    for (const std::string_view item : known) {
      if (item == text) return;
    }
    errors_.push_back(NotSupported(path, value, known));
  }

  FieldErrors& errors_;
};

/// Fields that the table marks `fixed` or `once`, at the top and in spec.
void CheckFixed(const Type& type, const Json& updated, const Json& old, const std::string& path,
                FieldErrors& errors) {
  if (!updated.is_object() || !old.is_object()) return;
  for (const Field& field : type.fields) {
    const std::string here = path + std::string(field.name);
    const Json* now = Find(updated, {field.name});
    const Json* before = Find(old, {field.name});
    if (field.name == "spec" && now != nullptr && before != nullptr && field.type != nullptr) {
      CheckFixed(*field.type, *now, *before, "spec.", errors);
    }
    const Json value = now == nullptr ? Json() : *now;
    const bool changed = value != (before == nullptr ? Json() : *before);
    if (changed && field.Has("fixed")) {
      errors.push_back(Invalid(here, value, "field is immutable"));
    } else if (changed && before != nullptr && field.Has("once")) {
      errors.push_back(Forbidden(here, "node updates may not change " + std::string(field.name) +
                                           " except from \"\" to valid"));
    }
  }
}

std::set<std::string> FinalizersOf(const Json& object) {
  std::set<std::string> finalizers;
  const Json* list = Find(object, {"metadata", "finalizers"});
  if (list == nullptr || !list->is_array()) return finalizers;
  for (const Json& one : *list) {
    if (one.is_string()) finalizers.insert(one.get<std::string>());
  }
  return finalizers;
}

/// An end that has begun must be able to come.
void CheckNoNewFinalizers(const Json& updated, const Json& old, FieldErrors& errors) {
  const std::set<std::string> before = FinalizersOf(old);
  std::string added;
  for (const std::string& finalizer : FinalizersOf(updated)) {
    if (before.contains(finalizer)) continue;
    added += (added.empty() ? "" : ", ") + Json(finalizer).dump();
  }
  if (added.empty()) return;
  errors.push_back(Forbidden("metadata.finalizers",
                             "no new finalizers can be added if the object is being deleted, "
                             "found new finalizers []string{" +
                                 added + "}"));
}

void CheckMetadataUpdate(const Json& updated, const Json& old, FieldErrors& errors) {
  for (const char* name : {"name", "namespace", "uid", "creationTimestamp", "deletionTimestamp"}) {
    const std::string now = FindString(updated, {"metadata", name});
    const std::string before = FindString(old, {"metadata", name});
    if (now != before) {
      errors.push_back(Invalid(std::string("metadata.") + name, now, "field is immutable"));
    }
  }
  if (!FindString(old, {"metadata", "deletionTimestamp"}).empty()) {
    CheckNoNewFinalizers(updated, old, errors);
  }
}

}  // namespace

void CheckRange(const Json& holder, std::string_view name, const std::string& path,
                std::int64_t low, std::int64_t high, FieldErrors& errors) {
  const Json* value = Find(holder, {name});
  if (value == nullptr || !value->is_number_integer()) return;
  const auto number = value->get<std::int64_t>();
  if (number >= low && number <= high) return;
  errors.push_back(Invalid(
      path + "." + std::string(name), *value,
      "must be between " + std::to_string(low) + " and " + std::to_string(high) + ", inclusive"));
}

void CheckNotNegative(const Json& holder, std::string_view name, const std::string& path,
                      FieldErrors& errors) {
  const Json* value = Find(holder, {name});
  if (value == nullptr || !value->is_number_integer() || value->get<std::int64_t>() >= 0) return;
  errors.push_back(
      Invalid(path + "." + std::string(name), *value, "must be greater than or equal to 0"));
}

FieldErrors Validate(const Type& type, const Json& object, const ValidationOptions& options) {
  FieldErrors errors;
  ValidateMetadata(object, type.name, options.namespaced, errors);
  TableValidator(errors).Object(type, object, {});
  if (const KindValidator kind = FindKindValidator(type.name)) kind(object, errors);
  return errors;
}

FieldErrors ValidateUpdate(const Type& type, const Json& updated, const Json& old) {
  FieldErrors errors;
  CheckMetadataUpdate(updated, old, errors);
  CheckFixed(type, updated, old, {}, errors);
  if (const KindUpdateValidator kind = FindKindUpdateValidator(type.name)) {
    kind(updated, old, errors);
  }
  return errors;
}

}  // namespace edge::kube
