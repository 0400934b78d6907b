#include "kube_test.h"

namespace edge::kube {
namespace {

std::string UpdateErrors(std::string_view type, const Json& old, std::string_view merge) {
  Json updated = old;
  updated.merge_patch(J(merge));
  const FieldErrors errors = ValidateUpdate(TypeNamed(type), updated, old);
  return errors.empty() ? "" : Aggregate(errors);
}

std::string PodUpdate(std::string_view merge) {
  return UpdateErrors(
      "core.v1.Pod", MakePod([](Json& pod) { pod["spec"]["activeDeadlineSeconds"] = 100; }), merge);
}

TEST_CASE("a pod's image and labels and deadline may change", "[kube]") {
  Json pod = MakePod([](Json&) {});
  Json updated = pod;
  updated["spec"]["containers"][0]["image"] = "till:2";
  CHECK(ValidateUpdate(TypeNamed("core.v1.Pod"), updated, pod).empty());
  CHECK(PodUpdate(R"({"metadata":{"labels":{"a":"b"}}})").empty());
  CHECK(PodUpdate(R"({"spec":{"activeDeadlineSeconds":50}})").empty());
}

TEST_CASE("the rest of a pod's spec may not change", "[kube]") {
  CHECK_THAT(PodUpdate(R"({"spec":{"restartPolicy":"Never"}})"),
             Catch::StartsWith("spec: Forbidden: pod updates may not change fields other than "
                               "`spec.containers[*].image`"));
  CHECK_THAT(PodUpdate(R"({"spec":{"nodeName":"other"}})"), Catch::StartsWith("spec: Forbidden"));
  CHECK(PodUpdate(R"({"spec":{"containers":[]}})") ==
        "spec.containers: Forbidden: pod updates may not add or remove containers");
  CHECK(PodUpdate(R"({"spec":{"activeDeadlineSeconds":200}})") ==
        "spec.activeDeadlineSeconds: Invalid value: 200: must be less than or equal to previous "
        "value");
  CHECK_THAT(PodUpdate(R"({"spec":{"activeDeadlineSeconds":null}})"),
             Catch::Contains("must not update from a positive integer to nil value"));
}

TEST_CASE("a pod's tolerations may grow but not shrink", "[kube]") {
  CHECK(PodUpdate(R"({"spec":{"tolerations":[]}})") ==
        "spec.tolerations: Forbidden: existing toleration can not be modified except its "
        "tolerationSeconds");
  Json pod = MakePod([](Json&) {});
  Json updated = pod;
  updated["spec"]["tolerations"].push_back({{"key", "x"}, {"operator", "Exists"}});
  updated["spec"]["tolerations"][0]["tolerationSeconds"] = 5;
  CHECK(ValidateUpdate(TypeNamed("core.v1.Pod"), updated, pod).empty());
  updated["spec"]["tolerations"][0].erase("tolerationSeconds");
  CHECK(ValidateUpdate(TypeNamed("core.v1.Pod"), updated, pod).empty());
}

TEST_CASE("identity cannot change", "[kube]") {
  const Json map = J(R"({"metadata":{"name":"m","namespace":"n","uid":"u"}})");
  CHECK(UpdateErrors("core.v1.ConfigMap", map, R"({"metadata":{"uid":"v"}})") ==
        "metadata.uid: Invalid value: \"v\": field is immutable");
  CHECK(UpdateErrors("core.v1.ConfigMap", map, R"({"metadata":{"labels":{"a":"b"}}})").empty());
}

TEST_CASE("immutable data stays", "[kube]") {
  const Json map = J(R"({"data":{"a":"1"},"immutable":true})");
  CHECK(UpdateErrors("core.v1.ConfigMap", map, R"({"data":{"a":"2"}})") ==
        "data: Forbidden: field is immutable when `immutable` is set");
  CHECK(UpdateErrors("core.v1.Secret", map, R"({"immutable":false})") ==
        "immutable: Forbidden: field is immutable when `immutable` is set");
  CHECK(UpdateErrors("core.v1.ConfigMap", J(R"({"data":{"a":"1"}})"), R"({"data":{"a":"2"}})")
            .empty());
}

TEST_CASE("a secret's type and a node's provider and a service's address stay", "[kube]") {
  CHECK(UpdateErrors("core.v1.Secret", J(R"({"type":"Opaque"})"), R"({"type":"x"})") ==
        "type: Invalid value: \"x\": field is immutable");
  const Json node = J(R"({"spec":{"providerID":"edge://a"}})");
  CHECK(UpdateErrors("core.v1.Node", node, R"({"spec":{"providerID":"edge://b"}})") ==
        "spec.providerID: Forbidden: node updates may not change providerID except from \"\" to "
        "valid");
  CHECK(UpdateErrors("core.v1.Node", node, R"({"spec":{"podCIDR":"10.1.0.0/24"}})").empty());
  const Json service = J(R"({"spec":{"type":"ClusterIP","clusterIP":"10.0.0.1"}})");
  CHECK(UpdateErrors("core.v1.Service", service, R"({"spec":{"clusterIP":"10.0.0.2"}})") ==
        "spec.clusterIPs[0]: Invalid value: [\"10.0.0.2\"]: may not change once set");
  CHECK(
      UpdateErrors("core.v1.Service", service, R"({"spec":{"type":"ExternalName","clusterIP":""}})")
          .empty());
}

TEST_CASE("no finalizer may be added to an object that is being deleted", "[kube]") {
  const Json old = MakePod([](Json& pod) {
    pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
    pod["metadata"]["finalizers"] = {"shop.example/a", "shop.example/b"};
  });
  CHECK(UpdateErrors("core.v1.Pod", old,
                     R"({"metadata":{"finalizers":["shop.example/z","shop.example/a",
                         "shop.example/y"]}})") ==
        "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being "
        "deleted, found new finalizers []string{\"shop.example/y\", \"shop.example/z\"}");
  CHECK(UpdateErrors("core.v1.Pod", old, R"({"metadata":{"finalizers":["shop.example/b"]}})")
            .empty());
  CHECK(UpdateErrors("core.v1.Pod", old, R"({"metadata":{"finalizers":null}})").empty());
  CHECK(PodUpdate(R"({"metadata":{"finalizers":["shop.example/a"]}})").empty());
}

}  // namespace
}  // namespace edge::kube
