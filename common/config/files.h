#pragma once

#include <string>
#include <string_view>

#include "common/config/config.h"

namespace edge::config {

/// Loads a program's main file and then its drop-ins, "<main without .yaml>.d/*.yaml". A missing
/// file is an error unless it is the one that nobody named (`default_file`).
Status LoadFiles(Config& config, const std::string& file, std::string_view default_file);

}  // namespace edge::config
