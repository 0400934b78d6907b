#include "kube/decode.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>

#include "common/bytes.h"
#include "kube/quantity.h"
#include "kube/timestamps.h"

namespace edge::kube {
namespace {

constexpr std::size_t kMaxUnknown = 100;

/// Go's name of a shape, as it stands in the API server's decoding errors.
std::string GoShape(const Field& field) {
  switch (field.shape) {
    case Shape::kString: return "string";
    case Shape::kBytes: return "[]uint8";
    case Shape::kInt32: return "int32";
    case Shape::kInt64: return "int64";
    case Shape::kBoolean: return "bool";
    case Shape::kObject: return "v1." + std::string(field.type->ShortName());
    case Shape::kTime: return "v1.Time";
    case Shape::kMicroTime: return "v1.MicroTime";
    case Shape::kQuantity: return "resource.Quantity";
    case Shape::kIntOrString: return "intstr.IntOrString";
    case Shape::kAnyObject: return "v1.FieldsV1";
  }
  return "string";
}

std::string GoType(const Field& field, Container container) {
  switch (container) {
    case Container::kNone: return GoShape(field);
    case Container::kList: return "[]" + GoShape(field);
    case Container::kMap: return "map[string]" + GoShape(field);
    case Container::kMapOfLists: return "map[string][]" + GoShape(field);
  }
  return GoShape(field);
}

std::string GoValue(const Json& value) {
  if (value.is_number_float() || value.is_number()) return "number";
  if (value.is_boolean()) return "bool";
  if (value.is_object()) return "object";
  return value.is_array() ? "array" : "string";
}

bool IsIntegral(const Json& value, double low, double high) {
  if (value.is_number_integer()) {
    const double number = value.get<double>();
    return number >= low && number <= high;
  }
  if (!value.is_number_float()) return false;
  const double number = value.get<double>();
  return std::trunc(number) == number && number >= low && number <= high;
}

bool FitsShape(Shape shape, const Json& value) {
  switch (shape) {
    case Shape::kString:
    case Shape::kBytes:
    case Shape::kTime:
    case Shape::kMicroTime: return value.is_string();
    case Shape::kBoolean: return value.is_boolean();
    case Shape::kInt32:
      return IsIntegral(value, std::numeric_limits<std::int32_t>::min(),
                        std::numeric_limits<std::int32_t>::max());
    case Shape::kInt64: return IsIntegral(value, -0x1p63, 0x1p63 - 1024);
    case Shape::kQuantity: return value.is_string() || value.is_number();
    case Shape::kIntOrString:
      return value.is_string() || IsIntegral(value, -2147483648.0, 2147483647.0);
    case Shape::kObject:
    case Shape::kAnyObject: return value.is_object();
  }
  return false;
}

/// As Go's decoder: line ends are skipped, and the fault is named by its place.
Status CheckBase64(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (c != '\n' && c != '\r') plain += c;
  }
  if (Base64Decode(plain).ok()) return Status::Ok();
  const auto bad = std::find_if(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) == 0 && c != '+' && c != '/' && c != '\n' && c != '\r';
  });
  const std::size_t place = bad != text.end() ? static_cast<std::size_t>(bad - text.begin())
                                              : text.size() - plain.size() % 4;
  return InvalidArgument("illegal base64 data at input byte " + std::to_string(place));
}

/// The API server's parser wants the six digits of a MicroTime.
bool HasMicros(const std::string& text) {
  const std::size_t point = text.find('.');
  if (point == std::string::npos) return false;
  return text.find_first_not_of("0123456789", point + 1) == point + 7;
}

Status CheckTime(const std::string& text, bool micro) {
  if (!CanonicalTime(text, micro).empty() && (!micro || HasMicros(text))) return Status::Ok();
  const std::string layout =
      micro ? "2006-01-02T15:04:05.000000Z07:00" : "2006-01-02T15:04:05Z07:00";
  return InvalidArgument("parsing time \"" + text + "\" as \"" + layout + "\": cannot parse it");
}

/// Walks an object along its type. Paths have no indices, as in Go's errors.
class TypeChecker {
 public:
  Status Object(const Type& type, const Json& object, const std::string& path) {
    for (const auto& [name, value] : object.items()) {
      const Field* field = type.FindField(name);
      if (field == nullptr || value.is_null()) continue;
      EDGE_RETURN_IF_ERROR(
          Value(type, *field, field->container, value, path.empty() ? name : path + "." + name));
    }
    return Status::Ok();
  }

