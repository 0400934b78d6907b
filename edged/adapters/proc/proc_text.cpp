#include "edged/adapters/proc/proc_text.h"

#include <charconv>
#include <limits>
#include <sstream>
#include <vector>

namespace edge::edged {
namespace {

std::vector<std::string> Words(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(std::move(word));
  return words;
}

/// Calls `visit(line)` for each line.
template <typename Visit>
void EachLine(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    visit(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
}

std::uint64_t Hex(const std::string& text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return value;
}

}  // namespace

std::string Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n\0";
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(kBlank) - begin + 1));
}

std::string OsReleaseValue(std::string_view text, std::string_view key) {
  std::string value;
  EachLine(text, [&](std::string_view line) {
    if (line.size() <= key.size() || line.substr(0, key.size()) != key) return;
    if (line[key.size()] != '=') return;
    value = Trim(line.substr(key.size() + 1));
  });
  if (value.size() >= 2 && (value[0] == '"' || value[0] == '\'') && value.back() == value[0]) {
    value = value.substr(1, value.size() - 2);
  }
  return value;
}

std::uint64_t MeminfoBytes(std::string_view text, std::string_view key) {
  std::uint64_t bytes = 0;
  EachLine(text, [&](std::string_view line) {
    if (line.size() <= key.size() || line.substr(0, key.size()) != key) return;
    if (line[key.size()] != ':') return;
    bytes = Number(Trim(line.substr(key.size() + 1))) * 1024;
  });
  return bytes;
}

int CountCpus(std::string_view stat) {
  int count = 0;
  EachLine(stat, [&](std::string_view line) {
    if (line.size() > 3 && line.substr(0, 3) == "cpu" && line[3] >= '0' && line[3] <= '9') ++count;
  });
  return count;
}

std::uint64_t LoadavgTasks(std::string_view loadavg) {
  const auto slash = loadavg.find('/');
  return slash == std::string_view::npos ? 0 : Number(loadavg.substr(slash + 1));
}

std::uint64_t Number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? value : 0;
}

std::string DefaultRouteInterface(std::string_view route) {
  // Iface Destination Gateway Flags RefCnt Use Metric Mask ...; destination and mask are hex.
  std::string best;
  std::uint64_t best_metric = std::numeric_limits<std::uint64_t>::max();
  EachLine(route, [&](std::string_view line) {
    const std::vector<std::string> words = Words(std::string(line));
    if (words.size() < 8 || words[1] != "00000000" || words[7] != "00000000") return;
    const std::uint64_t metric = Number(words[6]);
    if (metric >= best_metric) return;
    best_metric = metric;
    best = words[0];
  });
  return best;
}

std::string DefaultRouteInterface6(std::string_view route) {
  // Destination its-length source its-length next-hop metric refs use flags device; all hex.
  const std::string zero(32, '0');
  std::string best;
  std::uint64_t best_metric = std::numeric_limits<std::uint64_t>::max();
  EachLine(route, [&](std::string_view line) {
    const std::vector<std::string> words = Words(std::string(line));
    if (words.size() < 10 || words[0] != zero || words[1] != "00" || words[9] == "lo") return;
    const std::uint64_t metric = Hex(words[5]);
    if (metric >= best_metric) return;
    best_metric = metric;
    best = words[9];
  });
  return best;
}

std::string PageSizeName(std::uint64_t kilobytes) {
  if (kilobytes % (1024 * 1024) == 0) return std::to_string(kilobytes / (1024 * 1024)) + "Gi";
  if (kilobytes % 1024 == 0) return std::to_string(kilobytes / 1024) + "Mi";
  return std::to_string(kilobytes) + "Ki";
}

std::string GoArchitecture(std::string_view machine) {
  if (machine == "x86_64") return "amd64";
  if (machine == "aarch64" || machine == "armv8l") return "arm64";
  if (machine.substr(0, 3) == "arm") return "arm";
  if (machine == "i686" || machine == "i386") return "386";
  return std::string(machine);
}

}  // namespace edge::edged
