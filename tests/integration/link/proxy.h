#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

namespace edge::link::testing {

/// A TCP relay on loopback that can stop relaying without closing anything: a line that has died
/// without saying so. Threads of its own: one that accepts, and one for each connection.
class Proxy {
 public:
  explicit Proxy(std::uint16_t to);
  ~Proxy();
  std::uint16_t port() const { return port_; }
  /// What comes is read by nobody until Thaw; new connections are taken and kept silent too.
  void Freeze() { frozen_ = true; }
  void Thaw() { frozen_ = false; }

 private:
  void Accept();
  void Relay(int from);

  const std::uint16_t to_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<bool> frozen_{false};
  std::atomic<bool> closing_{false};
  std::atomic<int> relays_{0};
  std::thread thread_;
};

}  // namespace edge::link::testing
