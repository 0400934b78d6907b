#pragma once

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace edge::bench {

/// What the kernel says of a process; zeros of one that is gone.
struct ProcessUsage {
  double pss_kib = 0, private_dirty_kib = 0, cpu_seconds = 0;
};

inline ProcessUsage UsageOf(const std::string& pid) {
  ProcessUsage usage;
  std::ifstream memory("/proc/" + pid + "/smaps_rollup");
  for (std::string line; std::getline(memory, line);) {
    std::istringstream words(line);
    std::string key;
    double value = 0;
    words >> key >> value;
    if (key == "Pss:") usage.pss_kib = value;
    if (key == "Private_Dirty:") usage.private_dirty_kib = value;
  }
  std::ifstream file("/proc/" + pid + "/stat");
  std::string stat;
  std::getline(file, stat);
  std::istringstream words(stat.substr(stat.rfind(')') + 1));
  std::string word;
  double user = 0, system = 0;
  for (int field = 3; field < 14; ++field) words >> word;  // proc(5): utime is the 14th
  words >> user >> system;
  usage.cpu_seconds = (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
  return usage;
}

}  // namespace edge::bench
