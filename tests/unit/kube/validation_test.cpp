#include "kube_test.h"

namespace edge::kube {
namespace {

/// Errors of a pod whose first container and spec are changed by merge patches.
std::string PodErrors(std::string_view container, std::string_view spec = "{}") {
  return ErrorsOf("core.v1.Pod", MakePod([&](Json& pod) {
                    pod["spec"]["containers"][0].merge_patch(J(container));
                    pod["spec"].merge_patch(J(spec));
                  }));
}

std::string Named(std::string_view type, const std::string& name, bool namespaced = true) {
  Json object{{"metadata", {{"name", name}}}};
  if (namespaced) object["metadata"]["namespace"] = "n";
  Default(TypeNamed(type), object);
  return ErrorsOf(type, object, namespaced);
}

TEST_CASE("a plain pod is valid", "[kube]") { CHECK(PodErrors("{}").empty()); }

TEST_CASE("what a container lacks is named as kubectl's users know it", "[kube]") {
  CHECK(PodErrors(R"({"image":null})") == "spec.containers[0].image: Required value");
  CHECK(PodErrors(R"({"name":null})") == "spec.containers[0].name: Required value");
  CHECK(PodErrors("{}", R"({"containers":null})") == "spec.containers: Required value");
  CHECK(PodErrors(R"({"image":" x"})") ==
        "spec.containers[0].image: Invalid value: \" x\": must not have leading or trailing "
        "whitespace");
  CHECK(PodErrors(R"({"imagePullPolicy":"Sometimes"})") ==
        "spec.containers[0].imagePullPolicy: Unsupported value: \"Sometimes\": supported values: "
        "\"Always\", \"IfNotPresent\", \"Never\"");
  CHECK(PodErrors("{}", R"({"restartPolicy":"Maybe"})") ==
        "spec.restartPolicy: Unsupported value: \"Maybe\": supported values: \"Always\", "
        "\"Never\", \"OnFailure\"");
}

TEST_CASE("several errors are listed in brackets", "[kube]") {
  const std::string text = PodErrors(R"({"image":null,"name":null})");
  CHECK(text ==
        "[spec.containers[0].name: Required value, spec.containers[0].image: Required value]");
}

TEST_CASE("container names are labels and unique over all lists", "[kube]") {
  CHECK_THAT(PodErrors(R"({"name":"Not_Good"})"),
             Catch::StartsWith("spec.containers[0].name: Invalid value: \"Not_Good\": a lowercase "
                               "RFC 1123 label must consist of lower case alphanumeric"));
  CHECK(PodErrors("{}", R"({"initContainers":[{"name":"c","image":"i"}]})") ==
        "spec.initContainers[0].name: Duplicate value: \"c\"");
}

TEST_CASE("mounts need their volume and a path of their own", "[kube]") {
  CHECK(PodErrors(R"({"volumeMounts":[{"name":"v","mountPath":"/a"}]})") ==
        "spec.containers[0].volumeMounts[0].name: Not found: \"v\"");
  const char* volume = R"({"volumes":[{"name":"v"}]})";
  CHECK(PodErrors(R"({"volumeMounts":[{"name":"v","mountPath":"/a"}]})", volume).empty());
  CHECK(
      PodErrors(R"({"volumeMounts":[{"name":"v","mountPath":"/a"},{"name":"v","mountPath":"/a"}]})",
                volume) ==
      "spec.containers[0].volumeMounts[1].mountPath: Invalid value: \"/a\": must be unique");
  CHECK(PodErrors(R"({"volumeMounts":[{"name":"v","mountPath":"/a","subPath":"../b"}]})", volume) ==
        "spec.containers[0].volumeMounts[0].subPath: Invalid value: \"../b\": must not contain "
        "'..'");
}

TEST_CASE("volumes have one source with what it needs", "[kube]") {
  CHECK(
      PodErrors("{}", R"({"volumes":[{"name":"v","emptyDir":{},"secret":{"secretName":"s"}}]})") ==
      "spec.volumes[0].secret: Forbidden: may not specify more than 1 volume type");
  CHECK(PodErrors("{}", R"({"volumes":[{"name":"v","secret":{}}]})") ==
        "spec.volumes[0].secret.secretName: Required value");
  CHECK(
      PodErrors("{}", R"({"volumes":[{"name":"v","configMap":{"name":"m","defaultMode":512}}]})") ==
      "spec.volumes[0].configMap.defaultMode: Invalid value: 512: must be a number between 0 "
      "and 0777 (octal), both inclusive");
  CHECK(PodErrors("{}", R"({"volumes":[{"name":"v"},{"name":"v"}]})") ==
        "spec.volumes[1].name: Duplicate value: \"v\"");
  CHECK(PodErrors("{}", R"({"volumes":[{"name":"v","hostPath":{"path":"/a/../b"}}]})") ==
        "spec.volumes[0].hostPath.path: Invalid value: \"/a/../b\": must not contain '..'");
}

TEST_CASE("ports are in range and named once", "[kube]") {
  CHECK(PodErrors(R"({"ports":[{"containerPort":70000}]})") ==
        "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and "
        "65535, inclusive");
  CHECK(PodErrors(R"({"ports":[{"name":"a"}]})") ==
        "spec.containers[0].ports[0].containerPort: Required value");
  CHECK(PodErrors(R"({"ports":[{"name":"a","containerPort":1},{"name":"a","containerPort":2}]})") ==
        "spec.containers[0].ports[1].name: Duplicate value: \"a\"");
  CHECK_THAT(
      PodErrors(R"({"ports":[{"containerPort":1,"hostPort":9},{"containerPort":2,"hostPort":9}]})"),
      Catch::Contains("ports[1].hostPort: Duplicate value: \"TCP//9\""));
  CHECK_THAT(PodErrors(R"({"ports":[{"name":"this-name-is-too-long","containerPort":1}]})"),
             Catch::Contains("must be no more than 15 bytes"));
}

TEST_CASE("environment variables have one source", "[kube]") {
  CHECK(PodErrors(R"({"env":[{"name":"A","valueFrom":{}}]})") ==
        "spec.containers[0].env[0].valueFrom: Invalid value: \"\": must specify one of: "
        "`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`");
  CHECK_THAT(PodErrors(R"({"env":[{"name":"A=B","value":"x"}]})"),
             Catch::Contains("a valid environment variable name"));
  CHECK(PodErrors(R"({"env":[{"name":"A","valueFrom":{"secretKeyRef":{"key":"k"}}}]})") ==
        "spec.containers[0].env[0].valueFrom.secretKeyRef.name: Required value");
  CHECK_THAT(PodErrors(R"({"env":[{"name":"A","valueFrom":{"fieldRef":{"fieldPath":"spec.x"}}}]})"),
             Catch::Contains("valueFrom.fieldRef.fieldPath: Unsupported value: \"spec.x\""));
  CHECK(
      PodErrors(
          R"({"env":[{"name":"A","valueFrom":{"fieldRef":{"fieldPath":"metadata.labels['x']"}}}]})")
          .empty());
  CHECK_THAT(PodErrors(R"({"envFrom":[{"prefix":"X"}]})"),
             Catch::Contains("must specify one of: `configMapRef` or `secretRef`"));
}

TEST_CASE("requests stay within limits", "[kube]") {
  CHECK(PodErrors(R"({"resources":{"requests":{"cpu":"2"},"limits":{"cpu":"1"}}})") ==
        "spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal "
        "to cpu limit of 1");
  CHECK(PodErrors(R"({"resources":{"limits":{"memory":"-1"}}})") != "");
  CHECK_THAT(PodErrors(R"({"resources":{"limits":{"disk":"1"}}})"),
             Catch::Contains("resources.limits[disk]: Invalid value: \"disk\": must be a standard "
                             "resource type or fully qualified"));
  CHECK(PodErrors(R"({"resources":{"limits":{"x.io/gpu":"1"}}})").empty());
}

TEST_CASE("probes and hooks have exactly one handler", "[kube]") {
  CHECK(PodErrors(R"({"livenessProbe":{"periodSeconds":1}})") ==
        "spec.containers[0].livenessProbe: Required value: must specify a handler type");
  CHECK(PodErrors(R"({"livenessProbe":{"exec":{"command":["a"]},"tcpSocket":{"port":1}}})") ==
        "spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 "
        "handler type");
  CHECK(PodErrors(R"({"livenessProbe":{"exec":{"command":["a"]},"successThreshold":2}})") ==
        "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1");
  CHECK(PodErrors(R"({"lifecycle":{"preStop":{}}})") ==
        "spec.containers[0].lifecycle.preStop: Required value: must specify a handler type");
  CHECK(PodErrors("{}", R"({"initContainers":[{"name":"i","image":"i",
      "livenessProbe":{"exec":{"command":["a"]}}}]})") ==
        "spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers "
        "without restartPolicy=Always");
}

