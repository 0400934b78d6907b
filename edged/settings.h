#pragma once

#include "common/config/config.h"

namespace edge::edged {

inline constexpr const char* kDefaultConfigFile = "/etc/edged/config.yaml";

/// Every setting of edged, with its default and what it is for.
config::Config MakeSettings();

}  // namespace edge::edged
