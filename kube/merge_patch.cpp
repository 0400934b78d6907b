#include "kube/patch.h"

namespace edge::kube {
namespace {

void MergeInto(Json& target, const Json& patch) {
  if (!patch.is_object()) {
    target = patch;
    return;
  }
  if (!target.is_object()) target = Json::object();
  for (const auto& [name, value] : patch.items()) {
    if (value.is_null()) {
      target.erase(name);
    } else {
      MergeInto(target[name], value);
    }
  }
}

}  // namespace

Result<Json> ApplyMergePatch(const Json& original, const Json& patch) {
  if (!patch.is_object()) {
    return InvalidArgument("error decoding patch: json: cannot unmarshal " +
                           std::string(patch.type_name()) +
                           " into Go value of type map[string]interface {}");
  }
  Json result = original;
  MergeInto(result, patch);
  return result;
}

}  // namespace edge::kube