TEST_CASE("tolerations and affinities are coherent", "[kube]") {
  CHECK_THAT(PodErrors("{}", R"({"tolerations":[{"value":"v"}]})"),
             Catch::Contains("operator must be Exists when `key` is empty"));
  CHECK_THAT(PodErrors("{}", R"({"tolerations":[{"key":"k","operator":"Exists",
      "tolerationSeconds":1}]})"),
             Catch::Contains("effect must be 'NoExecute' when `tolerationSeconds` is set"));
  CHECK_THAT(PodErrors("{}", R"({"affinity":{"nodeAffinity":{
      "requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[
        {"matchExpressions":[{"key":"k","operator":"In"}]}]}}}})"),
             Catch::Contains("matchExpressions[0].values: Required value: must be specified when "
                             "`operator` is 'In' or 'NotIn'"));
  CHECK_THAT(PodErrors("{}", R"({"dnsPolicy":"None"})"),
             Catch::Contains("spec.dnsConfig: Required value"));
}

TEST_CASE("metadata follows the rules of names", "[kube]") {
  CHECK(Named("core.v1.ConfigMap", "a.b-c").empty());
  CHECK(Named("core.v1.ConfigMap", "") ==
        "metadata.name: Required value: name or generateName is required");
  CHECK_THAT(Named("core.v1.ConfigMap", "Caps"),
             Catch::StartsWith("metadata.name: Invalid value: \"Caps\": a lowercase RFC 1123 "
                               "subdomain must consist of"));
  CHECK(Named("core.v1.ConfigMap", "m", false) == "");
  CHECK(ErrorsOf("core.v1.ConfigMap", J(R"({"metadata":{"name":"m"}})")) ==
        "metadata.namespace: Required value");
  CHECK(ErrorsOf("core.v1.Node", J(R"({"metadata":{"name":"m","namespace":"n"}})"), false) ==
        "metadata.namespace: Forbidden: not allowed on this type");
  CHECK_THAT(Named("core.v1.Namespace", "a.b", false), Catch::Contains("must not contain dots"));
}

