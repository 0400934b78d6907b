#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/status.h"

namespace edge::edged {

// A pod's files on the node. What is to be there is planned by edged/core/volume; the adapter makes
// it so. Every path follows from PodLayout alone, so that the core can write mounts without asking.
//
// `<pods_root>/<uid>/volumes/<volume>`                        the folder of a volume
// `<pods_root>/<uid>/subpaths/<container>/<n>`                a mount of a volume's sub-path
// `<pods_root>/<uid>/containers/<container>/<attempt>.message` the termination message's file
// `<pods_root>/<uid>/etc-hosts`                               the managed /etc/hosts
// `<logs_root>/<ns>_<name>_<uid>/<container>/<attempt>.log`   written by the runtime (CRI format)
struct PodLayout {
  std::string pods_root = "/var/lib/edged/pods";
  std::string logs_root = "/var/log/pods";

  std::string PodFolder(const std::string& uid) const { return pods_root + "/" + uid; }
  std::string VolumeFolder(const std::string& uid, const std::string& volume) const {
    return PodFolder(uid) + "/volumes/" + volume;
  }
  std::string SubPath(const std::string& uid, const std::string& container, int index) const {
    return PodFolder(uid) + "/subpaths/" + container + "/" + std::to_string(index);
  }
  std::string MessageFile(const std::string& uid, const std::string& container,
                          std::uint32_t attempt) const {
    return PodFolder(uid) + "/containers/" + container + "/" + std::to_string(attempt) + ".message";
  }
  std::string HostsFile(const std::string& uid) const { return PodFolder(uid) + "/etc-hosts"; }
  std::string LogFolder(const std::string& ns, const std::string& name,
                        const std::string& uid) const {
    return logs_root + "/" + ns + "_" + name + "_" + uid;
  }
  /// Relative to LogFolder, as CRI wants it.
  static std::string LogFile(const std::string& container, std::uint32_t attempt) {
    return container + "/" + std::to_string(attempt) + ".log";
  }
};

/// One file of a content volume. `path` is relative, has no ".." and no empty parts; parents are
/// made with mode 0755.
struct VolumeFile {
  std::string path;
  std::uint32_t mode = 0644;
  std::string bytes;
  std::optional<std::int64_t> owner = {};  ///< user; none: as whom we run
  bool operator==(const VolumeFile&) const = default;
};

enum class VolumeKind {
  kEmptyDir,  ///< a folder, 0777, made once and never touched again
  kContent,   ///< configMap, secret, downwardAPI, projected: `files`, swapped atomically ("..data")
  kHostPath,  ///< nothing is made but what `host_path_type` says; mounts use `host_path` itself
};

/// As Kubernetes' HostPathType. The adapter checks, or makes (…OrCreate, folders 0755, files 0644).
enum class HostPathType {
  kUnset,  ///< no check
  kDirectoryOrCreate,
  kDirectory,
  kFileOrCreate,
  kFile,
  kSocket,
  kCharDevice,
  kBlockDevice,
};

struct PodVolume {
  std::string name;
  VolumeKind kind = VolumeKind::kEmptyDir;
  /// A tmpfs is mounted on the volume's folder: secrets, tokens and `medium: Memory`. Never on
  /// disk.
  bool tmpfs = false;
  std::uint64_t size_limit_bytes = 0;    ///< of the tmpfs; 0: the kernel's default
  std::vector<VolumeFile> files;         ///< of a content volume, sorted by path
  std::optional<std::int64_t> fs_group;  ///< group owner; set-gid on folders, group read on files
  std::string host_path;                 ///< absolute
  HostPathType host_path_type = HostPathType::kUnset;
  bool operator==(const PodVolume&) const = default;
};

struct VolumePlan {
  std::string pod_uid;
  std::vector<PodVolume> volumes;
  bool operator==(const VolumePlan&) const = default;
};

struct SubPathMount {
  int index = 0;            ///< names PodLayout::SubPath
  std::string volume_root;  ///< the volume's folder, or the host path of a hostPath volume
  std::string sub_path;     ///< relative, without ".."; a folder is made where nothing is there
  bool make_folder = true;  ///< false where the volume is read-only: missing is an error
  std::optional<std::int64_t> fs_group;
};

/// What one instance of a container needs besides volumes, made just before it is created (the
/// pod's address is known by then, and init containers have run).
struct ContainerFiles {
  std::string pod_uid, container;
  std::uint32_t attempt = 0;
  std::string log_folder;               ///< absolute; `<log_folder>/<container>` is made too
  std::optional<std::string> hosts;     ///< contents of etc-hosts; none with hostNetwork
  bool message_file = true;             ///< an empty file of mode 0666 for the termination message
  std::vector<SubPathMount> sub_paths;  ///< bind-mounted so that no symbolic link leads outside
};

/// The pods' files. Every call blocks, is made on a lane and is safe to repeat from any state that
/// a crash or a power cut left: folders without mounts, half-written temporary files, old mounts.
/// Errors name the volume and the cause (kFailedPrecondition: a hostPath of the wrong type).
class PodVolumes {
 public:
  virtual ~PodVolumes() = default;
  /// Makes every volume of the plan. What is already as planned is left alone, so that running
  /// containers never notice; contents that differ are swapped as by Update.
  virtual Status Prepare(const VolumePlan& plan) = 0;
  /// Swaps the contents of content volumes that differ, atomically: a reader sees the old set of
  /// files or the new one. Other volumes are not touched.
  virtual Status Update(const VolumePlan& plan) = 0;
  virtual Status PrepareContainer(const ContainerFiles& files) = 0;
  /// At most `max_bytes` of the end of the termination message's file; empty where there is none.
  virtual Result<std::string> ReadMessage(const std::string& pod_uid, const std::string& container,
                                          std::uint32_t attempt, std::size_t max_bytes) = 0;
  /// The last `max_lines` and at most `max_bytes` of a container's CRI log, without its prefixes.
  virtual Result<std::string> ReadLogTail(const std::string& log_path, std::size_t max_lines,
                                          std::size_t max_bytes) = 0;
  /// Unmounts and removes all that is under PodFolder(uid); never follows a mount or a symbolic
  /// link out of it. Gone already is success. `log_folder` is removed too unless empty.
  virtual Status Teardown(const std::string& pod_uid, const std::string& log_folder) = 0;
  /// UIDs that have a folder.
  virtual Result<std::vector<std::string>> ListPods() = 0;
};

}  // namespace edge::edged
