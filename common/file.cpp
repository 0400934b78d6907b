#include "common/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "common/loop.h"

namespace edge {
namespace {

Code CodeOfErrno(int error) {
  switch (error) {
    case ENOENT: return Code::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS: return Code::kPermissionDenied;
    case EEXIST: return Code::kAlreadyExists;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE: return Code::kResourceExhausted;
    case EIO: return Code::kDataLoss;
    default: return Code::kUnknown;
  }
}

/// What a reader can do about it, where the error alone tells.
const char* NextStepOf(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case EISDIR: return "check the path";
    case EACCES:
    case EPERM: return "check its owner and mode, and as which user this runs";
    case EROFS: return "the file system is read-only: remount it, or choose a path elsewhere";
    case ENOSPC:
    case EDQUOT: return "free some space there";
    case EMFILE:
    case ENFILE: return "raise the limit of open files";
    case EIO: return "the disk may be failing: look at the kernel's log";
    default: return "";
  }
}

std::string FolderOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status WriteAll(int fd, std::string_view contents, const std::string& path) {
  while (!contents.empty()) {
    const ssize_t written = write(fd, contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return ErrnoStatus("writing", path);
    contents.remove_prefix(static_cast<std::size_t>(written));
  }
  return Status::Ok();
}

Status SyncFolder(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus("opening folder", path);
  if (fsync(fd.get()) != 0) return ErrnoStatus("syncing folder", path);
  return Status::Ok();
}

}  // namespace

Status ErrnoStatus(std::string_view what, std::string_view path) {
  const int error = errno;
  return {CodeOfErrno(error),
          std::string(what) + " " + std::string(path) + ": " + std::strerror(error),
          NextStepOf(error)};
}

Result<std::string> ReadFile(const std::string& path, std::size_t max_bytes) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus("opening", path);
  std::string contents;
  std::array<char, 16384> buffer{};
  while (true) {
    const ssize_t got = read(fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus("reading", path);
    if (got == 0) return contents;
    contents.append(buffer.data(), static_cast<std::size_t>(got));
    if (contents.size() > max_bytes) {
      return ResourceExhausted(path + " is longer than the limit of " + std::to_string(max_bytes) +
                               " bytes");
    }
  }
}

namespace {

Status Replace(const std::string& path, std::string_view contents, mode_t mode, bool durable) {
  std::string temporary = path + ".XXXXXX";
  const UniqueFd fd(mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus("creating", path);
  Status status = WriteAll(fd.get(), contents, path);
  if (status.ok() && fchmod(fd.get(), mode) != 0) status = ErrnoStatus("chmod", path);
  if (status.ok() && durable && fsync(fd.get()) != 0) status = ErrnoStatus("syncing", path);
  if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) {
    status = ErrnoStatus("renaming to", path);
  }
  if (!status.ok()) {
    unlink(temporary.c_str());
    return status;
  }
  return durable ? SyncFolder(FolderOf(path)) : Status::Ok();
}

}  // namespace

Status WriteFileAtomically(const std::string& path, std::string_view contents, mode_t mode) {
  return Replace(path, contents, mode, true);
}

Status ReplaceFile(const std::string& path, std::string_view contents, mode_t mode) {
  return Replace(path, contents, mode, false);
}

Status MakeDirectories(const std::string& path, mode_t mode) {
  for (std::size_t end = 1; end != std::string::npos;) {
    end = path.find('/', end);
    const std::string part = path.substr(0, end);
    if (mkdir(part.c_str(), mode) != 0 && errno != EEXIST)
      return ErrnoStatus("making folder", part);
    if (end != std::string::npos) ++end;
  }
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return ErrnoStatus("looking at", path);
  if (!S_ISDIR(info.st_mode)) return AlreadyExists(path + " exists and is no folder");
  return Status::Ok();
}

}  // namespace edge
