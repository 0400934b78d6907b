#include <cmath>

#include "kube/decode.h"
#include "kube/quantity.h"
#include "kube/timestamps.h"

namespace edge::kube {
namespace {

void NormalizeNumber(Json& value) {
  if (value.is_number_float() && std::trunc(value.get<double>()) == value.get<double>()) {
    value = static_cast<std::int64_t>(value.get<double>());
  }
}

void NormalizeTime(Json& value, bool micro) {
  if (!value.is_string()) return;
  std::string text = CanonicalTime(value.get_ref<const std::string&>(), micro);
  if (!text.empty()) value = std::move(text);
}

/// What a null inside a list or map stands for.
Json ElementZero(Shape shape) {
  switch (shape) {
    case Shape::kObject:
    case Shape::kAnyObject: return Json::object();
    case Shape::kInt32:
    case Shape::kInt64:
    case Shape::kIntOrString: return 0;
    case Shape::kBoolean: return false;
    case Shape::kQuantity: return "0";
    default: return "";
  }
}

void NormalizeValue(const Field& field, Container container, Json& value) {
  if (container != Container::kNone) {
    if (!value.is_structured()) return;
    const Container inner =
        container == Container::kMapOfLists ? Container::kList : Container::kNone;
    for (Json& element : value) NormalizeValue(field, inner, element);
    return;
  }
  if (value.is_null() && field.container != Container::kNone) value = ElementZero(field.shape);
  switch (field.shape) {
    case Shape::kObject:
      if (value.is_object()) Normalize(*field.type, value);
      break;
    case Shape::kQuantity:
      if (auto quantity = Quantity::FromJson(value); quantity.ok()) value = quantity->ToString();
      break;
    case Shape::kTime: NormalizeTime(value, false); break;
    case Shape::kMicroTime: NormalizeTime(value, true); break;
    case Shape::kInt32:
    case Shape::kInt64:
    case Shape::kIntOrString: NormalizeNumber(value); break;
    case Shape::kString:
    case Shape::kBytes:
    case Shape::kBoolean:
    case Shape::kAnyObject: break;
  }
}

/// Whether Go would leave it out as empty: structs are never empty, pointers only when absent.
bool IsOmitted(const Field& field, const Json& value) {
  if (value.is_null()) return true;
  if (field.always || field.required) return false;
  if (field.container != Container::kNone) return value.empty();
  if (field.pointer) return false;
  switch (field.shape) {
    case Shape::kString:
    case Shape::kBytes: return value.is_string() && value.get_ref<const std::string&>().empty();
    case Shape::kInt32:
    case Shape::kInt64: return value.is_number() && value.get<double>() == 0;
    case Shape::kBoolean: return value.is_boolean() && !value.get<bool>();
    default: return false;
  }
}

/// What Go writes for a field that it always writes and that was never set; null where nothing can
/// be written (a required list stays missing, so that validation names it).
Json ZeroValue(const Field& field) {
  if (field.container != Container::kNone || field.pointer) return nullptr;
  switch (field.shape) {
    case Shape::kString:
    case Shape::kBytes: return "";
    case Shape::kInt32:
    case Shape::kInt64:
    case Shape::kIntOrString: return 0;
    case Shape::kBoolean: return false;
    case Shape::kQuantity: return "0";
    case Shape::kObject: {
      Json object = Json::object();
      Normalize(*field.type, object);
      return object;
    }
    default: return nullptr;
  }
}

bool IsTime(const Field& field) {
  return field.shape == Shape::kTime || field.shape == Shape::kMicroTime;
}

void FillAlways(const Type& type, Json& object) {
  for (const Field& field : type.fields) {
    if (!(field.always || field.required) || object.contains(field.name)) continue;
    Json zero = ZeroValue(field);
    // A time that is always written is written as null when unset.
    if (!zero.is_null() || IsTime(field)) object[std::string(field.name)] = std::move(zero);
  }
}

}  // namespace

void Normalize(const Type& type, Json& object) {
  if (!object.is_object()) return;
  const bool custom = type.Has("custom");
  for (auto it = object.begin(); it != object.end();) {
    const Field* field = type.FindField(it.key());
    if (field == nullptr) {
      ++it;
      continue;
    }
    NormalizeValue(*field, field->container, *it);
    const bool omitted = custom ? it->is_null() : IsOmitted(*field, *it);
    it = omitted ? object.erase(it) : std::next(it);
  }
  // A custom resource is kept as it was sent: there is no struct behind it that has zero values.
  if (!custom) FillAlways(type, object);
}

}  // namespace edge::kube
