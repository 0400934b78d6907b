#pragma once

#include <string>

#include "common/status.h"
#include "edged/ports/volumes.h"

namespace edge::edged {

/// Makes `folder` hold exactly `volume.files`, the way the kubelet does it: the files are in a
/// folder of their own, the link "..data" points to it, and what a container sees are links through
/// "..data". Swapping that one link swaps all files at once. What is as wanted is left alone;
/// remains of attempts that a crash cut short are removed.
///
/// Errors: kInvalidArgument for a file path that leaves the folder.
Status WriteContent(const std::string& folder, const PodVolume& volume);

/// Whether a relative path has no "..", no empty part and does not begin with "..". Pure.
bool IsSafeRelativePath(const std::string& path);

}  // namespace edge::edged
