#pragma once

#include <string>

#include "common/config/config.h"

namespace edge::cloudhub {

inline constexpr const char* kDefaultConfigFile = "/etc/cloudhub/config.yaml";

/// Every setting of cloudhub, with its default and what it is for.
config::Config MakeSettings();

/// Reads the file and its drop-ins (<file without .yaml>.d/*.yaml). A missing default file is no
/// error; a missing file that was named is.
Status LoadSettings(config::Config& settings, const std::string& file);

}  // namespace edge::cloudhub
