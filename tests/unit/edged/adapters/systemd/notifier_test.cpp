#include "edged/adapters/systemd/notifier.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>

#include "common/loop.h"

namespace edge::systemd {
namespace {

/// The service manager's end: a datagram socket in the abstract namespace.
class Manager {
 public:
  Manager() : name_("@edge-notify-test-" + std::to_string(getpid())) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name_.data() + 1, name_.size() - 1);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    REQUIRE(bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
  }
  const std::string& name() const { return name_; }

  /// The next message, or "" when none is there.
  std::string Next() const {
    std::array<char, 512> buffer{};
    const ssize_t got = recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    return got < 0 ? "" : std::string(buffer.data(), static_cast<std::size_t>(got));
  }

 private:
  std::string name_;
  UniqueFd fd_{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

TEST_CASE("The service manager hears ready and watchdog and status and stopping", "[systemd]") {
  const Manager manager;
  const Notifier notifier(manager.name());
  notifier.Ready();
  CHECK(manager.Next() == "READY=1");
  notifier.Watchdog();
  CHECK(manager.Next() == "WATCHDOG=1");
  notifier.Status("3 pods running");
  CHECK(manager.Next() == "STATUS=3 pods running");
  notifier.Stopping();
  CHECK(manager.Next() == "STOPPING=1");
}

TEST_CASE("A status text cannot smuggle another variable in", "[systemd]") {
  const Manager manager;
  Notifier(manager.name()).Status("a\nREADY=1");
  CHECK(manager.Next() == "STATUS=a READY=1");
}

TEST_CASE("Without a service manager notifying does nothing", "[systemd]") {
  Notifier("").Ready();
  Notifier("/nonexistent/socket").Ready();
  Notifier(std::string(300, 'x')).Ready();
  SUCCEED();
}

TEST_CASE("The watchdog interval comes from the environment and only for this process",
          "[systemd]") {
  setenv("WATCHDOG_USEC", "30000000", 1);
  unsetenv("WATCHDOG_PID");
  CHECK(Notifier::FromEnvironment().watchdog_interval() == std::chrono::seconds(30));
  setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  CHECK(Notifier::FromEnvironment().watchdog_interval() == std::chrono::seconds(30));
  setenv("WATCHDOG_PID", "1", 1);
  CHECK_FALSE(Notifier::FromEnvironment().watchdog_interval());
  unsetenv("WATCHDOG_PID");
  setenv("WATCHDOG_USEC", "soon", 1);
  CHECK_FALSE(Notifier::FromEnvironment().watchdog_interval());
  unsetenv("WATCHDOG_USEC");
}

}  // namespace
}  // namespace edge::systemd
