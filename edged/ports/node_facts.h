#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/status.h"

namespace edge::edged {

/// What the machine says about itself, as read at one moment.
struct NodeFacts {
  std::string hostname;
  std::string machine_id;      ///< /etc/machine-id
  std::string boot_id;         ///< /proc/sys/kernel/random/boot_id: changes with every boot
  std::string system_uuid;     ///< DMI product_uuid, or the machine id where there is none
  std::string kernel_version;  ///< uname -r
  std::string os_image;        ///< PRETTY_NAME of os-release
  std::string architecture;    ///< as Go names it: amd64, arm64, arm
  std::vector<std::string> internal_ips;  ///< of the default route's interface; IPv4 first

  std::int64_t cpu_millicores = 0;
  std::uint64_t memory_total_bytes = 0;
  std::uint64_t memory_available_bytes = 0;  ///< cgroup- or MemAvailable-based working set left
  std::uint64_t disk_total_bytes = 0;        ///< the file system of the state folder
  std::uint64_t disk_available_bytes = 0;
  std::uint64_t inodes_total = 0, inodes_free = 0;  ///< 0 of 0 where the file system has none
  std::uint64_t pids_max = 0, pids_used = 0;
  /// Page size as Kubernetes writes it ("2Mi", "1Gi") to bytes set aside.
  std::map<std::string, std::uint64_t> hugepages;
  bool cgroup_v2 = false;
};

/// Reads /proc, /sys and the like. Thread rule: blocks briefly; any thread, one at a time.
class NodeFactsSource {
 public:
  virtual ~NodeFactsSource() = default;
  /// Facts that cannot be read stay empty or zero; an error means that nothing could be.
  virtual Result<NodeFacts> Read() = 0;
};

}  // namespace edge::edged
