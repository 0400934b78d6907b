#include "edged/adapters/proc/proc_node_facts.h"

#include <dirent.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "common/file.h"
#include "edged/adapters/proc/addresses.h"
#include "edged/adapters/proc/proc_text.h"

namespace edge::edged {
namespace {

constexpr std::size_t kMaxFileBytes = 1024 * 1024;

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

/// The nearest existing folder at or above the path: the state folder may not be made yet.
std::string Existing(std::string path) {
  while (path.size() > 1 && access(path.c_str(), F_OK) != 0) {
    path.resize(std::max<std::size_t>(path.find_last_of('/'), 1));
    if (path.find('/') == std::string::npos) return "/";
  }
  return path.empty() ? "/" : path;
}

}  // namespace

ProcNodeFacts::ProcNodeFacts(ProcOptions options) : options_(std::move(options)) {}

std::string ProcNodeFacts::Text(const std::string& path) const {
  Result<std::string> text = ReadFile(options_.root + path, kMaxFileBytes);
  return text.ok() ? std::move(text).value() : std::string();
}

void ProcNodeFacts::ReadIdentity(NodeFacts& facts) const {
  utsname names = {};
  if (uname(&names) == 0) {
    facts.hostname = names.nodename;
    facts.kernel_version = names.release;
    facts.architecture = GoArchitecture(names.machine);
  }
  facts.machine_id = Trim(Text("/etc/machine-id"));
  facts.boot_id = Trim(Text("/proc/sys/kernel/random/boot_id"));
  facts.system_uuid = Lower(Trim(Text("/sys/class/dmi/id/product_uuid")));
  if (facts.system_uuid.empty()) {
    facts.system_uuid = Trim(Text("/proc/device-tree/serial-number"));
  }
  if (facts.system_uuid.empty()) facts.system_uuid = facts.machine_id;
  std::string release = Text("/etc/os-release");
  if (release.empty()) release = Text("/usr/lib/os-release");
  facts.os_image = OsReleaseValue(release, "PRETTY_NAME");
}

void ProcNodeFacts::ReadMemory(NodeFacts& facts) const {
  const std::string meminfo = Text("/proc/meminfo");
  facts.memory_total_bytes = MeminfoBytes(meminfo, "MemTotal");
  facts.memory_available_bytes = MeminfoBytes(meminfo, "MemAvailable");
}

void ProcNodeFacts::ReadDisk(NodeFacts& facts) const {
  struct statvfs disk = {};
  if (statvfs(Existing(options_.state_folder).c_str(), &disk) != 0) return;
  facts.disk_total_bytes = disk.f_blocks * disk.f_frsize;
  facts.disk_available_bytes = disk.f_bavail * disk.f_frsize;
  facts.inodes_total = disk.f_files;
  facts.inodes_free = disk.f_files == 0 ? 0 : disk.f_favail;
}

void ProcNodeFacts::ReadPids(NodeFacts& facts) const {
  const std::uint64_t pid_max = Number(Text("/proc/sys/kernel/pid_max"));
  const std::uint64_t threads_max = Number(Text("/proc/sys/kernel/threads-max"));
  facts.pids_max = pid_max == 0       ? threads_max
                   : threads_max == 0 ? pid_max
                                      : std::min(pid_max, threads_max);
  facts.pids_used = LoadavgTasks(Text("/proc/loadavg"));
}

void ProcNodeFacts::ReadHugePages(NodeFacts& facts) const {
  const std::string folder = "/sys/kernel/mm/hugepages";
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(opendir((options_.root + folder).c_str()),
                                                    closedir);
  if (entries == nullptr) return;
  constexpr std::string_view kPrefix = "hugepages-";
  while (const dirent* entry = readdir(entries.get())) {
    const std::string name = entry->d_name;
    if (name.compare(0, kPrefix.size(), kPrefix) != 0) continue;
    const std::uint64_t kilobytes = Number(std::string_view(name).substr(kPrefix.size()));
    if (kilobytes == 0) continue;
    const std::uint64_t count = Number(Text(folder + "/" + name + "/nr_hugepages"));
    facts.hugepages[PageSizeName(kilobytes)] = count * kilobytes * 1024;
  }
}

Result<NodeFacts> ProcNodeFacts::Read() {
  NodeFacts facts;
  ReadMemory(facts);
  facts.cpu_millicores = CountCpus(Text("/proc/stat")) * 1000;
  if (facts.memory_total_bytes == 0 && facts.cpu_millicores == 0) {
    return Unavailable("cannot read " + options_.root + "/proc/meminfo nor /proc/stat",
                       "mount /proc there");
  }
  ReadIdentity(facts);
  ReadDisk(facts);
  ReadPids(facts);
  ReadHugePages(facts);
  std::string interface = DefaultRouteInterface(Text("/proc/net/route"));
  if (interface.empty()) interface = DefaultRouteInterface6(Text("/proc/net/ipv6_route"));
  facts.internal_ips = ChooseAddresses(ListAddresses(options_.root), interface);
  facts.cgroup_v2 =
      access((options_.root + "/sys/fs/cgroup/cgroup.controllers").c_str(), F_OK) == 0;
  return facts;
}

}  // namespace edge::edged
