#include "kube/defaults.h"

#include "kube/decode.h"
#include "kube/default_hooks.h"

namespace edge::kube {
namespace {

void DefaultObject(const Type& type, Json& object);

void DefaultChild(const Field& field, Json& value) {
  if (field.container == Container::kNone) {
    DefaultObject(*field.type, value);
  } else if (value.is_structured()) {
    for (Json& element : value) DefaultObject(*field.type, element);
  }
}

void DefaultObject(const Type& type, Json& object) {
  if (!object.is_object()) return;
  for (const Field& field : type.fields) {
    std::string_view text = field.Attribute("set");
    if (text.empty()) text = field.Attribute("default");
    auto it = object.find(field.name);
    if (it == object.end() && !text.empty()) {
      it = object.emplace(std::string(field.name), Json::parse(text, nullptr, false)).first;
    }
    if (it != object.end() && field.shape == Shape::kObject) DefaultChild(field, *it);
  }
  if (const DefaultHook hook = FindDefaultHook(type.name)) hook(object);
}

}  // namespace

void Default(const Type& type, Json& object) {
  Normalize(type, object);
  DefaultObject(type, object);
}

void DefaultNew(const Type& type, Json& object) {
  if (type.name == "core.v1.Namespace" && object.is_object()) {
    Normalize(type, object);
    SetIfMissing(object["spec"], "finalizers", Json::array({"kubernetes"}));
  }
  Default(type, object);
}

}  // namespace edge::kube
