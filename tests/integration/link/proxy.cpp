#include "tests/integration/link/proxy.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "common/loop.h"

namespace edge::link::testing {
namespace {

sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// False when `from` is at its end.
bool Copy(int from, int to) {
  char buffer[16 * 1024];
  const ssize_t got = read(from, buffer, sizeof buffer);
  if (got <= 0) return false;
  for (ssize_t sent = 0; sent < got;) {
    const ssize_t more =
        send(to, buffer + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
    if (more <= 0) return false;
    sent += more;
  }
  return true;
}

}  // namespace

Proxy::Proxy(std::uint16_t to)
    : to_(to), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  REQUIRE(bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
  REQUIRE(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  REQUIRE(listen(listener_, 16) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Accept(); });
}

Proxy::~Proxy() {
  closing_ = true;
  thread_.join();
  while (relays_ > 0) std::this_thread::yield();
  close(listener_);
}

void Proxy::Accept() {
  while (!closing_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (poll(&waiting, 1, 20) != 1) continue;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    ++relays_;
    std::thread([this, client] {
      Relay(client);
      --relays_;
    }).detach();
  }
}

void Proxy::Relay(int from) {
  const UniqueFd client(from);
  const UniqueFd broker(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = Loopback(to_);
  if (connect(broker.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return;
  while (!closing_) {
    if (frozen_) {
      poll(nullptr, 0, 5);
      continue;
    }
    pollfd both[2] = {{client.get(), POLLIN, 0}, {broker.get(), POLLIN, 0}};
    if (poll(both, 2, 5) <= 0 || frozen_) continue;
    if (both[0].revents != 0 && !Copy(client.get(), broker.get())) return;
    if (both[1].revents != 0 && !Copy(broker.get(), client.get())) return;
  }
}

}  // namespace edge::link::testing
