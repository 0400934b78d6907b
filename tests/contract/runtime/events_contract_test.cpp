#include "edged/adapters/containerd/containerd_events.h"
#include "tests/contract/runtime/cri_subject.h"
#include "tests/contract/runtime/event_log.h"

namespace edge::edged {
namespace {

std::string StartExiting(CriSubject& real, const std::string& pod) {
  const SandboxConfig sandbox = SandboxNamed(real.subject, pod);
  const std::string sandbox_id = Must(real.runtime.RunSandbox(sandbox));
  ContainerConfig config = ContainerNamed(real.subject, "job");
  config.command = ExitingCommand(0);
  const std::string id = Must(real.runtime.CreateContainer(sandbox_id, config, sandbox));
  Must(real.runtime.StartContainer(id));
  return id;
}

}  // namespace

TEST_CASE("The exit of a container is an event", "[runtime]") {
  CriSubject real;
  EventLog log;
  ContainerdEvents events({.socket = real.world.socket()});
  log.Listen(events);
  REQUIRE(log.AwaitGaps(1));
  const std::string id = StartExiting(real, "till");
  CHECK(log.AwaitEvent(id, "/tasks/exit"));
  // For some ms after the event CRI holds the container for running and refuses to remove it.
  AwaitState(real.subject, id, ContainerState::kExited);
  Must(real.runtime.RemoveContainer(id));
  CHECK(log.AwaitEvent(id, "/containers/delete"));
  CHECK(log.CountOf(id, "/tasks/exit") == 1);
}

TEST_CASE("A restarted containerd is subscribed to again and the gap is told", "[runtime]") {
  CriSubject real;
  EventLog log;
  ContainerdEvents events({.socket = real.world.socket()});
  log.Listen(events);
  REQUIRE(log.AwaitGaps(1));
  real.world.StopContainerd();
  real.world.Start();
  REQUIRE(log.AwaitGaps(2));
  const std::string id = StartExiting(real, "till");
  CHECK(log.AwaitEvent(id, "/tasks/exit"));
}

TEST_CASE("Events end at once when nobody listens any more", "[runtime]") {
  CriSubject real;
  const auto begin = std::chrono::steady_clock::now();
  {
    EventLog log;
    ContainerdEvents listening({.socket = real.world.socket()});
    ContainerdEvents lost({.socket = "/tmp/edge-no-runtime.sock"});
    log.Listen(listening);
    REQUIRE(log.AwaitGaps(1));
    EventLog silent;
    silent.Listen(lost);
  }
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}

}  // namespace edge::edged
