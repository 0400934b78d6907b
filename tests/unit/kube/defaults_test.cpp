#include "kube_test.h"

namespace edge::kube {
namespace {

Json Defaulted(std::string_view type, std::string_view object) {
  Json value = J(object);
  Default(TypeNamed(type), value);
  return value;
}

TEST_CASE("a small pod gets what a real API server sets", "[kube]") {
  const Json pod = MakePod([](Json&) {});
  CHECK(pod["spec"] == J(R"({
    "containers":[{"name":"c","image":"till:1","imagePullPolicy":"IfNotPresent","resources":{},
      "terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}],
    "dnsPolicy":"ClusterFirst","enableServiceLinks":true,
    "preemptionPolicy":"PreemptLowerPriority","priority":0,"restartPolicy":"Always",
    "schedulerName":"default-scheduler","securityContext":{},"serviceAccount":"default",
    "serviceAccountName":"default","terminationGracePeriodSeconds":30,
    "tolerations":[
      {"effect":"NoExecute","key":"node.kubernetes.io/not-ready","operator":"Exists",
       "tolerationSeconds":300},
      {"effect":"NoExecute","key":"node.kubernetes.io/unreachable","operator":"Exists",
       "tolerationSeconds":300}]})"));
  CHECK(pod["status"] == J(R"({"phase":"Pending","qosClass":"BestEffort"})"));
}

TEST_CASE("defaults applied twice change nothing", "[kube]") {
  Json pod = MakePod([](Json& p) {
    p["spec"]["hostNetwork"] = true;
    p["spec"]["containers"][0]["ports"] = J(R"([{"containerPort":80}])");
    p["spec"]["volumes"] = J(R"([{"name":"v"},{"name":"s","secret":{"secretName":"x"}}])");
  });
  const Json once = pod;
  Default(TypeNamed("core.v1.Pod"), pod);
  CHECK(pod == once);
  CHECK(pod["spec"]["containers"][0]["ports"] ==
        J(R"([{"containerPort":80,"hostPort":80,"protocol":"TCP"}])"));
}

TEST_CASE("the pull policy follows the image's tag", "[kube]") {
  const std::pair<const char*, const char*> cases[] = {{"till", "Always"},
                                                       {"till:latest", "Always"},
                                                       {"till:1", "IfNotPresent"},
                                                       {"registry:5000/till", "Always"},
                                                       {"registry:5000/till:2", "IfNotPresent"},
                                                       {"till@sha256:abcd", "IfNotPresent"},
                                                       {"till:latest@sha256:abcd", "Always"}};
  for (const auto& [image, policy] : cases) {
    INFO(image);
    const Json pod =
        MakePod([&name = image](Json& p) { p["spec"]["containers"][0]["image"] = name; });
    CHECK(pod["spec"]["containers"][0]["imagePullPolicy"] == policy);
  }
}

TEST_CASE("requests are taken from limits where they are missing", "[kube]") {
  const Json pod = MakePod([](Json& p) {
    p["spec"]["containers"][0]["resources"] =
        J(R"({"limits":{"cpu":"1","memory":"64Mi"},"requests":{"cpu":"500m"}})");
  });
  CHECK(pod["spec"]["containers"][0]["resources"]["requests"] ==
        J(R"({"cpu":"500m","memory":"64Mi"})"));
  CHECK(pod["status"]["qosClass"] == "Burstable");
}

TEST_CASE("probes get their default timing", "[kube]") {
  const Json pod = MakePod([](Json& p) {
    p["spec"]["containers"][0]["livenessProbe"] = J(R"({"httpGet":{"port":80}})");
    p["spec"]["containers"][0]["readinessProbe"] = J(R"({"grpc":{"port":81}})");
  });
  CHECK(pod["spec"]["containers"][0]["livenessProbe"] ==
        J(R"({"failureThreshold":3,"httpGet":{"path":"/","port":80,"scheme":"HTTP"},
              "periodSeconds":10,"successThreshold":1,"timeoutSeconds":1})"));
  CHECK(pod["spec"]["containers"][0]["readinessProbe"]["grpc"] == J(R"({"port":81,"service":""})"));
}

TEST_CASE("volumes get their default modes and sources", "[kube]") {
  const Json pod = MakePod([](Json& p) {
    p["spec"]["volumes"] = J(R"([{"name":"e"},{"name":"c","configMap":{"name":"m"}},
      {"name":"s","secret":{"secretName":"s","defaultMode":0}},{"name":"h","hostPath":{"path":"/x"}},
      {"name":"p","projected":{"sources":[{"serviceAccountToken":{"path":"t"}},
        {"downwardAPI":{"items":[{"path":"n","fieldRef":{"fieldPath":"metadata.name"}}]}}]}}])");
  });
  CHECK(pod["spec"]["volumes"] == J(R"([{"name":"e","emptyDir":{}},
      {"name":"c","configMap":{"name":"m","defaultMode":420}},
      {"name":"s","secret":{"secretName":"s","defaultMode":0}},
      {"name":"h","hostPath":{"path":"/x","type":""}},
      {"name":"p","projected":{"defaultMode":420,"sources":[
        {"serviceAccountToken":{"path":"t","expirationSeconds":3600}},
        {"downwardAPI":{"items":[{"path":"n",
           "fieldRef":{"apiVersion":"v1","fieldPath":"metadata.name"}}]}}]}}])"));
}

TEST_CASE("own tolerations and accounts and priorities are kept", "[kube]") {
  const Json pod = MakePod([](Json& p) {
    p["spec"]["tolerations"] = J(R"([{"operator":"Exists"}])");
    p["spec"]["serviceAccountName"] = "till";
    p["spec"]["priorityClassName"] = "system-node-critical";
  });
  CHECK(pod["spec"]["tolerations"] == J(R"([{"operator":"Exists"}])"));
  CHECK(pod["spec"]["serviceAccount"] == "till");
  CHECK(pod["spec"]["priority"] == 2000001000);
}

TEST_CASE("a mirror pod gets no service account", "[kube]") {
  const Json pod = MakePod([](Json& p) {
    p["metadata"]["annotations"] = {{"kubernetes.io/config.mirror", "hash"}};
  });
  CHECK_FALSE(pod["spec"].contains("serviceAccountName"));
}

TEST_CASE("a secret's stringData goes into its data", "[kube]") {
  const Json secret =
      Defaulted("core.v1.Secret", R"({"data":{"a":"eA==","b":"eQ=="},"stringData":{"b":"hello"}})");
  CHECK(secret == J(R"({"data":{"a":"eA==","b":"aGVsbG8="},"type":"Opaque","metadata":{}})"));
}

TEST_CASE("a service gets its type and families and target ports", "[kube]") {
  const Json service =
      Defaulted("core.v1.Service", R"({"spec":{"clusterIP":"10.0.0.1","ports":[{"port":80}]}})");
  CHECK(service["spec"] == J(R"({"clusterIP":"10.0.0.1","clusterIPs":["10.0.0.1"],
      "internalTrafficPolicy":"Cluster","ipFamilies":["IPv4"],"ipFamilyPolicy":"SingleStack",
      "ports":[{"port":80,"protocol":"TCP","targetPort":80}],"sessionAffinity":"None",
      "type":"ClusterIP"})"));
  CHECK(service["status"] == J(R"({"loadBalancer":{}})"));
}

TEST_CASE("an external name needs no address", "[kube]") {
  const Json service =
      Defaulted("core.v1.Service", R"({"spec":{"type":"ExternalName","externalName":"a.b"}})");
  CHECK_FALSE(service["spec"].contains("ipFamilies"));
  CHECK_FALSE(service["spec"].contains("internalTrafficPolicy"));
}

TEST_CASE("a new namespace is active and labelled and has its finalizer once", "[kube]") {
  Json space = J(R"({"metadata":{"name":"shop"}})");
  DefaultNew(TypeNamed("core.v1.Namespace"), space);
  CHECK(space["spec"]["finalizers"] == J(R"(["kubernetes"])"));
  CHECK(space["status"]["phase"] == "Active");
  CHECK(space["metadata"]["labels"]["kubernetes.io/metadata.name"] == "shop");
  space["spec"].erase("finalizers");
  Default(TypeNamed("core.v1.Namespace"), space);
  CHECK_FALSE(space["spec"].contains("finalizers"));
}

TEST_CASE("a node's allocatable is its capacity until it says otherwise", "[kube]") {
  const Json node = Defaulted("core.v1.Node", R"({"status":{"capacity":{"cpu":"4"}}})");
  CHECK(node["status"]["allocatable"] == J(R"({"cpu":"4"})"));
  CHECK(node["status"]["daemonEndpoints"] == J(R"({"kubeletEndpoint":{"Port":0}})"));
}

TEST_CASE("container states of a status are always written", "[kube]") {
  const Json pod = MakePod([](Json& p) {
    p["status"]["containerStatuses"] = J(R"([{"name":"c","image":"i","imageID":""}])");
  });
  CHECK(pod["status"]["containerStatuses"][0] ==
        J(R"({"name":"c","image":"i","imageID":"","lastState":{},"state":{},"ready":false,
              "restartCount":0})"));
}

}  // namespace
}  // namespace edge::kube
