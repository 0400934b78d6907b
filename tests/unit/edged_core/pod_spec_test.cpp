#include <catch2/catch.hpp>

#include "common/bytes.h"
#include "edged/core/pod/container_config.h"
#include "edged/core/pod/environment.h"
#include "edged/core/pod/expansion.h"
#include "edged/core/pod/resources.h"
#include "edged/core/pod/unsupported.h"
#include "tests/unit/edged_core/pod_driver.h"

namespace edge::edged {

TEST_CASE("variables expand as Kubernetes says", "[edged]") {
  const std::map<std::string, std::string> variables = {{"A", "1"}, {"B", "$(A)"}};
  struct Row {
    const char *text, *expected;
  };
  for (const Row& row :
       {Row{"$(A)", "1"}, Row{"x$(A)y$(A)", "x1y1"}, Row{"$(B)", "$(A)"}, Row{"$(NONE)", "$(NONE)"},
        Row{"$$(A)", "$(A)"}, Row{"$$$(A)", "$1"}, Row{"$A", "$A"}, Row{"$(A", "$(A"},
        Row{"cost $", "cost $"}, Row{"$()", "$()"}, Row{"", ""}}) {
    CAPTURE(row.text);
    CHECK(Expand(row.text, variables) == row.expected);
  }
}

TEST_CASE("a container's environment comes from all its sources", "[edged]") {
  Json container = ContainerJson("app");
  container["envFrom"] = Json::parse(R"([{"prefix":"P_","configMapRef":{"name":"cm"}},
      {"secretRef":{"name":"none","optional":true}}])");
  container["env"] = Json::parse(R"json([
      {"name":"PLAIN","value":"$(P_COLOUR)-$(LATER)"
},
      {"name":"NODE","valueFrom":{"fieldRef":{"fieldPath":"spec.nodeName"}}},
      {"name":"IP","valueFrom":{"fieldRef":{"fieldPath":"status.podIP"}}},
      {"name":"HOST","valueFrom":{"fieldRef":{"fieldPath":"status.hostIP"}}},
      {"name":"LABEL","valueFrom":{"fieldRef":{"fieldPath":"metadata.labels['tier']"}}},
      {"name":"MEM","valueFrom":{"resourceFieldRef":{"resource":"limits.memory","divisor":"1Mi"}}},
      {"name":"CPU","valueFrom":{"resourceFieldRef":{"resource":"limits.cpu"}}},
      {"name":"PASS","valueFrom":{"secretKeyRef":{"name":"s","key":"password"}}},
      {"name":"GONE","valueFrom":{"secretKeyRef":{"name":"s","key":"no","optional":true}}},
      {"name":"LATER","value":"x"}])json");
  container["resources"] = {{"limits", {{"memory", "100M"}}}};
  Json pod = PodJson({{"containers", {container}}});
  pod["metadata"]["labels"] = {{"tier", "front"}};
  PodDriver driver(pod);
  driver.node.allocatable = {{"cpu", "1500m"}};
  HeldObjects objects;
  objects.config_maps["cm"] = std::make_shared<Json>(Json{{"data", {{"COLOUR", "red"}}}});
  objects.secrets["s"] =
      std::make_shared<Json>(Json{{"data", {{"password", Base64Encode("hunter2")}}}});
  const auto env = BuildEnvironment(*driver.desired.pod, driver.desired.pod->containers[0], objects,
                                    driver.node, {"10.88.0.2"});
  REQUIRE(env.ok());
  CHECK(*env == std::map<std::string, std::string>{{"CPU", "2"},
                                                   {"HOST", "192.168.1.5"},
                                                   {"IP", "10.88.0.2"},
                                                   {"LABEL", "front"},
                                                   {"LATER", "x"},
                                                   {"MEM", "96"},
                                                   {"NODE", "n1"},
                                                   {"PASS", "hunter2"},
                                                   {"PLAIN", "red-$(LATER)"},
                                                   {"P_COLOUR", "red"}});
}

TEST_CASE("a missing key is named with its object", "[edged]") {
  Json container = ContainerJson("app");
  container["env"] =
      Json::parse(R"([{"name":"A","valueFrom":{"configMapKeyRef":{"name":"cm","key":"k"}}}])");
  const auto pod = MakePod(PodJson({{"containers", {container}}}));
  HeldObjects objects;
  objects.config_maps["cm"] = std::make_shared<Json>(Json::object());
  const auto env = BuildEnvironment(*pod, pod->containers[0], objects, {}, {});
  CHECK(env.status().code() == Code::kNotFound);
  CHECK(env.status().message() == "couldn't find key k in ConfigMap default/cm");
}

