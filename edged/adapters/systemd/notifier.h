#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/clock.h"

namespace edge::systemd {

/// Tells the service manager how the agent is (sd_notify(3)); does nothing where none listens.
///
/// The protocol is one datagram to $NOTIFY_SOCKET and part of systemd's stable interface. It is
/// spoken here without libsystemd, which with the five compression and crypto libraries that it
/// loads costs about 1 MB of PSS, a twelfth of the agent's budget.
///
/// Thread rule: any thread. A message that cannot be sent is lost: notifying never blocks.
class Notifier {
 public:
  /// What NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID say.
  static Notifier FromEnvironment();
  /// `socket` is a path, or '@' and a name in the abstract namespace; empty for nobody.
  explicit Notifier(std::string socket, std::optional<Duration> watchdog = std::nullopt);

  /// Start-up is over.
  void Ready() const;
  /// The agent's loop is alive. Due at least every watchdog_interval() / 2.
  void Watchdog() const;
  /// One line that `systemctl status` shows.
  void Status(std::string_view text) const;
  void Stopping() const;

  /// After how long a silence the manager kills this process; nullopt when it does not watch it.
  std::optional<Duration> watchdog_interval() const { return watchdog_; }

 private:
  void Send(std::string_view message) const;

  std::string socket_;
  std::optional<Duration> watchdog_;
};

}  // namespace edge::systemd