TEST_CASE("labels and annotations are checked", "[kube]") {
  const auto with = [](const Json& metadata) {
    Json map{{"metadata", {{"name", "m"}, {"namespace", "n"}}}};
    map["metadata"].update(metadata);
    return ErrorsOf("core.v1.ConfigMap", map);
  };
  CHECK_THAT(with({{"labels", {{"a/b/c", "x"}}}}), Catch::Contains("a valid label key"));
  CHECK_THAT(with({{"labels", {{"a", "no spaces here"}}}}), Catch::Contains("a valid label must"));
  CHECK(with({{"annotations", {{"example.com/Key", "any text; at all"}}}}).empty());
  CHECK(with({{"annotations", {{"big", std::string(300000, 'x')}}}}) ==
        "metadata.annotations: Too long: may not be more than 262144 bytes");
}

TEST_CASE("keys of data are checked", "[kube]") {
  const auto with = [](std::string_view type, std::string_view rest) {
    Json object = J(R"({"metadata":{"name":"m","namespace":"n"}})");
    object.update(J(rest));
    return ErrorsOf(type, object);
  };
  CHECK_THAT(with("core.v1.ConfigMap", R"({"data":{"a b":"x"}})"),
             Catch::StartsWith("data[a b]: Invalid value: \"a b\": a valid config key must"));
  CHECK(with("core.v1.ConfigMap", R"({"data":{"..":"x"}})") ==
        "data[..]: Invalid value: \"..\": must not be '..'");
  CHECK_THAT(with("core.v1.ConfigMap", R"({"data":{"a":"x"},"binaryData":{"a":"eA=="}})"),
             Catch::Contains("duplicate of key present in binaryData"));
  CHECK(with("core.v1.Secret", R"({"type":"kubernetes.io/tls","data":{"tls.crt":""}})") ==
        "data[tls.key]: Required value");
  CHECK_THAT(
      with("core.v1.Secret",
           R"({"type":"kubernetes.io/dockerconfigjson","data":{".dockerconfigjson":"eA=="}})"),
      Catch::Contains("<secret contents redacted>"));
  CHECK_THAT(with("core.v1.Event", R"({"involvedObject":{"namespace":"other"}})"),
             Catch::Contains("does not match event.namespace"));
}

