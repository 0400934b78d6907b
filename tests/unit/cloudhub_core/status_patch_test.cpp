#include "cloudhub/core/status/status_patch.h"

#include <catch2/catch.hpp>

#include "kube/patch.h"
#include "kube/schema.h"
#include "sync/prune.h"

namespace edge::cloudhub {
namespace {

Json PatchedCondition(const Json& patch, const std::string& type) {
  for (const Json& condition : patch["status"]["conditions"]) {
    if (condition["type"] == type) return condition;
  }
  return nullptr;
}

TEST_CASE("a field that the node no longer reports is set to null", "[status]") {
  const Json patch = BuildStatusPatch(sync::Kind::kPod, "u1", {{"phase", "Running"}});
  CHECK(patch["metadata"]["uid"] == "u1");
  CHECK(patch["status"]["phase"] == "Running");
  REQUIRE(patch["status"].contains("message"));
  CHECK(patch["status"]["message"].is_null());
}

TEST_CASE("lists that a strategic merge would merge are replaced as a whole", "[status]") {
  const Json patch = BuildStatusPatch(sync::Kind::kPod, "u1", {{"podIPs", {{{"ip", "10.0.0.2"}}}}});
  const Json expected = {{{"ip", "10.0.0.2"}}, {{"$patch", "replace"}}};
  CHECK(patch["status"]["podIPs"] == expected);
}

TEST_CASE("conditions of others are not spoken of and own ones that ended are deleted by type",
          "[status]") {
  const Json patch = BuildStatusPatch(sync::Kind::kPod, "u1",
                                      {{"conditions",
                                        {{{"type", "Ready"}, {"status", "True"}},
                                         {{"type", "DisruptionTarget"}, {"status", "True"}}}}});
  CHECK(PatchedCondition(patch, "Ready")["status"] == "True");
  CHECK(PatchedCondition(patch, "Initialized")["$patch"] == "delete");
  CHECK(PatchedCondition(patch, "PodScheduled").is_null());
  CHECK(PatchedCondition(patch, "DisruptionTarget").is_null());
}

TEST_CASE("of PodScheduled the node tells which generation it saw and not since when", "[status]") {
  const Json reported = {{"type", "PodScheduled"},
                         {"status", "True"},
                         {"lastProbeTime", nullptr},
                         {"lastTransitionTime", "2000-01-01T00:00:09Z"},
                         {"observedGeneration", 3}};
  const Json patch =
      BuildStatusPatch(sync::Kind::kPod, "u1", {{"conditions", Json::array({reported})}});
  const Json stored = Json::parse(R"({"metadata":{"uid":"u1"},"status":{"conditions":[
      {"type":"PodScheduled","status":"True","lastTransitionTime":"2026-01-01T00:00:01Z"}]}})");
  const auto patched =
      kube::ApplyStrategicMergePatch(*kube::Schema::Get().FindType("", "v1", "Pod"), stored, patch);
  REQUIRE(patched.ok());
  CHECK(PatchedCondition(*patched, "PodScheduled") ==
        Json::parse(R"({"type":"PodScheduled","status":"True","observedGeneration":3,
            "lastTransitionTime":"2026-01-01T00:00:01Z"})"));
}

TEST_CASE("a condition that turned true keeps no message of when it was false", "[status]") {
  const auto apply = [](const Json& stored, const Json& condition) {
    const Json patch =
        BuildStatusPatch(sync::Kind::kPod, "u1", {{"conditions", Json::array({condition})}});
    const auto patched = kube::ApplyStrategicMergePatch(
        *kube::Schema::Get().FindType("", "v1", "Pod"), stored, patch);
    REQUIRE(patched.ok());
    return *patched;
  };
  const Json waiting = {{"type", "Ready"},
                        {"status", "False"},
                        {"reason", "ContainersNotReady"},
                        {"message", "containers with unready status: [app]"}};
  const Json ready = {{"type", "Ready"}, {"status", "True"}};
  Json pod = apply({{"metadata", {{"uid", "u1"}}}, {"status", Json::object()}}, waiting);
  REQUIRE(pod["status"]["conditions"][0]["reason"] == "ContainersNotReady");
  pod = apply(pod, ready);
  CHECK(sync::StatusVersion(sync::Kind::kPod, pod["status"]) ==
        sync::StatusVersion(sync::Kind::kPod, {{"conditions", Json::array({ready})}}));
}

TEST_CASE("a node's capacity is merged by name so that extended resources stay", "[status]") {
  const Json patch =
      BuildStatusPatch(sync::Kind::kNode, "n1", {{"capacity", {{"cpu", "2"}}}, {"phase", "x"}});
  CHECK(patch["status"]["capacity"] == Json{{"cpu", "2"}});
  CHECK_FALSE(patch["status"].contains("allocatable"));
  CHECK_FALSE(patch["status"].contains("phase"));
}

}  // namespace
}  // namespace edge::cloudhub
