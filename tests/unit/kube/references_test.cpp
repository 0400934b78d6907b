#include "kube/references.h"

#include "kube_test.h"

namespace edge::kube {
namespace {

std::string Listed(const Json& pod) {
  std::string text;
  for (const Reference& reference : References(pod)) {
    const char* kind = reference.kind == Reference::Kind::kConfigMap ? "cm/"
                       : reference.kind == Reference::Kind::kSecret  ? "secret/"
                                                                     : "sa/";
    text += kind + reference.ns + "/" + reference.name + (reference.optional ? "? " : " ");
  }
  return text;
}

TEST_CASE("a pod's references are found wherever they hide", "[kube]") {
  const Json pod = J(R"({"metadata":{"namespace":"shop"},"spec":{
    "serviceAccountName":"till","imagePullSecrets":[{"name":"pull"}],
    "initContainers":[{"env":[{"name":"A","valueFrom":{"configMapKeyRef":{"name":"init","key":"k"}}}]}],
    "ephemeralContainers":[{"envFrom":[{"secretRef":{"name":"debug","optional":true}}]}],
    "containers":[{"envFrom":[{"configMapRef":{"name":"all"}}],
      "env":[{"name":"B","valueFrom":{"secretKeyRef":{"name":"key","key":"k"}}},{"name":"C","value":"x"}]}],
    "volumes":[{"name":"a","configMap":{"name":"files","optional":true}},
      {"name":"b","secret":{"secretName":"cert"}},
      {"name":"c","projected":{"sources":[{"configMap":{"name":"pcm"}},{"secret":{"name":"ps"}}]}},
      {"name":"d","csi":{"driver":"x","nodePublishSecretRef":{"name":"csi"}}},
      {"name":"e","emptyDir":{}}]}})");
  CHECK(Listed(pod) ==
        "cm/shop/all cm/shop/files? cm/shop/init cm/shop/pcm secret/shop/cert secret/shop/csi "
        "secret/shop/debug? secret/shop/key secret/shop/ps secret/shop/pull? sa/shop/till ");
}

TEST_CASE("a reference is optional only if each use of it is", "[kube]") {
  const Json pod = J(R"({"metadata":{"namespace":"n"},"spec":{"containers":[{"envFrom":[
    {"configMapRef":{"name":"m","optional":true}},{"configMapRef":{"name":"m"}}]}]}})");
  CHECK(Listed(pod) == "cm/n/m ");
  CHECK(References(Json::object()).empty());
}

TEST_CASE("what goes down with a pod are its ConfigMaps and Secrets and not its ServiceAccount",
          "[kube]") {
  const Json pod = J(R"({"metadata":{"namespace":"shop"},"spec":{"serviceAccountName":"till",
    "containers":[{"envFrom":[{"configMapRef":{"name":"prices"}},
      {"configMapRef":{"name":"prices","optional":true}},{"secretRef":{"name":"prices"}}]}]}})");
  CHECK(ConfigKeys(pod) == std::set<sync::ObjectKey>{{sync::Kind::kConfigMap, "shop", "prices"},
                                                     {sync::Kind::kSecret, "shop", "prices"}});
  CHECK(ConfigKeys(Json::object()).empty());
}

TEST_CASE("a pod's token sources are those of its projected volumes", "[kube]") {
  const Json pod = J(R"({"spec":{"volumes":[{"name":"a","projected":{"sources":[
    {"serviceAccountToken":{"path":"token"}},{"configMap":{"name":"kube-root-ca.crt"}},
    {"serviceAccountToken":{"path":"v","audience":"vault","expirationSeconds":600}}]}},
    {"name":"b","projected":{"sources":[{"serviceAccountToken":{"path":"again"}}]}},
    {"name":"c","emptyDir":{}}]}})");
  CHECK(TokenSources(pod) == std::set<TokenSource>{{"", 3600}, {"vault", 600}});
  CHECK(TokenSources(Json::object()).empty());
}

TEST_CASE("the volume of the API's credentials refers to the ConfigMap of its CA", "[kube]") {
  const Json pod = J(R"({"metadata":{"namespace":"shop"},"spec":{"volumes":[
    {"name":"kube-api-access-x7k2p","projected":{"defaultMode":420,"sources":[
      {"serviceAccountToken":{"expirationSeconds":3607,"path":"token"}},
      {"configMap":{"items":[{"key":"ca.crt","path":"ca.crt"}],"name":"kube-root-ca.crt"}},
      {"downwardAPI":{"items":[{"path":"namespace",
        "fieldRef":{"apiVersion":"v1","fieldPath":"metadata.namespace"}}]}}]}}]}})");
  CHECK(ConfigKeys(pod) ==
        std::set<sync::ObjectKey>{{sync::Kind::kConfigMap, "shop", "kube-root-ca.crt"}});
}

std::string_view ClassOf(std::string_view containers) {
  return QosClass(Json{{"spec", {{"containers", J(containers)}}}});
}

TEST_CASE("the QoS class follows requests and limits", "[kube]") {
  CHECK(ClassOf(R"([{"name":"a"}])") == "BestEffort");
  CHECK(ClassOf(R"([{"resources":{"requests":{"cpu":"0"}}}])") == "BestEffort");
  CHECK(ClassOf(R"([{"resources":{"requests":{"cpu":"1"}}}])") == "Burstable");
  CHECK(ClassOf(R"([{"resources":{"limits":{"cpu":"1","memory":"1Gi"}}}])") == "Guaranteed");
  CHECK(ClassOf(R"([{"resources":{"limits":{"cpu":"1","memory":"1Gi"},
      "requests":{"cpu":"1000m","memory":"1024Mi"}}}])") == "Guaranteed");
  CHECK(ClassOf(R"([{"resources":{"limits":{"cpu":"1","memory":"1Gi"}}},{"name":"b"}])") ==
        "Burstable");
  CHECK(ClassOf(R"([{"resources":{"limits":{"cpu":"1"}}}])") == "Burstable");
}

TEST_CASE("a pod's requests are the larger of its start and its life", "[kube]") {
  const Json pod = J(R"({"spec":{"overhead":{"cpu":"10m"},
    "initContainers":[
      {"resources":{"requests":{"cpu":"2"}}},
      {"restartPolicy":"Always","resources":{"requests":{"cpu":"100m"}}},
      {"resources":{"requests":{"cpu":"50m","memory":"3Gi"}}}],
    "containers":[{"resources":{"requests":{"cpu":"1","memory":"1Gi"}}},
                  {"resources":{"requests":{"cpu":"500m","memory":"1Gi"}}}]}})");
  ResourceList requests = PodRequests(pod);
  CHECK(requests["cpu"].ToString() == "2010m");
  CHECK(requests["memory"].ToString() == "3Gi");
  CHECK(PodLimits(pod).empty());
}

}  // namespace
}  // namespace edge::kube
