#include "cloudhub/adapters/embedded/node_authority.h"

#include <catch2/catch.hpp>

#include "tests/unit/cloudhub_embedded/fixture.h"

namespace edge::cloudhub::embedded {
namespace {

TEST_CASE("a node reads a secret only while a pod bound to it refers to it", "[embedded]") {
  Api api;
  const NodeAuthority authority(api.registry);
  CHECK_FALSE(authority.CheckGet("n1", api.At("secrets", "s")).ok());
  const Json pod = {{"metadata", {{"name", "web"}}},
                    {"spec",
                     {{"nodeName", "n1"},
                      {"containers", {{{"name", "c"}, {"image", "web:1"}}}},
                      {"volumes", {{{"name", "v"}, {"secret", {{"secretName", "s"}}}}}}}}};
  REQUIRE(api.Create("pods", pod).code == 201);
  CHECK(authority.CheckGet("n1", api.At("secrets", "s")).ok());
  CHECK(authority.CheckGet("n2", api.At("secrets", "s")).code() == Code::kPermissionDenied);
  CHECK_FALSE(authority.CheckGet("n1", api.At("configmaps", "s")).ok());
}

TEST_CASE("a node writes the status of its own pods alone", "[embedded]") {
  Api api;
  api.MakePod("mine", "n1");
  api.MakePod("other", "n2");
  const NodeAuthority authority(api.registry);
  const Json patch = {{"status", {{"phase", "Running"}}}};
  const auto check = [&](const std::string& pod, const std::string& sub) {
    return authority.CheckPatch("n1", api.At("pods", pod, sub), PatchType::kMerge, patch).ok();
  };
  CHECK(check("mine", "status"));
  CHECK_FALSE(check("mine", ""));
  CHECK_FALSE(check("other", "status"));
  CHECK(authority.CheckDelete("n1", api.At("pods", "mine")).ok());
  CHECK_FALSE(authority.CheckDelete("n1", api.At("pods", "other")).ok());
}

TEST_CASE("a node changes neither its taints nor labels that place workloads", "[embedded]") {
  Api api;
  const NodeAuthority authority(api.registry);
  const auto check = [&](const std::string& node, const Json& patch) {
    return authority.CheckPatch("n1", api.At("nodes", node), PatchType::kMerge, patch).ok();
  };
  CHECK(check("n1", {{"metadata", {{"labels", {{"kubernetes.io/hostname", "n1"}}}}}}));
  CHECK(check("n1", {{"metadata", {{"labels", {{"shop", "1"}}}}}}));
  CHECK_FALSE(check("n1", {{"metadata", {{"labels", {{"node-role.kubernetes.io/edge", ""}}}}}}));
  CHECK_FALSE(check("n1", {{"spec", {{"taints", nullptr}}}}));
  CHECK_FALSE(check("n2", {{"metadata", {{"labels", {{"shop", "1"}}}}}}));
}

TEST_CASE("a node creates mirror pods and its Lease and Events", "[embedded]") {
  Api api;
  const NodeAuthority authority(api.registry);
  Json pod = {{"metadata", {{"name", "static"}}}, {"spec", {{"nodeName", "n1"}}}};
  CHECK_FALSE(authority.CheckCreate("n1", api.At("pods", "static"), pod).ok());
  pod["metadata"]["annotations"]["kubernetes.io/config.mirror"] = "hash";
  CHECK(authority.CheckCreate("n1", api.At("pods", "static"), pod).ok());
  CHECK_FALSE(authority.CheckCreate("n2", api.At("pods", "static"), pod).ok());
  CHECK(authority.CheckCreate("n1", api.At("events", "e"), {}).ok());
  api.ns = "kube-node-lease";
  CHECK(authority.CheckCreate("n1", api.At("leases", "n1"), {}).ok());
  CHECK_FALSE(authority.CheckCreate("n1", api.At("leases", "n2"), {}).ok());
}

}  // namespace
}  // namespace edge::cloudhub::embedded
