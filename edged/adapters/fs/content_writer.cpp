#include "edged/adapters/fs/content_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <optional>
#include <set>

#include "common/file.h"
#include "edged/adapters/fs/descriptor.h"
#include "edged/adapters/fs/remove_tree.h"

namespace edge::edged {
namespace {

namespace stdfs = std::filesystem;

constexpr char kDataLink[] = "..data";
constexpr char kNewDataLink[] = "..data_tmp";

std::uint32_t FileMode(const VolumeFile& file, const PodVolume& volume) {
  return volume.fs_group ? file.mode | 0440 : file.mode;
}

mode_t FolderMode(const PodVolume& volume) { return volume.fs_group ? 02755 : 0755; }

std::string FirstPart(const std::string& path) { return path.substr(0, path.find('/')); }

Status SetOwner(const std::string& path, const PodVolume& volume, mode_t mode,
                std::optional<std::int64_t> owner = std::nullopt) {
  // Changing the owner may clear mode bits: owner first.
  if ((volume.fs_group || owner) && lchown(path.c_str(), static_cast<uid_t>(owner.value_or(-1)),
                                           static_cast<gid_t>(volume.fs_group.value_or(-1))) != 0) {
    return ErrnoStatus("set the owner of", path);
  }
  if (chmod(path.c_str(), mode) != 0) return ErrnoStatus("set the mode of", path);
  return {};
}

Status MakeParents(const std::string& root, const std::string& path, const PodVolume& volume) {
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string folder = root + "/" + path.substr(0, slash);
    if (mkdir(folder.c_str(), 0755) != 0) {
      if (errno == EEXIST) continue;
      return ErrnoStatus("make", folder);
    }
    EDGE_RETURN_IF_ERROR(SetOwner(folder, volume, FolderMode(volume)));
  }
  return {};
}

Status WriteOne(const std::string& path, const VolumeFile& file, const PodVolume& volume) {
  const Descriptor out(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!out.ok()) return ErrnoStatus("make", path);
  std::string_view left = file.bytes;
  while (!left.empty()) {
    const ssize_t written = write(out.get(), left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return ErrnoStatus("write", path);
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  return SetOwner(path, volume, FileMode(file, volume), file.owner);
}

/// A new folder next to the links, named for the time as the kubelet's are.
Result<std::string> MakeDataFolder(const std::string& folder) {
  const std::time_t now = std::time(nullptr);
  std::tm parts = {};
  gmtime_r(&now, &parts);
  char stamp[32] = {};
  std::strftime(stamp, sizeof(stamp), "..%Y_%m_%d_%H_%M_%S.", &parts);
  std::string path = folder + "/" + stamp + "XXXXXX";
  if (mkdtemp(path.data()) == nullptr) return ErrnoStatus("make a folder in", folder);
  return path;
}

bool IsAsWanted(const std::string& path, const VolumeFile& file, const PodVolume& volume) {
  struct stat status = {};
  if (lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  if ((status.st_mode & 07777) != FileMode(file, volume)) return false;
  if (volume.fs_group && status.st_gid != static_cast<gid_t>(*volume.fs_group)) return false;
  if (status.st_uid != static_cast<uid_t>(file.owner.value_or(geteuid()))) return false;
  if (static_cast<std::size_t>(status.st_size) != file.bytes.size()) return false;
  const Result<std::string> held = ReadFile(path, file.bytes.size() + 1);
  return held.ok() && *held == file.bytes;
}

/// Whether the data folder holds these files, as wanted, and no others.
bool HoldsAll(const std::string& data, const PodVolume& volume) {
  std::error_code error;
  std::size_t held = 0;
  for (stdfs::recursive_directory_iterator it(data, error), end; !error && it != end;
       it.increment(error)) {
    if (it->is_symlink(error) || !it->is_directory(error)) ++held;
  }
  if (error || held != volume.files.size()) return false;
  return std::all_of(volume.files.begin(), volume.files.end(), [&](const VolumeFile& file) {
    return IsAsWanted(data + "/" + file.path, file, volume);
  });
}

Status PointTo(const std::string& target, const std::string& link) {
  if (symlink(target.c_str(), link.c_str()) == 0) return {};
  return ErrnoStatus("make the link", link);
}

Status SwapData(const std::string& folder, const std::string& data) {
  const std::string fresh = folder + "/" + kNewDataLink, link = folder + "/" + kDataLink;
  unlink(fresh.c_str());
  EDGE_RETURN_IF_ERROR(PointTo(data.substr(data.find_last_of('/') + 1), fresh));
  if (rename(fresh.c_str(), link.c_str()) != 0) return ErrnoStatus("swap", link);
  return {};
}

/// Links for what is wanted; away with all else but the data folder in use.
Status TidyLinks(const std::string& folder, const std::string& data_name, const PodVolume& volume) {
  std::set<std::string> wanted;
  for (const VolumeFile& file : volume.files) wanted.insert(FirstPart(file.path));
  std::error_code error;
  std::set<std::string> stale;
  for (const auto& entry : stdfs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename();
    if (name == kDataLink || name == data_name) continue;
    std::error_code no_link;
    const bool right =
        stdfs::read_symlink(entry.path(), no_link) == std::string(kDataLink) + "/" + name;
    if (wanted.count(name) == 1 && right) {
      wanted.erase(name);
    } else {
      stale.insert(name);
    }
  }
  for (const std::string& name : stale) EDGE_RETURN_IF_ERROR(RemoveTree(folder + "/" + name));
  for (const std::string& name : wanted) {
    EDGE_RETURN_IF_ERROR(PointTo(std::string(kDataLink) + "/" + name, folder + "/" + name));
  }
  return {};
}

Status FillData(const std::string& folder, const std::string& data, const PodVolume& volume) {
  EDGE_RETURN_IF_ERROR(SetOwner(data, volume, FolderMode(volume)));
  for (const VolumeFile& file : volume.files) {
    EDGE_RETURN_IF_ERROR(MakeParents(data, file.path, volume));
    EDGE_RETURN_IF_ERROR(WriteOne(data + "/" + file.path, file, volume));
  }
  return SwapData(folder, data);
}

/// The data folder has another name at each try; what is said of a failure has to be the same, or
/// each try would be an Event of its own.
Status NamingVolume(const Status& status, const std::string& folder, const std::string& data) {
  std::string message = status.message();
  for (auto at = message.find(data); at != std::string::npos; at = message.find(data, at)) {
    message.replace(at, data.size(), folder);
  }
  return {status.code(), message, status.next_step()};
}

Result<std::string> WriteData(const std::string& folder, const PodVolume& volume) {
  EDGE_ASSIGN_OR_RETURN(const std::string data, MakeDataFolder(folder));
  const Status filled = FillData(folder, data, volume);
  if (filled.ok()) return data.substr(data.find_last_of('/') + 1);
  // A full disk must not fill up with what did not fit; what is left goes with the next success.
  static_cast<void>(RemoveTree(data));
  return NamingVolume(filled, folder, data);
}

}  // namespace

bool IsSafeRelativePath(const std::string& path) {
  if (path.empty() || path[0] == '/' || path.compare(0, 2, "..") == 0) return false;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string part = path.substr(begin, end - begin);
    if (part.empty() || part == "." || part == ".." || part.find('\0') != std::string::npos) {
      return false;
    }
    begin = end + 1;
  }
  return true;
}

Status WriteContent(const std::string& folder, const PodVolume& volume) {
  for (const VolumeFile& file : volume.files) {
    if (IsSafeRelativePath(file.path)) continue;
    return InvalidArgument("file \"" + file.path + "\" would be outside its volume",
                           "use a relative path without \"..\"");
  }
  std::error_code error;
  std::string data_name = stdfs::read_symlink(folder + "/" + kDataLink, error).string();
  if (data_name.empty() || !HoldsAll(folder + "/" + data_name, volume)) {
    EDGE_ASSIGN_OR_RETURN(data_name, WriteData(folder, volume));
  }
  return TidyLinks(folder, data_name, volume);
}

}  // namespace edge::edged
