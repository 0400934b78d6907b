#pragma once

#include <string>

#include "common/status.h"
#include "edged/ports/volumes.h"

namespace edge::edged {

/// Bind-mounts `mount.sub_path` of `mount.volume_root` on `target`, so that a container gets just
/// that part. Symbolic links inside the volume are followed only as far as they stay inside: the
/// kernel resolves the path beneath the root (openat2), so that no race can lead out. A mount that
/// shows the same thing is left; another one is replaced.
///
/// Errors: kFailedPrecondition where a link leads outside or the path is missing and may not be
/// made; kInvalidArgument for an absolute path or one with "..".
Status MountSubPath(const SubPathMount& mount, const std::string& target);

}  // namespace edge::edged
