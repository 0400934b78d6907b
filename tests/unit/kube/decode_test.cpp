#include "kube/decode.h"

#include "kube_test.h"

namespace edge::kube {
namespace {

std::string TypeError(std::string_view object) {
  return CheckTypes(TypeNamed("core.v1.Pod"), J(object)).message();
}

TEST_CASE("a value of the wrong type is refused in the words of Go", "[kube]") {
  CHECK(TypeError(R"({"spec":{"containers":[{"image":5}]}})") ==
        "json: cannot unmarshal number into Go struct field Container.spec.containers.image of "
        "type string");
  CHECK(TypeError(R"({"spec":{"containers":{}}})") ==
        "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type "
        "[]v1.Container");
  CHECK(TypeError(R"({"metadata":{"labels":{"a":1}}})") ==
        "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type "
        "string");
  CHECK(TypeError(R"({"spec":{"hostNetwork":"yes"}})") ==
        "json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool");
}

TEST_CASE("nulls and whole floats and both forms of ports decode", "[kube]") {
  CHECK(TypeError(R"({"spec":null,"metadata":{"labels":null}})").empty());
  CHECK(TypeError(R"({"spec":{"terminationGracePeriodSeconds":30.0}})").empty());
  CHECK_FALSE(TypeError(R"({"spec":{"terminationGracePeriodSeconds":30.5}})").empty());
  CHECK_FALSE(TypeError(R"({"spec":{"priority":3000000000}})").empty());
  CHECK(TypeError(R"({"spec":{"containers":[{"livenessProbe":{"httpGet":{"port":"web"}}}]}})")
            .empty());
  CHECK(
      TypeError(R"({"spec":{"containers":[{"livenessProbe":{"httpGet":{"port":80}}}]}})").empty());
  CHECK_FALSE(
      TypeError(R"({"spec":{"containers":[{"resources":{"limits":{"cpu":"lots"}}}]}})").empty());
  CHECK_FALSE(CheckTypes(TypeNamed("core.v1.Pod"), Json::array()).ok());
}

TEST_CASE("bytes that are no base64 are refused with their place", "[kube]") {
  const Status status =
      CheckTypes(TypeNamed("core.v1.Secret"), J(R"({"data":{"a":"aGVsbG8=","b":"he!lo"}})"));
  CHECK(status.message() == "illegal base64 data at input byte 2");
  CHECK(CheckTypes(TypeNamed("core.v1.Secret"), J(R"({"data":{"a":"aGVs\nbG8="}})")).ok());
  CHECK(CheckTypes(TypeNamed("core.v1.Secret"), J(R"({"data":{"a":"aGVsbG8"}})")).message() ==
        "illegal base64 data at input byte 4");
}

TEST_CASE("a time that is none is refused", "[kube]") {
  const Status status =
      CheckTypes(TypeNamed("coordination.v1.Lease"), J(R"({"spec":{"renewTime":"yesterday"}})"));
  CHECK_THAT(status.message(), Catch::Contains("parsing time \"yesterday\""));
}

TEST_CASE("fields that a text has twice are named by their path once", "[kube]") {
  using Paths = std::vector<std::string>;
  CHECK(DuplicateFields(R"({"spec":{"restartPolicy":"Always","restartPolicy":"Never",
      "restartPolicy":"Always","containers":[{"name":"a","ports":[1,2]},{"name":"b","x":{},
      "name":"c"}]},"metadata":{"labels":{"a":"1","a":"2"}}})") ==
        Paths{"spec.restartPolicy", "spec.containers[1].name", "metadata.labels.a"});
  CHECK(DuplicateFields(R"({"a":{"x":1},"b":{"x":1},"c":[{"x":1},{"x":1}]})").empty());
  CHECK(DuplicateFields(R"({"a":{"b":1},"a":{"b":2}})") == Paths{"a"});
  CHECK(DuplicateFields(R"([{"a":1,"a":2},7])") == Paths{"[0].a"});
  CHECK(DuplicateFields("7").empty());
  std::string many = "[";
  for (int i = 0; i < 200; ++i) many += R"({"a":1,"a":2},)";
  CHECK(DuplicateFields(many + "{}]").size() == 100);
}

