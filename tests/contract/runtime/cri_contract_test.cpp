#include <catch2/catch.hpp>

#include <sys/stat.h>

#include "common/file.h"
#include "tests/contract/runtime/cri_subject.h"

namespace edge::edged {

TEST_CASE("containerd: a sandbox is listed until it is removed", "[runtime]") {
  CriSubject real;
  SandboxLivesAndGoes(real.subject);
}

TEST_CASE("containerd: a container runs and its exit is reported", "[runtime]") {
  CriSubject real;
  ContainerRunsAndReportsItsExit(real.subject);
}

TEST_CASE("containerd: a stop ends a container within its grace", "[runtime]") {
  CriSubject real;
  StopEndsAContainerWithinItsGrace(real.subject);
}

TEST_CASE("containerd: stopping a sandbox ends its containers", "[runtime]") {
  CriSubject real;
  StoppingASandboxEndsItsContainers(real.subject);
}

TEST_CASE("containerd: what is gone is gone", "[runtime]") {
  CriSubject real;
  GoneThingsAreGone(real.subject);
}

TEST_CASE("containerd: images are found or not", "[runtime]") {
  CriSubject real;
  ImagesAreFoundOrNot(real.subject);
  const auto image = Must(real.runtime.ImageStatus(real.subject.image));
  CHECK(image->id.substr(0, 7) == "sha256:");
}

TEST_CASE("containerd: a missing image is named by every error", "[runtime]") {
  CriSubject real;
  AMissingImageIsNamed(real.subject);
}

TEST_CASE("containerd: the runtime tells its version and conditions", "[runtime]") {
  CriSubject real;
  TheRuntimeTellsAboutItself(real.subject);
}

TEST_CASE("A container that ignores SIGTERM is killed when its grace is over", "[runtime]") {
  CriSubject real;
  const SandboxConfig sandbox = SandboxNamed(real.subject, "deaf");
  const std::string sandbox_id = Must(real.runtime.RunSandbox(sandbox));
  ContainerConfig config = ContainerNamed(real.subject, "app");
  config.command = {"/bin/sh", "-c", "trap '' TERM; while true; do sleep 1; done"};
  const std::string id = Must(real.runtime.CreateContainer(sandbox_id, config, sandbox));
  Must(real.runtime.StartContainer(id));
  Must(real.runtime.StopContainer(id, std::chrono::seconds(1)));
  CHECK(Must(real.runtime.ContainerStatus(id)).exit_code == 137);
}

TEST_CASE("Another agent's sandboxes and containers are never listed", "[runtime]") {
  CriSubject real;
  CriRuntime other(OptionsFor(real.world, "till-2"));
  const SandboxConfig sandbox = SandboxNamed(real.subject, "theirs");
  const std::string theirs = Must(other.RunSandbox(sandbox));
  const ContainerConfig config = ContainerNamed(real.subject, "app");
  Must(other.CreateContainer(theirs, config, sandbox));

  CHECK(Must(real.runtime.ListSandboxes()).empty());
  CHECK(Must(real.runtime.ListContainers()).empty());
  CHECK(Must(other.ListSandboxes()).size() == 1);
  CHECK(Must(other.ListContainers()).size() == 1);
  CHECK(Must(real.runtime.ForeignPods()) == std::vector<std::string>{"shop/theirs"});
  CHECK(Must(other.ForeignPods()).empty());
}

TEST_CASE("A container gets its command and environment and mounts and identity", "[runtime]") {
  CriSubject real;
  const std::string shared = real.world.folder() + "/shared";
  Must(MakeDirectories(shared, 0777));
  SandboxConfig sandbox = SandboxNamed(real.subject, "full");
  sandbox.dns = DnsConfig{{"192.0.2.53"}, {"shop.local"}, {"ndots:5"}};
  sandbox.sysctls = {{"net.ipv4.ip_unprivileged_port_start", "0"}};
  const std::string sandbox_id = Must(real.runtime.RunSandbox(sandbox));
  ContainerConfig config = ContainerNamed(real.subject, "app");
  config.command = {"/bin/sh", "-c"};
  config.args = {
      "umask 0; { echo \"$GREETING $(id -u):$(id -g) $(pwd) $(hostname)\"; "
      "grep nameserver /etc/resolv.conf; cat /proc/sys/net/ipv4/ip_unprivileged_port_start; "
      "touch /root-file 2>/dev/null || echo read-only; grep NoNewPrivs /proc/self/status; "
      "} > /shared/out; chmod 666 /shared/out"};
  config.working_dir = "/tmp";
  config.envs = {{"GREETING", "good day"}};
  config.mounts = {{"/shared", shared, false, 0}};
  config.run_as_user = 1000;
  config.run_as_group = 2000;
  config.read_only_rootfs = true;
  config.no_new_privileges = true;
  config.resources.memory_limit_bytes = 64 << 20;
  config.resources.cpu_shares = 512;
  chmod(shared.c_str(), 0777);
  const std::string id = Must(real.runtime.CreateContainer(sandbox_id, config, sandbox));
  Must(real.runtime.StartContainer(id));
  const ContainerInfo ended = AwaitState(real.subject, id, ContainerState::kExited);
  CHECK(ended.exit_code == 0);
  CHECK(ended.reason == "Completed");
  CHECK(Must(ReadFile(shared + "/out")) ==
        "good day 1000:2000 /tmp full\nnameserver 192.0.2.53\n0\nread-only\nNoNewPrivs:\t1\n");
}

}  // namespace edge::edged
