#include <catch2/catch.hpp>

#include "tests/contract/runtime/cri_subject.h"

namespace edge::edged {

TEST_CASE("After a power cut sandboxes are not ready and containers have ended", "[runtime]") {
  CriSubject real;
  const SandboxConfig sandbox = SandboxNamed(real.subject, "till");
  const std::string sandbox_id = Must(real.runtime.RunSandbox(sandbox));
  const std::string id =
      Must(real.runtime.CreateContainer(sandbox_id, ContainerNamed(real.subject, "app"), sandbox));
  Must(real.runtime.StartContainer(id));
  AwaitState(real.subject, id, ContainerState::kRunning);

  real.world.PowerCut();
  CHECK(real.runtime.ListSandboxes().status().code() == Code::kUnavailable);
  real.world.Start();

  const auto sandboxes = Must(real.runtime.ListSandboxes());
  REQUIRE(sandboxes.size() == 1);
  CHECK(sandboxes[0].id == sandbox_id);
  CHECK(sandboxes[0].state == SandboxState::kNotReady);
  const auto containers = Must(real.runtime.ListContainers());
  REQUIRE(containers.size() == 1);
  CHECK(containers[0].state != ContainerState::kRunning);

  Must(real.runtime.StopSandbox(sandbox_id));
  Must(real.runtime.RemoveSandbox(sandbox_id));
  CHECK(Must(real.runtime.ListContainers()).empty());
  SandboxConfig again = sandbox;
  again.attempt = 1;
  CHECK(Must(real.runtime.SandboxStatus(Must(real.runtime.RunSandbox(again)))).ips.size() == 1);
}

}  // namespace edge::edged
