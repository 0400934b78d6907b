#include "edged/adapters/fs/sub_path.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>

#include "common/file.h"
#include "edged/adapters/fs/content_writer.h"
#include "edged/adapters/fs/descriptor.h"
#include "edged/adapters/fs/mounts.h"

namespace edge::edged {
namespace {

Descriptor OpenBeneath(int root, const std::string& path, int flags) {
  open_how how = {};
  how.flags = static_cast<__u64>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  return Descriptor(static_cast<int>(syscall(SYS_openat2, root, path.c_str(), &how, sizeof(how))));
}

Status Outside(const SubPathMount& mount) {
  return FailedPrecondition(
      "subPath \"" + mount.sub_path + "\" of " + mount.volume_root + " leads out of the volume",
      "remove the symbolic link in it");
}

/// Makes the folders of the path that are missing, each beneath the root.
Status MakeFolders(int root, const SubPathMount& mount) {
  std::string made;
  for (std::size_t begin = 0; begin < mount.sub_path.size();) {
    const std::size_t end = std::min(mount.sub_path.find('/', begin), mount.sub_path.size());
    const std::string name = mount.sub_path.substr(begin, end - begin);
    const Descriptor parent = OpenBeneath(root, made.empty() ? "." : made, O_RDONLY | O_DIRECTORY);
    if (!parent.ok()) return errno == EXDEV ? Outside(mount) : ErrnoStatus("open", made);
    if (mkdirat(parent.get(), name.c_str(), 0755) == 0) {
      const gid_t group = mount.fs_group ? static_cast<gid_t>(*mount.fs_group) : 0;
      if (mount.fs_group && (fchownat(parent.get(), name.c_str(), 0, group, 0) != 0 ||
                             fchmodat(parent.get(), name.c_str(), 02775, 0) != 0)) {
        return ErrnoStatus("set the group of", name);
      }
    } else if (errno != EEXIST) {
      return ErrnoStatus("make", mount.volume_root + "/" + mount.sub_path);
    }
    made += (made.empty() ? "" : "/") + name;
    begin = end + 1;
  }
  return {};
}

Result<Descriptor> OpenSource(const SubPathMount& mount) {
  const Descriptor root(open(mount.volume_root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.ok()) return ErrnoStatus("open volume", mount.volume_root);
  Descriptor source = OpenBeneath(root.get(), mount.sub_path, O_PATH);
  if (!source.ok() && errno == ENOENT && mount.make_folder) {
    EDGE_RETURN_IF_ERROR(MakeFolders(root.get(), mount));
    source = OpenBeneath(root.get(), mount.sub_path, O_PATH);
  }
  if (source.ok()) return source;
  if (errno == EXDEV || errno == ELOOP) return Outside(mount);
  if (errno != ENOENT) return ErrnoStatus("open subPath", mount.volume_root + "/" + mount.sub_path);
  return FailedPrecondition("subPath \"" + mount.sub_path + "\" is not in " + mount.volume_root,
                            "make it: the volume is read-only here");
}

/// A file or folder to mount on, of the source's kind.
Status MakeTarget(const std::string& target, bool folder) {
  EDGE_RETURN_IF_ERROR(MakeDirectories(target.substr(0, target.find_last_of('/')), 0750));
  struct stat status = {};
  if (lstat(target.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode) == folder) return {};
    const int removed = S_ISDIR(status.st_mode) ? rmdir(target.c_str()) : unlink(target.c_str());
    if (removed != 0) return ErrnoStatus("replace", target);
  }
  if (folder) return MakeDirectories(target, 0750);
  const Descriptor file(open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
  return file.ok() ? Status::Ok() : ErrnoStatus("make", target);
}

bool IsMounted(const std::string& target) {
  const Result<std::vector<MountPoint>> mounts = MountsBelow(target);
  if (!mounts.ok()) return false;
  for (const MountPoint& mount : *mounts) {
    if (mount.path == target) return true;
  }
  return false;
}

}  // namespace

Status MountSubPath(const SubPathMount& mount_wanted, const std::string& target) {
  if (!IsSafeRelativePath(mount_wanted.sub_path)) {
    return InvalidArgument("subPath \"" + mount_wanted.sub_path +
                           "\" must be relative and without \"..\"");
  }
  EDGE_ASSIGN_OR_RETURN(const Descriptor source, OpenSource(mount_wanted));
  struct stat wanted = {}, held = {};
  if (fstat(source.get(), &wanted) != 0) return ErrnoStatus("look at", mount_wanted.sub_path);
  if (IsMounted(target)) {
    const bool same = stat(target.c_str(), &held) == 0 && held.st_dev == wanted.st_dev &&
                      held.st_ino == wanted.st_ino;
    if (same) return {};
    EDGE_RETURN_IF_ERROR(Unmount(target));
  }
  EDGE_RETURN_IF_ERROR(MakeTarget(target, S_ISDIR(wanted.st_mode)));
  if (mount(source.ProcPath().c_str(), target.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) {
    return ErrnoStatus("mount subPath \"" + mount_wanted.sub_path + "\" on", target);
  }
  return {};
}

}  // namespace edge::edged
