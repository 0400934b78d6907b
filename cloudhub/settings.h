#pragma once

#include "common/config/config.h"

namespace edge::cloudhub {

inline constexpr const char* kDefaultConfigFile = "/etc/cloudhub/config.yaml";

/// Every setting of cloudhub, with its default and what it is for.
config::Config MakeSettings();

}  // namespace edge::cloudhub