TEST_CASE("images get their full name and policy", "[edged]") {
  struct Row {
    const char *image, *full;
  };
  for (const Row& row :
       {Row{"busybox", "docker.io/library/busybox:latest"}, Row{"a/b:1", "docker.io/a/b:1"},
        Row{"reg.example:5000/a", "reg.example:5000/a:latest"},
        Row{"localhost/x:2", "localhost/x:2"},
        Row{"a@sha256:00", "docker.io/library/a@sha256:00"}}) {
    CHECK(NormalizeImage(row.image).value() == row.full);
  }
  for (const char* bad : {"", "UPPER", "a b", "a:", "/x", "reg.io/", "a;rm"}) {
    CAPTURE(bad);
    CHECK_FALSE(NormalizeImage(bad).ok());
  }
  const auto pod =
      MakePod(PodJson({{"containers", {ContainerJson("a", "x"), ContainerJson("b", "x:1")}}}));
  CHECK(pod->containers[0].pull == PullPolicy::kAlways);
  CHECK(pod->containers[1].pull == PullPolicy::kIfNotPresent);
}

TEST_CASE("a field of the wrong type makes a pod invalid and names the field", "[edged]") {
  Json container = ContainerJson("app");
  container["securityContext"] = {{"runAsNonRoot", "true"}};
  const auto pod = ParsePod(PodJson({{"containers", {container}}}));
  CHECK(pod.status().message() ==
        "pod default/app: pod.spec.containers[0].securityContext.runAsNonRoot is no boolean");
  CHECK_FALSE(ParsePod(Json::parse(R"({"metadata":{"name":"x"}})")).ok());
  CHECK_FALSE(ParsePod(Json::array()).ok());
}

TEST_CASE("resources become cgroup settings as kubelet derives them", "[edged]") {
  Json container = ContainerJson("app");
  container["resources"] = Json::parse(
      R"({"requests":{"cpu":"250m","memory":"256Mi"},"limits":{"cpu":"500m","memory":"512Mi"}})");
  PodDriver driver(PodJson({{"containers", {container, ContainerJson("free")}}}));
  driver.node.memory_bytes = 2048ULL << 20;
  const auto& containers = driver.desired.pod->containers;
  const auto limited = BuildResources(*driver.desired.pod, containers[0], driver.node).value();
  CHECK(limited.cpu_shares == 256);
  CHECK(limited.cpu_quota == 50000);
  CHECK(limited.cpu_period == 100000);
  CHECK(limited.memory_limit_bytes == 512LL << 20);
  CHECK(limited.oom_score_adj == 875);
  const auto free = BuildResources(*driver.desired.pod, containers[1], driver.node).value();
  CHECK(free.cpu_shares == 2);
  CHECK(free.cpu_quota == 0);
  CHECK(free.oom_score_adj == 999);
}

