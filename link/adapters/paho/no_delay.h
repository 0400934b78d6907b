#pragma once

#include <cstdint>

namespace edge::link {

/// Switches Nagle's algorithm off (TCP_NODELAY, tcp(7)) on this process's TCP connections to
/// `port`, and returns how many there are. Paho 1.3.12 neither does it nor tells its socket, and
/// a second small message would wait for the peer's delayed acknowledgement of the first: 40 ms.
///
/// Thread rule: any thread. On a connection that another thread just made it is as welcome.
int DisableNagle(std::uint16_t port);

}  // namespace edge::link
