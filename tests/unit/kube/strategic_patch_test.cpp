#include "kube/patch.h"
#include "kube_test.h"

namespace edge::kube {
namespace {

Json Patched(std::string_view type, std::string_view original, std::string_view patch) {
  auto result = ApplyStrategicMergePatch(TypeNamed(type), J(original), J(patch));
  INFO(result.status().ToString());
  REQUIRE(result.ok());
  return *result;
}

Status PatchError(std::string_view original, std::string_view patch) {
  return ApplyStrategicMergePatch(TypeNamed("core.v1.PodSpec"), J(original), J(patch)).status();
}

std::string Names(const Json& list, const char* key = "name") {
  std::string names;
  for (const Json& element : list) names += element[key].get<std::string>() + " ";
  return names;
}

constexpr const char* kSpec = R"({"containers":[{"name":"a","image":"a:1","env":[{"name":"X",
    "value":"1"},{"name":"Y","value":"2"}]},{"name":"b","image":"b:1"}],"restartPolicy":"Never"})";

TEST_CASE("a strategic patch merges lists by their merge key", "[kube]") {
  const Json spec =
      Patched("core.v1.PodSpec", kSpec,
              R"({"containers":[{"name":"b","image":"b:2"},{"name":"c","image":"c"}]})");
  CHECK(Names(spec["containers"]) == "a b c ");
  CHECK(spec["containers"][0]["image"] == "a:1");
  CHECK(spec["containers"][1]["image"] == "b:2");
  CHECK(spec["restartPolicy"] == "Never");
}

TEST_CASE("a strategic patch merges lists inside lists", "[kube]") {
  const Json spec = Patched(
      "core.v1.PodSpec", kSpec,
      R"({"containers":[{"name":"a","env":[{"name":"Y","value":"9"},{"name":"Z","value":"3"}]}]})");
  CHECK(spec["containers"][0]["env"] ==
        J(R"([{"name":"X","value":"1"},{"name":"Y","value":"9"},{"name":"Z","value":"3"}])"));
}

TEST_CASE("a strategic patch deletes fields by null and elements by directive", "[kube]") {
  const Json spec = Patched(
      "core.v1.PodSpec", kSpec,
      R"({"restartPolicy":null,"containers":[{"name":"a","$patch":"delete"},{"name":"b","image":null}]})");
  CHECK_FALSE(spec.contains("restartPolicy"));
  CHECK(spec["containers"] == J(R"([{"name":"b"}])"));
}

TEST_CASE("a replace directive in a list drops the elements held", "[kube]") {
  const Json spec = Patched("core.v1.PodSpec", kSpec,
                            R"({"containers":[{"$patch":"replace"},{"name":"z","image":"z"}]})");
  CHECK(spec["containers"] == J(R"([{"name":"z","image":"z"}])"));
}

TEST_CASE("a replace directive in an object drops the members held", "[kube]") {
  const Json spec = Patched("core.v1.PodSpec", R"({"securityContext":{"runAsUser":1,"fsGroup":2}})",
                            R"({"securityContext":{"$patch":"replace","runAsUser":3}})");
  CHECK(spec["securityContext"] == J(R"({"runAsUser":3})"));
}

TEST_CASE("a delete directive in an object empties it", "[kube]") {
  const Json spec = Patched("core.v1.PodSpec", R"({"securityContext":{"runAsUser":1}})",
                            R"({"securityContext":{"$patch":"delete"}})");
  CHECK(spec["securityContext"] == Json::object());
}

TEST_CASE("a merge directive is the same as none", "[kube]") {
  const Json spec = Patched("core.v1.PodSpec", R"({"securityContext":{"runAsUser":1}})",
                            R"({"securityContext":{"$patch":"merge","fsGroup":2}})");
  CHECK(spec["securityContext"] == J(R"({"runAsUser":1,"fsGroup":2})"));
}

TEST_CASE("an atomic list is replaced as a whole", "[kube]") {
  const Json spec = Patched("core.v1.PodSpec", R"({"tolerations":[{"key":"a"},{"key":"b"}]})",
                            R"({"tolerations":[{"key":"c"}]})");
  CHECK(spec["tolerations"] == J(R"([{"key":"c"}])"));
}

TEST_CASE("a list of primitives merges where its strategy says so", "[kube]") {
  const Json meta = Patched("apis.meta.v1.ObjectMeta", R"({"finalizers":["a","b"]})",
                            R"({"finalizers":["b","c"]})");
  CHECK(meta["finalizers"] == J(R"(["a","b","c"])"));
}

TEST_CASE("values are deleted from a list of primitives", "[kube]") {
  const Json meta = Patched(
      "apis.meta.v1.ObjectMeta", R"({"finalizers":["a","b","c"]})",
      R"({"$deleteFromPrimitiveList/finalizers":["b"],"$setElementOrder/finalizers":["c","a"]})");
  CHECK(meta["finalizers"] == J(R"(["c","a"])"));
}

TEST_CASE("the element order that a patch sets wins", "[kube]") {
  const Json spec =
      Patched("core.v1.PodSpec", kSpec,
              R"({"$setElementOrder/containers":[{"name":"c"},{"name":"b"},{"name":"a"}],
          "containers":[{"name":"c","image":"c"}]})");
  CHECK(Names(spec["containers"]) == "c b a ");
  CHECK_FALSE(spec.contains("$setElementOrder/containers"));
}

