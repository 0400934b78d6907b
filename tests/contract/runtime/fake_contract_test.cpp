#include <catch2/catch.hpp>

#include "tests/contract/runtime/contract.h"
#include "tests/fakes/fake_runtime.h"

namespace edge::edged {
namespace {

/// The fake that unit tests trust, held to the same contract as containerd.
struct FakeSubject {
  fakes::FakeRuntime runtime;
  RuntimeSubject subject{runtime,
                         runtime,
                         runtime,
                         runtime,
                         "edge.local/app:1",
                         "edge.invalid/none:7",
                         "/edge",
                         "/var/log/pods",
                         [this](const std::string& id, int code) { runtime.Exit(id, code); }};
  FakeSubject() { runtime.images = {subject.image}; }
};

}  // namespace

TEST_CASE("fake: a sandbox is listed until it is removed", "[runtime]") {
  FakeSubject fake;
  SandboxLivesAndGoes(fake.subject);
}

TEST_CASE("fake: a container runs and its exit is reported", "[runtime]") {
  FakeSubject fake;
  ContainerRunsAndReportsItsExit(fake.subject);
}

TEST_CASE("fake: a stop ends a container within its grace", "[runtime]") {
  FakeSubject fake;
  StopEndsAContainerWithinItsGrace(fake.subject);
}

TEST_CASE("fake: stopping a sandbox ends its containers", "[runtime]") {
  FakeSubject fake;
  StoppingASandboxEndsItsContainers(fake.subject);
}

TEST_CASE("fake: what is gone is gone", "[runtime]") {
  FakeSubject fake;
  GoneThingsAreGone(fake.subject);
}

TEST_CASE("fake: images are found or not", "[runtime]") {
  FakeSubject fake;
  ImagesAreFoundOrNot(fake.subject);
}

TEST_CASE("fake: a missing image is named by every error", "[runtime]") {
  FakeSubject fake;
  AMissingImageIsNamed(fake.subject);
}

TEST_CASE("fake: the runtime tells its version and conditions", "[runtime]") {
  FakeSubject fake;
  TheRuntimeTellsAboutItself(fake.subject);
}

}  // namespace edge::edged
