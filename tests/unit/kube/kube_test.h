#pragma once

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

#include "common/json.h"
#include "kube/defaults.h"
#include "kube/field_error.h"
#include "kube/schema.h"
#include "kube/validation.h"

namespace edge::kube {

inline Json J(std::string_view text) {
  auto parsed = ParseJson(text);
  INFO(text);
  REQUIRE(parsed.ok());
  return *parsed;
}

inline const Type& TypeNamed(std::string_view name) {
  const Type* type = Schema::Get().FindType(name);
  INFO(name);
  REQUIRE(type != nullptr);
  return *type;
}

/// A small valid pod, defaulted; `edit` changes it before that.
template <typename Edit>
Json MakePod(Edit edit) {
  Json pod = J(R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"default"},
                   "spec":{"containers":[{"name":"c","image":"till:1"}]}})");
  edit(pod);
  Default(TypeNamed("core.v1.Pod"), pod);
  return pod;
}

inline std::string ErrorsOf(std::string_view type, const Json& object, bool namespaced = true) {
  const FieldErrors errors = Validate(TypeNamed(type), object, {.namespaced = namespaced});
  return errors.empty() ? "" : Aggregate(errors);
}

}  // namespace edge::kube