TEST_CASE("a container's configuration carries its security context and mounts", "[edged]") {
  Json container = Json::parse(R"json({"name":"app","image":"img:1","command":["/bin/$(X)"],
      "args":["$(Y)"],"env":[{"name":"X","value":"run"}],
      "securityContext":{"runAsUser":1000,"allowPrivilegeEscalation":false,
        "capabilities":{"drop":["ALL"]},"seccompProfile":{"type":"RuntimeDefault"}},
      "volumeMounts":[{"name":"v","mountPath":"/data","subPath":"in"},
                      {"name":"h","mountPath":"/host"},{"name":"c","mountPath":"/conf"}]})json");
  PodDriver driver(PodJson({{"containers", {container}},
                            {"securityContext", {{"fsGroup", 7}, {"runAsGroup", 9}}},
                            {"volumes", Json::parse(R"([{"name":"v","emptyDir":{}},
        {"name":"h","hostPath":{"path":"/srv"}},{"name":"c","configMap":{"name":"cm"}}])")}}));
  SandboxInfo sandbox;
  sandbox.ips = {"10.88.0.9"};
  ImageFact image;
  image.ref = "sha256:1";
  const Container& spec = driver.desired.pod->containers[0];
  const auto config =
      BuildContainerConfig(driver.desired, spec, 2, sandbox, image, driver.node).value();
  CHECK(config.command == std::vector<std::string>{"/bin/run"});
  CHECK(config.args == std::vector<std::string>{"$(Y)"});
  CHECK(config.run_as_user == 1000);
  CHECK(config.run_as_group == 9);
  CHECK(config.supplemental_groups == std::vector<std::int64_t>{7});
  CHECK(config.no_new_privileges);
  CHECK(config.seccomp->type == SecurityProfile::Type::kRuntimeDefault);
  CHECK(config.log_path == "app/2.log");
  std::map<std::string, std::pair<std::string, bool>> mounts;
  for (const Mount& mount : config.mounts) {
    mounts[mount.container_path] = {mount.host_path, mount.read_only};
  }
  const std::string folder = "/var/lib/edged/pods/u1/";
  CHECK(mounts ==
        decltype(mounts){{"/conf", {folder + "volumes/c", true}},
                         {"/data", {folder + "subpaths/app/0", false}},
                         {"/dev/termination-log", {folder + "containers/app/2.message", false}},
                         {"/etc/hosts", {folder + "etc-hosts", false}},
                         {"/host", {"/srv", false}}});
  const auto files =
      BuildContainerFiles(*driver.desired.pod, spec, 2, sandbox, driver.node).value();
  CHECK(files.hosts->find("10.88.0.9\tapp\n") != std::string::npos);
  REQUIRE(files.sub_paths.size() == 1);
  CHECK(files.sub_paths[0].volume_root == folder + "volumes/v");
}

TEST_CASE("runAsNonRoot refuses what would run as root", "[edged]") {
  struct Row {
    std::optional<std::int64_t> user, image_user;
    const char* image_name;
    bool good;
  };
  for (const Row& row :
       {Row{1, {}, "", true}, Row{0, 5, "", false}, Row{{}, 5, "", true}, Row{{}, 0, "", false},
        Row{{}, {}, "", false}, Row{{}, {}, "web", false}}) {
    Json container = ContainerJson("app");
    container["securityContext"] = {{"runAsNonRoot", true}};
    if (row.user) container["securityContext"]["runAsUser"] = *row.user;
    PodDriver driver(PodJson({{"containers", {container}}}));
    ImageFact image;
    image.info.uid = row.image_user;
    image.info.username = row.image_name;
    const auto config = BuildContainerConfig(driver.desired, driver.desired.pod->containers[0], 0,
                                             {}, image, driver.node);
    CHECK(config.ok() == row.good);
  }
}

TEST_CASE("a sandbox gets names and resolvers by policy", "[edged]") {
  PodDriver driver(PodJson(Json::parse(R"({"hostname":"till","subdomain":"shop",
      "dnsConfig":{"nameservers":["9.9.9.9"],"options":[{"name":"ndots","value":"2"}]},
      "containers":[{"name":"a","image":"x:1","ports":[{"containerPort":80,"hostPort":8080},
                                                       {"containerPort":81}]}]})")));
  driver.node.dns_servers = {"1.1.1.1"};
  driver.node.dns_options = {"ndots:1", "rotate"};
  auto config = BuildSandboxConfig(*driver.desired.pod, driver.node, 0).value();
  CHECK(config.hostname == "till");
  CHECK(config.ports.size() == 1);
  CHECK(config.dns->servers == std::vector<std::string>{"1.1.1.1", "9.9.9.9"});
  CHECK(config.dns->options == std::vector<std::string>{"rotate", "ndots:2"});
  driver.node.cluster_dns = {"10.0.0.10"};
  config = BuildSandboxConfig(*driver.desired.pod, driver.node, 0).value();
  CHECK(config.dns->servers == std::vector<std::string>{"10.0.0.10", "9.9.9.9"});
  CHECK(config.dns->searches.front() == "default.svc.cluster.local");
  CHECK(config.log_directory == "/var/log/pods/default_app_u1");
}

TEST_CASE("fields that are not honoured are named and others are not", "[edged]") {
  Json container = ContainerJson("app");
  container["livenessProbe"] = {{"exec", {{"command", {"true"}}}}};
  container["lifecycle"] = {{"preStop", {{"sleep", {{"seconds", 1}}}}}};
  container["volumeMounts"] = Json::array({{{"name", "v"}, {"subPathExpr", "$(X)"}}});
  const Json pod = PodJson({{"containers", {container}},
                            {"runtimeClassName", "kata"},
                            {"tolerations", {{{"operator", "Exists"}}}},
                            {"securityContext", Json::object()},
                            {"volumes", {{{"name", "v"}, {"nfs", {{"path", "/"}}}}}}});
  CHECK(UnsupportedFields(pod) ==
        std::vector<std::string>{"spec.containers{app}.lifecycle",
                                 "spec.containers{app}.livenessProbe",
                                 "spec.containers{app}.volumeMounts{v}.subPathExpr",
                                 "spec.runtimeClassName", "spec.volumes{v}.nfs"});
  CHECK(UnsupportedFields(PodJson(Json::object())).empty());
}

TEST_CASE("pull secrets answer for their own registry only", "[edged]") {
  PodDriver driver(PodJson({{"imagePullSecrets", {{{"name", "regcred"}}}}}));
  const Json config = {{"auths",
                        {{"https://index.docker.io/v1/", {{"auth", Base64Encode("joe:pw")}}},
                         {"other.example", {{"username", "x"}, {"password", "y"}}}}}};
  driver.desired.objects.secrets["regcred"] =
      std::make_shared<Json>(Json{{"data", {{".dockerconfigjson", Base64Encode(config.dump())}}}});
  const auto found = PullCredentials(driver.desired, "img:1");
  REQUIRE(found.size() == 1);
  CHECK(found[0].username == "joe");
  CHECK(found[0].password == "pw");
  CHECK(PullCredentials(driver.desired, "third.example/img:1").empty());
}

}  // namespace edge::edged