TEST_CASE("an EdgeNode names its cluster and a TLS broker", "[kube]") {
  const auto with = [](const std::string& name, std::string_view spec) {
    return ErrorsOf("edge.v1.EdgeNode", Json{{"metadata", {{"name", name}}}, {"spec", J(spec)}},
                    false);
  };
  const auto url = [&](const std::string& broker) {
    return with("till-1", R"({"clusterName":"c","connection":{"mode":"MQTT","brokerURL":")" +
                              broker + R"("}})");
  };
  for (const char* good : {"tls://mqtt.edge:8883", "tls://10.0.0.1:1", "tls://[fd00::1]:8883"}) {
    CHECK(url(good).empty());
  }
  for (const char* bad : {"ssl://a:1", "tls://a", "tls://:1", "tls://a:0", "tls://a:70000",
                          "tls://a:1/x", "mqtt.edge:8883", "tls://a b:1", "tls://[]:1"}) {
    CHECK_THAT(url(bad), Catch::Contains("spec.connection.brokerURL: Invalid value"));
  }
  CHECK(with("t", R"({"clusterName":"c"})") == "spec.connection: Required value");
  CHECK(with("t", R"({"connection":{"mode":"HTTP","brokerURL":"tls://a:1"}})") ==
        "[spec.clusterName: Required value, spec.connection.mode: Unsupported value: \"HTTP\": "
        "supported values: \"MQTT\"]");
  CHECK_THAT(with(std::string(53, 'a'), R"({"clusterName":"c","connection":{"mode":"MQTT",
      "brokerURL":"tls://a:1"}})"),
             Catch::Contains("metadata.name") && Catch::Contains("must be no more than 52 bytes"));
}

TEST_CASE("an EdgeNode asks for no labels and taints but an operator's", "[kube]") {
  const auto with = [](const std::string& more) {
    return ErrorsOf("edge.v1.EdgeNode",
                    Json{{"metadata", {{"name", "till-1"}}},
                         {"spec", J(R"({"clusterName":"c","connection":{"mode":"MQTT",
                             "brokerURL":"tls://a:1"},)" +
                                    more + "}")}},
                    false);
  };
  CHECK(with(R"("labels":{"example.com/floor":"1","topology.kubernetes.io/zone":"z"},
      "taints":[{"key":"a","effect":"NoSchedule"},{"key":"a","effect":"NoExecute"}],
      "tolerationSeconds":0)")
            .empty());
  for (const char* key : {"kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch"}) {
    CHECK_THAT(with(R"("labels":{")" + std::string(key) + R"(":"x"})"),
               Catch::Contains(key) && Catch::Contains("the terminal sets this label itself"));
  }
  CHECK_THAT(with(R"("labels":{"node-role.kubernetes.io/edge":""})"),
             Catch::Contains("the hub sets this label itself"));
  CHECK_THAT(with(R"("labels":{"a b":"x","c":"no good"})"),
             Catch::Contains("a b") && Catch::Contains("no good"));
  CHECK_THAT(with(R"("taints":[{"key":"node.kubernetes.io/x","effect":"NoSchedule"}])"),
             Catch::Contains("spec.taints[0].key") && Catch::Contains("Kubernetes sets"));
  CHECK_THAT(with(R"("taints":[{"key":"a","effect":"Sometimes"}])"),
             Catch::Contains("spec.taints[0].effect: Unsupported value"));
  CHECK_THAT(with(R"("taints":[{"key":"a","effect":"NoSchedule"},
                               {"key":"a","effect":"NoSchedule","value":"b"}])"),
             Catch::Contains("taints must be unique by key and effect pair"));
  CHECK_THAT(with(R"("tolerationSeconds":-1)"), Catch::Contains("spec.tolerationSeconds"));
}

