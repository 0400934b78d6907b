#pragma once

#include <string_view>

#include "common/json.h"

namespace edge::kube {

/// What the server sets on a value of one type beyond the table's constants, or nullptr. Runs after
/// the defaults of everything inside the value.
using DefaultHook = void (*)(Json& value);
DefaultHook FindDefaultHook(std::string_view type_name);

/// The pod's share of FindDefaultHook (default_pod.cpp).
DefaultHook FindPodDefaultHook(std::string_view type_name);

/// Sets a member that is missing; a present one is left.
void SetIfMissing(Json& object, const char* name, Json value);

}  // namespace edge::kube
