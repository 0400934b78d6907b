#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "tests/integration/link/peers.h"

namespace edge::link::testing {
namespace {

/// TCP_NODELAY of each of this process's IPv4 connections to the loopback port.
std::vector<int> NoDelayOf(std::uint16_t port) {
  std::vector<int> found;
  for (int fd = 0; fd < 256; ++fd) {
    sockaddr_in peer{};
    socklen_t size = sizeof(peer);
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
    if (peer.sin_family != AF_INET || ntohs(peer.sin_port) != port) continue;
    int on = -1;
    size = sizeof(on);
    REQUIRE(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &size) == 0);
    found.push_back(on);
  }
  return found;
}

}  // namespace

TEST_CASE("a small message does not wait for the broker's acknowledgement of the one before",
          "[link]") {
  World world;
  TestNode node(world, "till-1", world.broker.node_url());
  RunUntil(*world.loop, "the node connected", [&] { return node.connected == 1; });
  CHECK(NoDelayOf(world.broker.node_port()) == std::vector<int>{1});
}

}  // namespace edge::link::testing
