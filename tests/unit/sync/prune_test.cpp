#include "sync/prune.h"

#include <catch2/catch.hpp>

namespace edge::sync {
namespace {

Json Parse(const char* text) { return ParseJson(text).value(); }

}  // namespace

TEST_CASE("Pruned bytes lack what a node never reads and are in canonical form", "[sync]") {
  const Json pod = Parse(R"({"spec": {"nodeName": "n1"}, "metadata": {"uid": "u", "name": "web",
      "namespace": "shop", "resourceVersion": "7", "selfLink": "/x", "managedFields": [{}],
      "generation": 3, "creationTimestamp": null, "deletionTimestamp": "2026-01-01T00:00:00Z",
      "deletionGracePeriodSeconds": 30,
      "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}},
      "status": {"phase": "Running"}})");
  CHECK(PruneObject(Kind::kPod, pod) ==
        R"({"apiVersion":"v1","kind":"Pod","metadata":{"deletionGracePeriodSeconds":30,)"
        R"("deletionTimestamp":"2026-01-01T00:00:00Z","generation":3,"name":"web",)"
        R"("namespace":"shop","uid":"u"},"spec":{"nodeName":"n1"}})");
}

TEST_CASE("A write of the status alone does not change an object's version", "[sync]") {
  Json pod = Parse(R"({"metadata": {"name": "a", "resourceVersion": "1"}, "status": {}})");
  const Version before = VersionOf(PruneObject(Kind::kPod, pod));
  pod["metadata"]["resourceVersion"] = "2";
  pod["status"]["phase"] = "Running";
  CHECK(VersionOf(PruneObject(Kind::kPod, pod)) == before);
  pod["metadata"]["labels"]["a"] = "b";
  CHECK(VersionOf(PruneObject(Kind::kPod, pod)) != before);
}

TEST_CASE("The conditions that readiness gates name go down with the pod", "[sync]") {
  const Json pod = Parse(R"({"metadata": {"name": "a"},
      "spec": {"readinessGates": [{"conditionType": "lb"}]},
      "status": {"conditions": [{"type": "Ready", "status": "False"},
                                {"type": "lb", "status": "True", "lastProbeTime": null}]}})");
  const Json pruned = Parse(PruneObject(Kind::kPod, pod).c_str());
  CHECK(pruned["status"] == Parse(R"({"conditions": [{"type": "lb", "status": "True"}]})"));
}

TEST_CASE("Pruning keeps the generation of pods only and other annotations", "[sync]") {
  const Json node = Parse(R"({"metadata": {"name": "n1", "generation": 2, "annotations": {"a": "b",
      "kubectl.kubernetes.io/last-applied-configuration": "x"}}, "status": {"images": []}})");
  CHECK(PruneObject(Kind::kNode, node) ==
        R"({"apiVersion":"v1","kind":"Node","metadata":{"annotations":{"a":"b"},"name":"n1"}})");
}

TEST_CASE("What others write into a status does not change its version", "[sync]") {
  const Json ours = Parse(R"({"phase": "Running", "message": "", "conditions": [
      {"type": "Ready", "status": "True"}, {"type": "Initialized", "status": "True"}]})");
  const Json stored = Parse(R"({"phase": "Running", "nominatedNodeName": "n2", "conditions": [
      {"type": "PodScheduled", "status": "True"}, {"type": "DisruptionTarget", "status": "True"},
      {"type": "Initialized", "status": "True", "lastProbeTime": null},
      {"type": "Ready", "status": "True"}], "containerStatuses": []})");
  CHECK(StatusVersion(Kind::kPod, ours) == StatusVersion(Kind::kPod, stored));
}

TEST_CASE("A status that a controller overwrote has another version", "[sync]") {
  const Json ours = Parse(R"({"conditions": [{"type": "Ready", "status": "True"}]})");
  const Json theirs = Parse(R"({"conditions": [{"type": "Ready", "status": "False"}]})");
  CHECK(StatusVersion(Kind::kPod, ours) != StatusVersion(Kind::kPod, theirs));
  CHECK(StatusVersion(Kind::kNode, ours) != StatusVersion(Kind::kNode, theirs));
}

TEST_CASE("A node's version is free of heartbeat times addresses and extended resources",
          "[sync]") {
  const Json ours = Parse(R"({"addresses": [{"type": "InternalIP", "address": "10.0.0.5"}],
      "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}}, "capacity": {"cpu": "4"},
      "conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": "a"}]})");
  const Json stored = Parse(R"({"addresses": [{"type": "InternalIP", "address": "192.0.2.1"}],
      "daemonEndpoints": {"kubeletEndpoint": {"Port": 20001}},
      "capacity": {"cpu": "4", "vendor.example/scale": "1"},
      "conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": "b"},
                     {"type": "NetworkUnavailable", "status": "False"}]})");
  CHECK(StatusVersion(Kind::kNode, ours) == StatusVersion(Kind::kNode, stored));
  CHECK(OwnedStatus(Kind::kNode, ours).contains("addresses"));
}

TEST_CASE("An entry names the object from its metadata", "[sync]") {
  const Json object = Parse(R"({"metadata": {"name": "a", "namespace": "shop", "uid": "u1"}})");
  const Entry entry = EntryOf(Kind::kSecret, object, VersionOf("x"));
  CHECK(entry == Entry{{Kind::kSecret, "shop", "a"}, "u1", VersionOf("x")});
}

TEST_CASE("Pruning takes any JSON without failing", "[sync]") {
  CHECK(PruneObject(Kind::kPod, Parse("[]")) == "{}");
  CHECK_NOTHROW(PruneObject(Kind::kPod, Parse(R"({"metadata": 1, "status": [], "spec": null})")));
  CHECK(OwnedStatus(Kind::kPod, Parse("3")) == Json::object());
  CHECK_NOTHROW(StatusVersion(Kind::kPod, Parse(R"({"conditions": 1, "podIPs": [1, null]})")));
}

}  // namespace edge::sync