 private:
  Status Value(const Type& parent, const Field& field, Container container, const Json& value,
               const std::string& path) {
    if (value.is_null()) return Status::Ok();
    if (container == Container::kNone) return Single(parent, field, value, path);
    const bool list = container == Container::kList;
    if (list ? !value.is_array() : !value.is_object()) {
      return Mismatch(parent, GoType(field, container), value, path);
    }
    const Container inner =
        container == Container::kMapOfLists ? Container::kList : Container::kNone;
    for (const Json& element : value) {
      EDGE_RETURN_IF_ERROR(Value(parent, field, inner, element, path));
    }
    return Status::Ok();
  }

  Status Single(const Type& parent, const Field& field, const Json& value,
                const std::string& path) {
    if (!FitsShape(field.shape, value)) return Mismatch(parent, GoShape(field), value, path);
    if (field.shape == Shape::kObject) return Object(*field.type, value, path);
    if (field.shape == Shape::kQuantity) return Quantity::FromJson(value).status();
    return Text(field.shape, value);
  }

  static Status Text(Shape shape, const Json& value) {
    if (shape == Shape::kBytes) return CheckBase64(value.get_ref<const std::string&>());
    if (shape == Shape::kTime || shape == Shape::kMicroTime) {
      return CheckTime(value.get_ref<const std::string&>(), shape == Shape::kMicroTime);
    }
    return Status::Ok();
  }

  static Status Mismatch(const Type& parent, const std::string& go_type, const Json& value,
                         const std::string& path) {
    return InvalidArgument("json: cannot unmarshal " + GoValue(value) + " into Go struct field " +
                           std::string(parent.ShortName()) + "." + path + " of type " + go_type);
  }
};

/// Calls `unknown(object, name, path)` for each member that its type has not.
template <typename JsonRef, typename Unknown>
void WalkUnknown(const Type& type, JsonRef& object, const std::string& path,
                 const Unknown& unknown);

template <typename JsonRef, typename Unknown>
void WalkValue(const Type& type, Container container, JsonRef& value, const std::string& path,
               const Unknown& unknown) {
  if (container == Container::kNone) {
    WalkUnknown(type, value, path, unknown);
  } else if (container == Container::kList && value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      WalkUnknown(type, value[i], path + "[" + std::to_string(i) + "]", unknown);
    }
  } else if (container == Container::kMap && value.is_object()) {
    for (auto& [key, element] : value.items()) {
      WalkUnknown(type, element, path + "." + key, unknown);
    }
  }
}

template <typename JsonRef, typename Unknown>
void WalkUnknown(const Type& type, JsonRef& object, const std::string& path,
                 const Unknown& unknown) {
  if (!object.is_object()) return;
  std::vector<std::string> missing;
  for (auto& [name, value] : object.items()) {
    const std::string here = path.empty() ? name : path + "." + name;
    const Field* field = type.FindField(name);
    if (field == nullptr) {
      missing.push_back(name);
      unknown(here);
    } else if (field->shape == Shape::kObject) {
      WalkValue(*field->type, field->container, value, here, unknown);
    }
  }
  if constexpr (!std::is_const_v<JsonRef>) {
    for (const std::string& name : missing) object.erase(name);
  }
}

}  // namespace

Status CheckTypes(const Type& type, const Json& object) {
  if (!object.is_object()) {
    return InvalidArgument("json: cannot unmarshal " + GoValue(object) +
                           " into Go value of type v1." + std::string(type.ShortName()));
  }
  return TypeChecker().Object(type, object, {});
}

std::vector<std::string> UnknownFields(const Type& type, const Json& object) {
  std::vector<std::string> paths;
  WalkUnknown(type, object, {}, [&](const std::string& path) {
    if (paths.size() < kMaxUnknown) paths.push_back(path);
  });
  return paths;
}

std::string StrictDecodingError(const std::vector<std::string>& faults) {
  std::string text = "strict decoding error: ";
  for (std::size_t i = 0; i < faults.size(); ++i) text += (i == 0 ? "" : ", ") + faults[i];
  return text;
}

void PruneUnknown(const Type& type, Json& object) {
  WalkUnknown(type, object, {}, [](const std::string&) {});
}

}  // namespace edge::kube
