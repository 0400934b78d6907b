#pragma once

#include <string>

#include "common/status.h"

namespace edge::edged {

/// Removes a file or a folder with all below it. Symbolic links are removed, never followed; a
/// folder on another file system is an error (kFailedPrecondition) that names it. Gone is success.
Status RemoveTree(const std::string& path);

}  // namespace edge::edged