TEST_CASE("unknown fields are named by their path and can be removed", "[kube]") {
  const Type& type = TypeNamed("core.v1.Pod");
  Json pod = J(R"({"spec":{"foo":1,"containers":[{"name":"a"},{"imag":"x"}],
                   "nodeSelector":{"any":"thing"}},"metadata":{"labels":{"x":"y"}}})");
  const auto unknown = UnknownFields(type, pod);
  CHECK(unknown == std::vector<std::string>{"spec.containers[1].imag", "spec.foo"});
  CHECK(StrictDecodingError({"unknown field \"spec.foo\"", "duplicate field \"spec.bar\""}) ==
        "strict decoding error: unknown field \"spec.foo\", duplicate field \"spec.bar\"");
  PruneUnknown(type, pod);
  CHECK(UnknownFields(type, pod).empty());
  CHECK(pod["spec"]["nodeSelector"]["any"] == "thing");
  CHECK(pod["spec"]["containers"][1] == Json::object());
}

TEST_CASE("an object with thousands of unknown fields is reported in part", "[kube]") {
  Json pod = Json::object();
  for (int i = 0; i < 5000; ++i) pod["f" + std::to_string(i)] = 1;
  CHECK(UnknownFields(TypeNamed("core.v1.Pod"), pod).size() == 100);
}

TEST_CASE("normal form drops zeros that Go omits and keeps those behind pointers", "[kube]") {
  Json spec = J(R"({"hostNetwork":false,"hostname":"","enableServiceLinks":false,"priority":0,
                    "volumes":[],"nodeName":null,"containers":[{"name":"c"}],"nodeSelector":{}})");
  Normalize(TypeNamed("core.v1.PodSpec"), spec);
  CHECK(spec == J(R"({"enableServiceLinks":false,"priority":0,
                      "containers":[{"name":"c","resources":{}}]})"));
}

TEST_CASE("normal form writes quantities and times canonically", "[kube]") {
  Json resources = J(R"({"limits":{"cpu":0.5,"memory":"1024Mi","x.io/y":"1000m"}})");
  Normalize(TypeNamed("core.v1.ResourceRequirements"), resources);
  CHECK(resources["limits"] == J(R"({"cpu":"500m","memory":"1Gi","x.io/y":"1"})"));
  Json lease =
      J(R"({"acquireTime":"2024-02-29T23:30:00.5+02:00","renewTime":"2024-01-01T00:00:00Z"})");
  Normalize(TypeNamed("coordination.v1.LeaseSpec"), lease);
  CHECK(lease["acquireTime"] == "2024-02-29T21:30:00.500000Z");
  CHECK(lease["renewTime"] == "2024-01-01T00:00:00.000000Z");
}

TEST_CASE("an event always has the fields that clients print", "[kube]") {
  Json event = J(R"({"metadata":{"name":"e"},"involvedObject":{"kind":"Pod"}})");
  Normalize(TypeNamed("core.v1.Event"), event);
  CHECK(event["source"] == Json::object());
  CHECK(event["eventTime"].is_null());
  CHECK(event.contains("firstTimestamp"));
  CHECK(event["reportingComponent"] == "");
}

TEST_CASE("a custom resource is kept as it was sent apart from nulls", "[kube]") {
  Json node = J(R"({"spec":{"clusterName":"","allowExpiredRenewal":false},"status":null})");
  Normalize(TypeNamed("edge.v1.EdgeNode"), node);
  CHECK(node == J(R"({"spec":{"clusterName":"","allowExpiredRenewal":false}})"));
}

}  // namespace
}  // namespace edge::kube
