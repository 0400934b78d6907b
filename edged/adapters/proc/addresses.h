#pragma once

#include <string>
#include <vector>

namespace edge::edged {

/// An address of an interface that is up, loopback and link-local ones left out.
struct InterfaceAddress {
  std::string interface, address;
  bool ipv6 = false;
  bool physical = false;  ///< has hardware behind it: not a bridge, a veth or a tunnel
};

/// What the kernel has now. `sys_root` is put before "/sys".
std::vector<InterfaceAddress> ListAddresses(const std::string& sys_root);

/// The node's own: those of the preferred interface, IPv4 first. Where that is empty or has none
/// (the line is down and the default route with it), those of the first physical interface, else
/// of none: a bridge of pods is never the node. Pure.
std::vector<std::string> ChooseAddresses(const std::vector<InterfaceAddress>& all,
                                         const std::string& preferred);

}  // namespace edge::edged
