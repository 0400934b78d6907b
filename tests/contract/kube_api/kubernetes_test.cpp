// The port's contract on a real API server, whose administrator's kubeconfig KUBECONFIG names: run
// it as `tests/kubernetes/with_cluster build/dev/tests/test_kube_api_kubernetes`.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/contract/kube_api/kube_api_contract.h"
#include "tests/integration/kubernetes_adapter/harness.h"

namespace edge::cloudhub::kubernetes {
namespace {

std::string Kubeconfig() {
  const char* const path = std::getenv("KUBECONFIG");
  INFO("KUBECONFIG must name a cluster's kubeconfig");
  REQUIRE(path != nullptr);
  return path;
}

/// A namespace of its own for each case, and in it what pods take for granted.
struct Cluster {
  Cluster() {
    SystemRandom random;
    test.ns = "contract-" + random.Uuid().substr(0, 8);
    adapter.api().Start();
    const auto create = [&](const Resource& resource, const Json& object) {
      return adapter.Await(
          [&](KubeApi::Done done) { adapter.api().Create({}, resource, object, std::move(done)); });
    };
    REQUIRE(create({"", "v1", "namespaces"}, {{"metadata", {{"name", test.ns}}}}).ok());
    const Json account = {{"metadata", {{"name", "default"}, {"namespace", test.ns}}}};
    const auto made = create({"", "v1", "serviceaccounts"}, account);
    // The controller manager makes it too, if there is one.
    REQUIRE((made.ok() || made.status().code() == Code::kAlreadyExists));
    INFO("waiting to know how to act as nodes");
    REQUIRE(
        adapter.RunUntil([&] { return adapter.api().impersonation() != Impersonation::kUnknown; }));
  }

  Adapter adapter{Kubeconfig()};
  KubeApiUnderTest test{
      adapter.api(),
      [this](const std::function<bool()>& condition) { return adapter.RunUntil(condition); }, ""};
};

TEST_CASE("real API server: errors carry their codes", "[kube_api]") {
  Cluster cluster;
  CheckErrorsCarryTheirCodes(cluster.test);
}

TEST_CASE("real API server: patches keep their preconditions", "[kube_api]") {
  Cluster cluster;
  CheckPatchesKeepPreconditions(cluster.test);
}

TEST_CASE("real API server: status is written apart from the rest", "[kube_api]") {
  Cluster cluster;
  CheckStatusIsApart(cluster.test);
}

TEST_CASE("real API server: answers never come inside the call", "[kube_api]") {
  Cluster cluster;
  CheckAnswersComeLater(cluster.test);
}

TEST_CASE("real API server: a followed kind is listed and then followed", "[kube_api]") {
  Cluster cluster;
  CheckFollowListsThenFollows(cluster.test);
}

TEST_CASE("real API server: a selection sees objects enter and leave", "[kube_api]") {
  Cluster cluster;
  CheckFollowSelects(cluster.test);
}

TEST_CASE("real API server: a watch in a node's name waits until a pod there refers to the object",
          "[kube_api]") {
  Cluster cluster;
  CheckFollowOfNodeWaitsForPod(cluster.test);
}

TEST_CASE("real API server: a pod on a node is deleted with grace", "[kube_api]") {
  Cluster cluster;
  CheckGracefulDeletion(cluster.test);
}

TEST_CASE("real API server 1.36: the hub acts as nodes by constrained impersonation",
          "[kube_api]") {
  Cluster cluster;
  CHECK(cluster.adapter.api().impersonation() == Impersonation::kConstrained);
}

}  // namespace
}  // namespace edge::cloudhub::kubernetes
