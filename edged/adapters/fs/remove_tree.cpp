#include "edged/adapters/fs/remove_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>

#include "common/file.h"
#include "edged/adapters/fs/descriptor.h"

namespace edge::edged {
namespace {

// Deeper than any path of the kernel's 4,096 bytes that a container may sensibly leave.
constexpr int kMaxDepth = 1000;

Status RemoveEntry(int parent, const std::string& name, dev_t device, const std::string& path,
                   int depth);

Status RemoveEntries(Descriptor folder, dev_t device, const std::string& path, int depth) {
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(fdopendir(folder.get()), closedir);
  if (entries == nullptr) return ErrnoStatus("list", path);
  folder.Release();
  while (const dirent* entry = readdir(entries.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    EDGE_RETURN_IF_ERROR(RemoveEntry(dirfd(entries.get()), name, device, path + "/" + name, depth));
  }
  return {};
}

Status RemoveEntry(int parent, const std::string& name, dev_t device, const std::string& path,
                   int depth) {
  if (unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR && errno != EPERM) return ErrnoStatus("remove", path);
  if (depth > kMaxDepth) return FailedPrecondition(path + " is nested too deeply to be removed");
  Descriptor folder(openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.ok()) return ErrnoStatus("remove", path);
  struct stat status = {};
  if (fstat(folder.get(), &status) != 0) return ErrnoStatus("look at", path);
  if (status.st_dev != device) {
    return FailedPrecondition("something is mounted on " + path + " that is not ours",
                              "unmount it: nothing below a foreign mount is removed");
  }
  EDGE_RETURN_IF_ERROR(RemoveEntries(std::move(folder), device, path, depth + 1));
  if (unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return {};
  return ErrnoStatus("remove", path);
}

}  // namespace

Status RemoveTree(const std::string& path) {
  const auto slash = path.find_last_of('/');
  const std::string parent_path = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor parent(open(parent_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent.ok()) return errno == ENOENT ? Status::Ok() : ErrnoStatus("open", parent_path);
  struct stat status = {};
  if (fstat(parent.get(), &status) != 0) return ErrnoStatus("look at", parent_path);
  return RemoveEntry(parent.get(), path.substr(slash + 1), status.st_dev, path, 0);
}

}  // namespace edge::edged
