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

/// A watch of the ConfigMaps of that name, or of all.
std::unique_ptr<Watch> FollowConfigMaps(Cluster& cluster, const std::string& name, int& events) {
  ListOptions options;
  options.ns = cluster.test.ns;
  if (!name.empty()) options.field_selector = "metadata.name=" + name;
  return cluster.adapter.api().Follow({}, {"", "v1", "configmaps"}, options,
                                      [&events](const WatchEvent&) { ++events; });
}

TEST_CASE("real API server: an event arrives whole while the other watches are silent",
          "[kube_api]") {
  Cluster cluster;
  constexpr int kSilent = 6;
  int silent = 0, all = 0;
  std::vector<std::unique_ptr<Watch>> watches;
  for (int i = 0; i < kSilent; ++i) {
    watches.push_back(FollowConfigMaps(cluster, "silent-" + std::to_string(i), silent));
  }
  watches.push_back(FollowConfigMaps(cluster, "", all));
  INFO("waiting for the lists");
  REQUIRE(cluster.adapter.RunUntil([&] { return silent == kSilent && all >= 1; }));
  for (const std::size_t bytes : {500U, 1500U, 4000U, 20000U, 70000U, 500000U}) {
    const Json object = {
        {"metadata", {{"name", "of-" + std::to_string(bytes)}, {"namespace", cluster.test.ns}}},
        {"data", {{"k", std::string(bytes, 'v')}}}};
    const int before = all;
    REQUIRE(
        cluster.adapter
            .Await([&](KubeApi::Done done) {
              cluster.adapter.api().Create({}, {"", "v1", "configmaps"}, object, std::move(done));
            })
            .ok());
    INFO("waiting for the event of " << bytes << " bytes");
    CHECK(cluster.adapter.RunUntil([&] { return all > before; }));
  }
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
