#pragma once

#include <string>

#include "common/status.h"
#include "edged/ports/volumes.h"

namespace edge::edged {

/// Checks that the host's path is what the type says, or makes it (...OrCreate: folders 0755,
/// files 0644; a file's parent must be there). Errors: kFailedPrecondition naming path and type;
/// kInvalidArgument for a relative path or one with "..".
Status CheckHostPath(const std::string& path, HostPathType type);

}  // namespace edge::edged
