#include "edged/adapters/systemd/notifier.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "common/loop.h"

namespace edge::systemd {
namespace {

std::string_view Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::optional<std::int64_t> Number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

/// sd_watchdog_enabled(3): the watchdog is ours only where WATCHDOG_PID is missing or our own.
std::optional<Duration> WatchdogFromEnvironment() {
  const std::string_view pid = Environment("WATCHDOG_PID");
  if (!pid.empty() && Number(pid) != getpid()) return std::nullopt;
  const std::optional<std::int64_t> micros = Number(Environment("WATCHDOG_USEC"));
  if (!micros || *micros <= 0) return std::nullopt;
  return std::chrono::microseconds(*micros);
}

}  // namespace

Notifier Notifier::FromEnvironment() {
  return Notifier(std::string(Environment("NOTIFY_SOCKET")), WatchdogFromEnvironment());
}

Notifier::Notifier(std::string socket, std::optional<Duration> watchdog)
    : socket_(std::move(socket)), watchdog_(watchdog) {}

void Notifier::Ready() const { Send("READY=1"); }
void Notifier::Watchdog() const { Send("WATCHDOG=1"); }
void Notifier::Stopping() const { Send("STOPPING=1"); }

void Notifier::Status(std::string_view text) const {
  std::string line = "STATUS=";
  for (const char c : text) line += c == '\n' ? ' ' : c;  // a new line would start another variable
  Send(line);
}

void Notifier::Send(std::string_view message) const {
  sockaddr_un address{};
  if (socket_.empty() || socket_.size() >= sizeof(address.sun_path)) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_[0] == '@') address.sun_path[0] = '\0';
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  sendto(fd.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
         reinterpret_cast<const sockaddr*>(&address), size);
}

}  // namespace edge::systemd
