#include "edged/adapters/fs/host_path.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "common/file.h"
#include "edged/adapters/fs/descriptor.h"

namespace edge::edged {
namespace {

Status MakeFile(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!file.ok() && errno != EEXIST) return ErrnoStatus("make hostPath file", path);
  return {};
}

const char* TypeName(HostPathType type) {
  switch (type) {
    case HostPathType::kDirectoryOrCreate:
    case HostPathType::kDirectory: return "directory";
    case HostPathType::kFileOrCreate:
    case HostPathType::kFile: return "file";
    case HostPathType::kSocket: return "socket";
    case HostPathType::kCharDevice: return "character device";
    case HostPathType::kBlockDevice: return "block device";
    case HostPathType::kUnset: break;
  }
  return "path";
}

bool IsOfType(mode_t mode, HostPathType type) {
  switch (type) {
    case HostPathType::kDirectoryOrCreate:
    case HostPathType::kDirectory: return S_ISDIR(mode);
    case HostPathType::kFileOrCreate:
    case HostPathType::kFile: return S_ISREG(mode);
    case HostPathType::kSocket: return S_ISSOCK(mode);
    case HostPathType::kCharDevice: return S_ISCHR(mode);
    case HostPathType::kBlockDevice: return S_ISBLK(mode);
    case HostPathType::kUnset: break;
  }
  return true;
}

bool HasParentParts(const std::string& path) {
  return (path + "/").find("/../") != std::string::npos;
}

}  // namespace

Status CheckHostPath(const std::string& path, HostPathType type) {
  if (path.empty() || path[0] != '/' || HasParentParts(path)) {
    return InvalidArgument("hostPath \"" + path + "\" must be absolute and without \"..\"");
  }
  if (type == HostPathType::kUnset) return {};
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) {
    if (errno != ENOENT) return ErrnoStatus("look at hostPath", path);
    if (type == HostPathType::kDirectoryOrCreate) return MakeDirectories(path, 0755);
    if (type == HostPathType::kFileOrCreate) return MakeFile(path);
    return FailedPrecondition(
        "hostPath " + path + " is not there; a " + TypeName(type) + " is wanted",
        "make it on the terminal or change the volume's type");
  }
  if (IsOfType(status.st_mode, type)) return {};
  return FailedPrecondition("hostPath " + path + " is not a " + TypeName(type),
                            "change the volume's path or type");
}

}  // namespace edge::edged