TEST_CASE("elements that only the server has keep their place in a set order", "[kube]") {
  const Json spec =
      Patched("core.v1.PodSpec", R"({"volumes":[{"name":"a"},{"name":"server"},{"name":"b"}]})",
              R"({"$setElementOrder/volumes":[{"name":"b"},{"name":"x"}],
                                "volumes":[{"name":"x","emptyDir":{}}]})");
  CHECK(Names(spec["volumes"]) == "a server b x ");
}

TEST_CASE("an order that contradicts the patch is refused", "[kube]") {
  const Status status = PatchError(kSpec, R"({"$setElementOrder/containers":[{"name":"a"}],
      "containers":[{"name":"c","image":"c"}]})");
  CHECK(status.code() == Code::kInvalidArgument);
  CHECK_THAT(status.message(), Catch::Contains("$setElementOrder/containers"));
}

TEST_CASE("retained keys drop the other members", "[kube]") {
  const Json spec = Patched(
      "core.v1.PodSpec", R"({"volumes":[{"name":"v","emptyDir":{}}]})",
      R"({"volumes":[{"name":"v","$retainKeys":["name","configMap"],"configMap":{"name":"m"}}]})");
  CHECK(spec["volumes"] == J(R"([{"name":"v","configMap":{"name":"m"}}])"));
  CHECK_FALSE(PatchError(R"({"volumes":[]})",
                         R"({"volumes":[{"name":"v","$retainKeys":["name"],"emptyDir":{}}]})")
                  .ok());
}

TEST_CASE("an element without its merge key is refused by name", "[kube]") {
  const Status status = PatchError(kSpec, R"({"containers":[{"image":"x"}]})");
  CHECK(status.code() == Code::kInvalidArgument);
  CHECK(status.message() == R"(map: {"image":"x"} does not contain declared merge key: name)");
  CHECK_FALSE(PatchError(kSpec, R"({"containers":["x"]})").ok());
  CHECK_FALSE(PatchError(kSpec, R"({"containers":[{"$patch":"delete"}]})").ok());
  CHECK_FALSE(PatchError(kSpec, R"({"containers":[{"$patch":"explode","name":"a"}]})").ok());
  CHECK_FALSE(PatchError(kSpec, R"({"$patch":7})").ok());
  CHECK_FALSE(PatchError(kSpec, R"({"$setElementOrder/containers":3})").ok());
}

TEST_CASE("directives for what the object has not leave no trace", "[kube]") {
  const Json pod = Patched("core.v1.Pod", "{}",
                           R"({"spec":{"volumes":[{"name":"v","$patch":"delete"}],"nodeName":null,
                               "securityContext":{"$patch":"replace","runAsUser":1}}})");
  CHECK(pod == J(R"({"spec":{"volumes":[],"securityContext":{"runAsUser":1}}})"));
}

TEST_CASE("after a replace the rest of a list's patch is taken as it is", "[kube]") {
  const Json status =
      Patched("core.v1.NodeStatus", R"({"addresses":[{"type":"Hostname","address":"till-1"}]})",
              R"({"addresses":[{"$patch":"replace"},{"type":"InternalIP","address":"10.0.0.7"},
          {"type":"InternalIP","address":"fd00::7"}]})");
  CHECK(status["addresses"] == J(R"([{"type":"InternalIP","address":"10.0.0.7"},
                                     {"type":"InternalIP","address":"fd00::7"}])"));
  const Json spec = Patched("core.v1.PodSpec", kSpec,
                            R"({"containers":[{"name":"z"},{"$patch":"replace"},{"name":"b"}]})");
  CHECK(spec["containers"] == J(R"([{"name":"z"},{"name":"b"}])"));
}

TEST_CASE("after a replace the rest of a map's patch is taken as it is", "[kube]") {
  const Json pod =
      Patched("core.v1.Pod", R"({"status":{"hostIPs":[{"ip":"10.0.0.1"}],"phase":"Running"}})",
              R"({"status":{"$patch":"replace","podIPs":[{"ip":"fd00::1"},{"ip":"fd00::1"}]}})");
  CHECK(pod == J(R"({"status":{"podIPs":[{"ip":"fd00::1"},{"ip":"fd00::1"}]}})"));
}

TEST_CASE("status conditions merge by their type", "[kube]") {
  const Json pod = Patched(
      "core.v1.Pod",
      R"({"status":{"conditions":[{"type":"Ready","status":"False"},{"type":"X","status":"True"}]}})",
      R"({"status":{"$setElementOrder/conditions":[{"type":"Ready"}],
          "conditions":[{"type":"Ready","status":"True"}]}})");
  CHECK(pod["status"]["conditions"] ==
        J(R"([{"type":"Ready","status":"True"},{"type":"X","status":"True"}])"));
}

TEST_CASE("a custom resource takes no strategic patch", "[kube]") {
  CHECK(ApplyStrategicMergePatch(TypeNamed("edge.v1.EdgeNode"), Json::object(), Json::object())
            .status()
            .code() == Code::kUnimplemented);
}

}  // namespace
}  // namespace edge::kube
