#include "edged/adapters/fs/fs_pod_volumes.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>

#include "common/file.h"
#include "edged/adapters/fs/content_writer.h"
#include "edged/adapters/fs/descriptor.h"
#include "edged/adapters/fs/file_tail.h"
#include "edged/adapters/fs/host_path.h"
#include "edged/adapters/fs/mounts.h"
#include "edged/adapters/fs/remove_tree.h"
#include "edged/adapters/fs/sub_path.h"

namespace edge::edged {
namespace {

// Time stamp, stream and tag of a CRI log line, generously.
constexpr std::size_t kLogPrefixBytes = 64;
constexpr std::size_t kMaxLogBytes = 4 * 1024 * 1024;

/// Names become parts of paths: one that is none would lead elsewhere.
Status CheckName(const std::string& what, const std::string& name) {
  if (IsSafeRelativePath(name) && name.find('/') == std::string::npos) return {};
  return InvalidArgument(what + " \"" + name + "\" cannot be a file name");
}

std::uint32_t EmptyDirMode(const PodVolume& volume) { return volume.fs_group ? 02777 : 0777; }

/// Makes the folder with its mode and group in one step, as a crash would see it.
Status MakeFolderAtOnce(const std::string& folder, std::uint32_t mode,
                        std::optional<std::int64_t> group) {
  struct stat status = {};
  if (lstat(folder.c_str(), &status) == 0) return {};
  std::string fresh = folder.substr(0, folder.find_last_of('/')) + "/..new.XXXXXX";
  if (mkdtemp(fresh.data()) == nullptr) return ErrnoStatus("make", folder);
  const gid_t owner = group ? static_cast<gid_t>(*group) : static_cast<gid_t>(-1);
  if (chown(fresh.c_str(), static_cast<uid_t>(-1), owner) != 0 || chmod(fresh.c_str(), mode) != 0 ||
      rename(fresh.c_str(), folder.c_str()) != 0) {
    const Status failed = ErrnoStatus("make", folder);
    rmdir(fresh.c_str());
    return failed;
  }
  return {};
}

Status EnsureTmpfs(const std::string& folder, const PodVolume& volume, std::uint32_t mode) {
  EDGE_RETURN_IF_ERROR(MakeDirectories(folder, 0750));
  EDGE_ASSIGN_OR_RETURN(const bool mounted, IsTmpfsMount(folder));
  if (mounted) return {};
  EDGE_RETURN_IF_ERROR(MountTmpfs(folder, mode, volume.size_limit_bytes, volume.fs_group));
  EDGE_ASSIGN_OR_RETURN(const bool now_mounted, IsTmpfsMount(folder));
  if (now_mounted) return {};
  return FailedPrecondition(folder + " is not on a tmpfs: secrets are not written to disk");
}

Status WriteHosts(const std::string& path, const std::string& contents) {
  const Result<std::string> held = ReadFile(path, contents.size() + 1);
  if (held.ok() && *held == contents) return {};
  return ReplaceFile(path, contents, 0644);
}

Status MakeMessageFile(const std::string& path) {
  EDGE_RETURN_IF_ERROR(MakeDirectories(path.substr(0, path.find_last_of('/')), 0750));
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!file.ok()) return ErrnoStatus("make", path);
  // Whatever the umask: the container may run as any user.
  if (fchmod(file.get(), 0666) != 0) return ErrnoStatus("set the mode of", path);
  return {};
}

/// Ours are a tmpfs on a volume's folder and what is on "subpaths/<container>/<n>".
bool IsOurMount(const MountPoint& mount, const std::string& pod_folder) {
  const std::string below = mount.path.substr(std::min(pod_folder.size() + 1, mount.path.size()));
  const auto slashes = std::count(below.begin(), below.end(), '/');
  if (below.compare(0, 8, "volumes/") == 0) return slashes == 1 && mount.type == "tmpfs";
  return below.compare(0, 9, "subpaths/") == 0 && slashes == 2;
}

/// The kernel lists mounts by their real path: so must we.
PodLayout RealPaths(PodLayout layout) {
  std::error_code error;
  const auto real = std::filesystem::weakly_canonical(layout.pods_root, error);
  if (!error) layout.pods_root = real;
  return layout;
}

}  // namespace

FsPodVolumes::FsPodVolumes(PodLayout layout) : layout_(RealPaths(std::move(layout))) {}

Status FsPodVolumes::PrepareEmptyDir(const std::string& folder, const PodVolume& volume) {
  if (volume.tmpfs) return EnsureTmpfs(folder, volume, EmptyDirMode(volume));
  return MakeFolderAtOnce(folder, EmptyDirMode(volume), volume.fs_group);
}

Status FsPodVolumes::PrepareContent(const std::string& folder, const PodVolume& volume) {
  if (volume.tmpfs) {
    EDGE_RETURN_IF_ERROR(EnsureTmpfs(folder, volume, 0755));
  } else {
    EDGE_RETURN_IF_ERROR(MakeFolderAtOnce(folder, 0755, volume.fs_group));
  }
  return WriteContent(folder, volume);
}

