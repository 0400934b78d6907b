#include "edged/adapters/proc/addresses.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <unistd.h>

#include <memory>
#include <optional>

namespace edge::edged {
namespace {

std::optional<InterfaceAddress> Describe(const ifaddrs& item) {
  if (item.ifa_addr == nullptr || (item.ifa_flags & IFF_UP) == 0) return std::nullopt;
  if ((item.ifa_flags & IFF_LOOPBACK) != 0) return std::nullopt;
  InterfaceAddress to;
  to.interface = item.ifa_name;
  char text[INET6_ADDRSTRLEN] = {};
  if (item.ifa_addr->sa_family == AF_INET) {
    const auto* address = reinterpret_cast<const sockaddr_in*>(item.ifa_addr);
    if (ntohl(address->sin_addr.s_addr) >> 16 == 0xA9FE) return std::nullopt;  // 169.254/16
    inet_ntop(AF_INET, &address->sin_addr, text, sizeof(text));
  } else if (item.ifa_addr->sa_family == AF_INET6) {
    const auto* address = reinterpret_cast<const sockaddr_in6*>(item.ifa_addr);
    if (IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr)) return std::nullopt;
    inet_ntop(AF_INET6, &address->sin6_addr, text, sizeof(text));
    to.ipv6 = true;
  } else {
    return std::nullopt;
  }
  to.address = text;
  return to;
}

std::vector<std::string> Of(const std::vector<InterfaceAddress>& all, const std::string& name) {
  std::vector<std::string> found;
  for (const bool ipv6 : {false, true}) {
    for (const InterfaceAddress& item : all) {
      if (item.interface == name && item.ipv6 == ipv6) found.push_back(item.address);
    }
  }
  return found;
}

}  // namespace

std::vector<InterfaceAddress> ListAddresses(const std::string& sys_root) {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, freeifaddrs);
  std::vector<InterfaceAddress> all;
  for (const ifaddrs* item = list; item != nullptr; item = item->ifa_next) {
    std::optional<InterfaceAddress> address = Describe(*item);
    if (!address) continue;
    const std::string device = sys_root + "/sys/class/net/" + address->interface + "/device";
    address->physical = access(device.c_str(), F_OK) == 0;
    all.push_back(std::move(*address));
  }
  return all;
}

std::vector<std::string> ChooseAddresses(const std::vector<InterfaceAddress>& all,
                                         const std::string& preferred) {
  std::vector<std::string> found = Of(all, preferred);
  if (!found.empty()) return found;
  for (const InterfaceAddress& item : all) {
    if (item.physical) return Of(all, item.interface);
  }
  return {};
}

}  // namespace edge::edged
