#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/status.h"

namespace edge::edged {

struct MountPoint {
  std::string path, type;
};

/// The mounts at or below `folder` in a text of /proc/<pid>/mountinfo's form, in the order made.
/// Pure.
std::vector<MountPoint> ParseMounts(std::string_view mountinfo, const std::string& folder);

/// Those of this process's mount namespace.
Result<std::vector<MountPoint>> MountsBelow(const std::string& folder);

/// Whether a tmpfs is mounted on exactly this folder.
Result<bool> IsTmpfsMount(const std::string& folder);

/// Mounts a tmpfs without set-uid programs, devices or, where the kernel can, swap. `size_bytes` 0:
/// the kernel's default. What is in it can never reach the disk.
Status MountTmpfs(const std::string& folder, std::uint32_t mode, std::uint64_t size_bytes,
                  std::optional<std::int64_t> group);

/// Takes the uppermost mount off the path, lazily when it is in use.
Status Unmount(const std::string& path);

}  // namespace edge::edged