Status FsPodVolumes::PrepareVolume(const std::string& uid, const PodVolume& volume) {
  EDGE_RETURN_IF_ERROR(CheckName("volume name", volume.name));
  const std::string folder = layout_.VolumeFolder(uid, volume.name);
  switch (volume.kind) {
    case VolumeKind::kHostPath: return CheckHostPath(volume.host_path, volume.host_path_type);
    case VolumeKind::kEmptyDir: return PrepareEmptyDir(folder, volume);
    case VolumeKind::kContent: return PrepareContent(folder, volume);
  }
  return Internal("volume " + volume.name + " has a kind that is not known");
}

Status FsPodVolumes::Prepare(const VolumePlan& plan) {
  EDGE_RETURN_IF_ERROR(CheckName("pod UID", plan.pod_uid));
  EDGE_RETURN_IF_ERROR(MakeDirectories(layout_.PodFolder(plan.pod_uid) + "/volumes", 0750));
  for (const PodVolume& volume : plan.volumes) {
    EDGE_RETURN_IF_ERROR(
        PrepareVolume(plan.pod_uid, volume).WithContext("volume \"" + volume.name + "\""));
  }
  return {};
}

Status FsPodVolumes::Update(const VolumePlan& plan) {
  EDGE_RETURN_IF_ERROR(CheckName("pod UID", plan.pod_uid));
  EDGE_RETURN_IF_ERROR(MakeDirectories(layout_.PodFolder(plan.pod_uid) + "/volumes", 0750));
  for (const PodVolume& volume : plan.volumes) {
    if (volume.kind != VolumeKind::kContent) continue;
    EDGE_RETURN_IF_ERROR(
        PrepareVolume(plan.pod_uid, volume).WithContext("volume \"" + volume.name + "\""));
  }
  return {};
}

Status FsPodVolumes::PrepareContainer(const ContainerFiles& files) {
  EDGE_RETURN_IF_ERROR(CheckName("pod UID", files.pod_uid));
  EDGE_RETURN_IF_ERROR(CheckName("container name", files.container));
  const std::string context = "container \"" + files.container + "\"";
  EDGE_RETURN_IF_ERROR(MakeDirectories(layout_.PodFolder(files.pod_uid), 0750));
  if (!files.log_folder.empty()) {
    EDGE_RETURN_IF_ERROR(
        MakeDirectories(files.log_folder + "/" + files.container, 0755).WithContext(context));
  }
  if (files.hosts) {
    EDGE_RETURN_IF_ERROR(
        WriteHosts(layout_.HostsFile(files.pod_uid), *files.hosts).WithContext(context));
  }
  if (files.message_file) {
    EDGE_RETURN_IF_ERROR(
        MakeMessageFile(layout_.MessageFile(files.pod_uid, files.container, files.attempt))
            .WithContext(context));
  }
  for (const SubPathMount& mount : files.sub_paths) {
    EDGE_RETURN_IF_ERROR(
        MountSubPath(mount, layout_.SubPath(files.pod_uid, files.container, mount.index))
            .WithContext(context));
  }
  return {};
}

Result<std::string> FsPodVolumes::ReadMessage(const std::string& pod_uid,
                                              const std::string& container, std::uint32_t attempt,
                                              std::size_t max_bytes) {
  return ReadFileTail(layout_.MessageFile(pod_uid, container, attempt), max_bytes);
}

Result<std::string> FsPodVolumes::ReadLogTail(const std::string& log_path, std::size_t max_lines,
                                              std::size_t max_bytes) {
  const std::size_t enough = std::min(max_bytes + (max_lines + 1) * kLogPrefixBytes, kMaxLogBytes);
  EDGE_ASSIGN_OR_RETURN(std::string tail, ReadFileTail(log_path, enough));
  // The first line is cut off somewhere, unless this is the whole file.
  if (tail.size() == enough) tail.erase(0, tail.find('\n') + 1);
  return CriLogTail(tail, max_lines, max_bytes);
}

Status FsPodVolumes::Teardown(const std::string& pod_uid, const std::string& log_folder) {
  EDGE_RETURN_IF_ERROR(CheckName("pod UID", pod_uid));
  const std::string folder = layout_.PodFolder(pod_uid);
  EDGE_ASSIGN_OR_RETURN(std::vector<MountPoint> mounts, MountsBelow(folder));
  std::reverse(mounts.begin(), mounts.end());
  for (const MountPoint& mount : mounts) {
    if (IsOurMount(mount, folder)) {
      EDGE_RETURN_IF_ERROR(Unmount(mount.path).WithContext("pod " + pod_uid));
      continue;
    }
    return FailedPrecondition(
        "pod " + pod_uid + ": " + mount.path + " (" + mount.type + ") was not mounted by us",
        "unmount it: a pod's files are not removed across a foreign mount");
  }
  EDGE_RETURN_IF_ERROR(RemoveTree(folder).WithContext("pod " + pod_uid));
  if (log_folder.empty()) return {};
  return RemoveTree(log_folder).WithContext("pod " + pod_uid);
}

Result<std::vector<std::string>> FsPodVolumes::ListPods() {
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(opendir(layout_.pods_root.c_str()), closedir);
  std::vector<std::string> uids;
  if (entries == nullptr) {
    if (errno == ENOENT) return uids;
    return ErrnoStatus("list", layout_.pods_root);
  }
  while (const dirent* entry = readdir(entries.get())) {
    const std::string name = entry->d_name;
    if (name[0] != '.' && CheckName("pod UID", name).ok()) uids.push_back(name);
  }
  std::sort(uids.begin(), uids.end());
  return uids;
}

}  // namespace edge::edged
