// The adapter for a real API server passes the port's contract against the embedded API's HTTPS
// too, wherever these tests run.
#include <catch2/catch.hpp>

#include "tests/contract/kube_api/kube_api_contract.h"
#include "tests/integration/embedded_api/server_fixture.h"
#include "tests/integration/kubernetes_adapter/harness.h"

namespace edge::cloudhub::kubernetes {
namespace {

struct OverHttps {
  fakes::TempFolder folder;
  embedded::Server server{folder.path()};
  Adapter adapter{server.kubeconfig};
  KubeApiUnderTest test{
      adapter.api(),
      [this](const std::function<bool()>& condition) { return adapter.RunUntil(condition); },
      "default"};
};

TEST_CASE("adapter over HTTPS: errors carry their codes", "[kubernetes]") {
  OverHttps https;
  CheckErrorsCarryTheirCodes(https.test);
}

TEST_CASE("adapter over HTTPS: patches keep their preconditions", "[kubernetes]") {
  OverHttps https;
  CheckPatchesKeepPreconditions(https.test);
}

TEST_CASE("adapter over HTTPS: status is written apart from the rest", "[kubernetes]") {
  OverHttps https;
  CheckStatusIsApart(https.test);
}

TEST_CASE("adapter over HTTPS: answers never come inside the call", "[kubernetes]") {
  OverHttps https;
  CheckAnswersComeLater(https.test);
}

TEST_CASE("adapter over HTTPS: a followed kind is listed and then followed", "[kubernetes]") {
  OverHttps https;
  CheckFollowListsThenFollows(https.test);
}

TEST_CASE("adapter over HTTPS: a selection sees objects enter and leave", "[kubernetes]") {
  OverHttps https;
  CheckFollowSelects(https.test);
}

TEST_CASE("adapter over HTTPS: a pod on a node is deleted with grace", "[kubernetes]") {
  OverHttps https;
  CheckGracefulDeletion(https.test);
}

}  // namespace
}  // namespace edge::cloudhub::kubernetes
