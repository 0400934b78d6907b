#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace edge::edged {

// Reading the kernel's text files. Pure.

std::string Trim(std::string_view text);

/// The value after "KEY=" in os-release's form, unquoted; empty where the key is missing.
std::string OsReleaseValue(std::string_view text, std::string_view key);

/// Bytes of a line "Key:   123 kB" of /proc/meminfo; 0 where the key is missing.
std::uint64_t MeminfoBytes(std::string_view text, std::string_view key);

/// Lines "cpu0 ...", "cpu1 ..." of /proc/stat.
int CountCpus(std::string_view stat);

/// The y of "0.1 0.2 0.3 x/y 123" (/proc/loadavg): scheduling entities that exist.
std::uint64_t LoadavgTasks(std::string_view loadavg);

/// A decimal number at the start of the text; 0 where there is none or it does not fit.
std::uint64_t Number(std::string_view text);

/// The interface of the IPv4 default route with the lowest metric (/proc/net/route), or empty.
std::string DefaultRouteInterface(std::string_view route);
/// The same of /proc/net/ipv6_route, loopback excepted.
std::string DefaultRouteInterface6(std::string_view route);

/// A page size of the kernel's in Kubernetes' form: 2048 kB is "2Mi".
std::string PageSizeName(std::uint64_t kilobytes);

/// uname's machine as Go names it.
std::string GoArchitecture(std::string_view machine);

}  // namespace edge::edged
