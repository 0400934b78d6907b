#include "edged/adapters/fs/mounts.h"

#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <sstream>

#include "common/file.h"

namespace edge::edged {
namespace {

constexpr std::size_t kMaxMountinfoBytes = 64 * 1024 * 1024;

/// mountinfo writes blanks and backslashes as three octal digits.
std::string Unescape(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      plain += static_cast<char>(std::stoi(text.substr(i + 1, 3), nullptr, 8));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

bool IsAtOrBelow(const std::string& path, const std::string& folder) {
  if (path.compare(0, folder.size(), folder) != 0) return false;
  return path.size() == folder.size() || path[folder.size()] == '/';
}

}  // namespace

std::vector<MountPoint> ParseMounts(std::string_view mountinfo, const std::string& folder) {
  // id parent major:minor root MOUNT-POINT options optional-fields... - TYPE source super-options
  std::vector<MountPoint> found;
  std::istringstream lines{std::string(mountinfo)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream in(line);
    std::string word, path;
    for (int i = 0; i < 5 && in >> word; ++i) path = word;
    while (in >> word && word != "-") {
    }
    MountPoint mount;
    if (!(in >> mount.type)) continue;
    mount.path = Unescape(path);
    if (IsAtOrBelow(mount.path, folder)) found.push_back(std::move(mount));
  }
  return found;
}

Result<std::vector<MountPoint>> MountsBelow(const std::string& folder) {
  EDGE_ASSIGN_OR_RETURN(const std::string text,
                        ReadFile("/proc/self/mountinfo", kMaxMountinfoBytes));
  return ParseMounts(text, folder);
}

Result<bool> IsTmpfsMount(const std::string& folder) {
  struct statfs system = {};
  struct stat here = {}, above = {};
  if (statfs(folder.c_str(), &system) != 0 || lstat(folder.c_str(), &here) != 0 ||
      lstat((folder + "/..").c_str(), &above) != 0) {
    return ErrnoStatus("look at", folder);
  }
  return system.f_type == TMPFS_MAGIC && here.st_dev != above.st_dev;
}

Status MountTmpfs(const std::string& folder, std::uint32_t mode, std::uint64_t size_bytes,
                  std::optional<std::int64_t> group) {
  std::ostringstream options;
  options << "mode=" << std::oct << mode << std::dec;
  if (size_bytes > 0) options << ",size=" << size_bytes;
  if (group) options << ",gid=" << *group;
  constexpr unsigned long kFlags = MS_NOSUID | MS_NODEV;
  const std::string plain = options.str();
  // noswap came with Linux 6.4; before it a tmpfs may be swapped out.
  if (mount("edged", folder.c_str(), "tmpfs", kFlags, (plain + ",noswap").c_str()) == 0) return {};
  if (mount("edged", folder.c_str(), "tmpfs", kFlags, plain.c_str()) == 0) return {};
  return ErrnoStatus("mount a tmpfs on", folder);
}

Status Unmount(const std::string& path) {
  if (umount2(path.c_str(), UMOUNT_NOFOLLOW) == 0) return {};
  if (umount2(path.c_str(), UMOUNT_NOFOLLOW | MNT_DETACH) == 0) return {};
  return ErrnoStatus("unmount", path);
}

}  // namespace edge::edged
