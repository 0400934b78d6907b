#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

#include "tests/contract/kube_api/kube_api_contract.h"
#include "tests/integration/kubernetes_adapter/harness.h"

namespace edge::cloudhub::kubernetes {

inline std::string Kubeconfig() {
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

/// Does something to a component of the cluster: "stop-apiserver", "resume-apiserver".
inline void Do(const std::string& verb) {
  const char* const script = std::getenv("EDGE_CLUSTER");
  const char* const folder = std::getenv("EDGE_CLUSTER_DIR");
  INFO("tests/kubernetes/with_cluster sets EDGE_CLUSTER and EDGE_CLUSTER_DIR");
  REQUIRE((script != nullptr && folder != nullptr));
  INFO(verb);
  const std::string command = std::string(script) + " " + verb + " " + folder + " >&2";
  REQUIRE(std::system(command.c_str()) == 0);
}

}  // namespace edge::cloudhub::kubernetes