TEST_CASE("a service needs ports and good names", "[kube]") {
  Json service = J(R"({"metadata":{"name":"a.b","namespace":"n"},"spec":{}})");
  Default(TypeNamed("core.v1.Service"), service);
  const std::string text = ErrorsOf("core.v1.Service", service);
  CHECK_THAT(text, Catch::Contains("must not contain dots") &&
                       Catch::Contains("spec.ports: Required value"));
  service = J(R"({"metadata":{"name":"s","namespace":"n"},"spec":{"ports":[{"port":0}]}})");
  Default(TypeNamed("core.v1.Service"), service);
  CHECK_THAT(ErrorsOf("core.v1.Service", service),
             Catch::Contains("spec.ports[0].port: Invalid value: 0: must be between 1 and 65535"));
}

TEST_CASE("finalizers are qualified names and those without a domain are Kubernetes' own",
          "[kube]") {
  const auto with = [](std::string_view type, std::string_view finalizers) {
    Json object{{"metadata", {{"name", "a"}, {"finalizers", J(finalizers)}}}};
    const bool namespaced = type != "edge.v1.EdgeNode";
    if (namespaced) object["metadata"]["namespace"] = "n";
    if (!namespaced) {
      object["spec"] = J(R"({"clusterName":"c","connection":{"mode":"MQTT",
                             "brokerURL":"tls://a:1"}})");
    }
    return ErrorsOf(type, object, namespaced);
  };
  CHECK(with("core.v1.ConfigMap", R"(["shop.example/a","kubernetes","orphan"])").empty());
  CHECK(with("core.v1.ConfigMap", R"(["foregroundDeletion"])").empty());
  CHECK_THAT(
      with("core.v1.ConfigMap", R"(["a b"])"),
      Catch::Contains("metadata.finalizers: Invalid value: \"a b\": name part must consist"));
  CHECK(with("core.v1.ConfigMap", R"(["kubernetes","tidy"])") ==
        "metadata.finalizers[1]: Invalid value: \"tidy\": name is neither a standard finalizer "
        "name nor is it fully qualified");
  CHECK(with("core.v1.ConfigMap", R"(["orphan","foregroundDeletion"])") ==
        "metadata.finalizers: Invalid value: [\"orphan\",\"foregroundDeletion\"]: finalizer "
        "orphan and foregroundDeletion cannot be both set");
  CHECK(with("edge.v1.EdgeNode", R"(["tidy"])").empty());  // as for any custom resource
}

TEST_CASE("each error has the reason that clients look for", "[kube]") {
  CHECK(Required("a").Reason() == "FieldValueRequired");
  CHECK(Invalid("a", 1, "x").Reason() == "FieldValueInvalid");
  CHECK(NotSupported("a", "b", {"c"}).Reason() == "FieldValueNotSupported");
  CHECK(Duplicate("a", 1).Reason() == "FieldValueDuplicate");
  CHECK(Forbidden("a", "x").Reason() == "FieldValueForbidden");
  CHECK(TooLong("a", 1).Reason() == "FieldValueTooLong");
  CHECK(NotFoundValue("a", "b").Body() == "Not found: \"b\"");
}

}  // namespace
}  // namespace edge::kube
