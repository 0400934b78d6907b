// The port's contract on a real API server, whose administrator's kubeconfig KUBECONFIG names: run
// it as `tests/kubernetes/with_cluster build/dev/tests/test_kube_api_kubernetes`.
#include "tests/contract/kube_api/real_cluster.h"

namespace edge::cloudhub::kubernetes {
namespace {

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
