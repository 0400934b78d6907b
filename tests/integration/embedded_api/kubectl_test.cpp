#include "tests/integration/embedded_api/kubectl_fixture.h"

namespace edge::cloudhub::embedded {
namespace {

constexpr const char* kEdgeNode =
    "apiVersion: edge.kubeedge.io/v1\n"
    "kind: EdgeNode\n"
    "metadata:\n"
    "  name: store-terminal-nyc-001\n"
    "spec:\n"
    "  clusterName: retail-edge\n"
    "  connection:\n"
    "    mode: MQTT\n"
    "    brokerURL: \"tls://mqtt.edge:8883\"\n";

std::string PodYaml(const std::string& image_key, const std::string& image) {
  return "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: c\n   "
         " " +
         image_key + ": " + image + "\n";
}

TEST_CASE("kubectl applies the EdgeNode of the README and shows its columns", "[kubectl]") {
  for (const std::string& program : Kubectls()) {
    Kubectl kubectl(program);
    const std::string file = kubectl.Write("en.yaml", kEdgeNode);
    Has(kubectl.Ok({"apply", "-f", file}),
        "edgenode.edge.kubeedge.io/store-terminal-nyc-001 created");
    Has(kubectl.Ok({"apply", "-f", file}), "unchanged");
    const std::string table = kubectl.Ok({"get", "en"});
    for (const char* column :
         {"CLUSTER", "CONNECTED", "READY", "PENDING", "LAST-SEEN", "VERSION", "AGE"}) {
      Has(table, column);
    }
    Has(table, "retail-edge");
    Has(kubectl.Ok({"explain", "edgenode.spec.connection"}), "brokerURL");
    Has(kubectl.Ok({"delete", "-f", file}), "deleted");
  }
}

TEST_CASE("kubectl applies and changes and describes and deletes a pod", "[kubectl]") {
  for (const std::string& program : Kubectls()) {
    Kubectl kubectl(program);
    const std::string file = kubectl.Write("pod.yaml", PodYaml("image", "web:1"));
    Has(kubectl.Ok({"apply", "-f", file}), "pod/web created");
    kubectl.Write("pod.yaml", PodYaml("image", "web:2"));
    Has(kubectl.Ok({"apply", "-f", file}), "pod/web configured");
    Has(kubectl.Ok({"get", "pod", "web", "-o", "yaml"}), "image: web:2");
    Has(kubectl.Ok({"get", "pods", "-o", "wide"}), "NOMINATED NODE");
    Has(kubectl.Ok({"describe", "pod", "web"}), "QoS Class");
    Has(kubectl.Ok({"explain", "pod.spec.restartPolicy"}), "restartPolicy");
    kubectl.Ok({"label", "pod", "web", "a=b"});
    kubectl.Ok({"annotate", "pod", "web", "note=x"});
    Has(kubectl.Ok({"get", "pods", "-l", "a=b", "-o", "name"}), "pod/web");
    kubectl.Ok({"patch", "pod", "web", "--type=json", "-p",
                R"([{"op":"add","path":"/metadata/labels/z","value":"1"}])"});
    kubectl.Ok({"patch", "pod", "web", "-p", R"({"metadata":{"labels":{"z":null}}})"});
    Has(kubectl.Ok({"delete", "pod", "web", "--timeout=20s"}), "deleted");
    const Run gone = kubectl({"get", "pod", "web"});
    CHECK(gone.code == 1);
    Has(gone.output, "pods \"web\" not found");
  }
}

TEST_CASE("kubectl is told of a wrong field by its name", "[kubectl]") {
  for (const std::string& program : Kubectls()) {
    Kubectl kubectl(program);
    const Run run = kubectl({"apply", "-f", kubectl.Write("pod.yaml", PodYaml("imag", "web:1"))});
    CHECK(run.code != 0);
    Has(run.output, "imag");
  }
}

TEST_CASE("kubectl says of an unknown kind that there is none", "[kubectl]") {
  for (const std::string& program : Kubectls()) {
    Kubectl kubectl(program);
    const std::string file = kubectl.Write(
        "podd.yaml", "apiVersion: v1\nkind: Podd\nmetadata:\n  name: web\nspec: {}\n");
    const Run run = kubectl({"apply", "-f", file});
    CHECK(run.code == 1);
    Has(run.output, "no matches for kind \"Podd\" in version \"v1\"");
  }
}

TEST_CASE("kubectl logs and exec and attach say where the logs are", "[kubectl]") {
  for (const std::string& program : Kubectls()) {
    Kubectl kubectl(program);
    kubectl.Ok({"apply", "-f", kubectl.Write("pod.yaml", PodYaml("image", "web:1"))});
    // port-forward and cp ask no server before the pod is running.
    for (const std::vector<std::string>& command : {std::vector<std::string>{"logs", "web"},
                                                    {"exec", "web", "--", "true"},
                                                    {"attach", "web"}}) {
      INFO(command.front());
      const Run run = kubectl(command);
      CHECK(run.code == 1);
      Has(run.output, "not part of this release");
      Has(run.output, "/var/log/pods/default_web_");
    }
  }
}

TEST_CASE("kubectl creates with a generated name and in a namespace of its own", "[kubectl]") {
  for (const std::string& program : Kubectls()) {
    Kubectl kubectl(program);
    const std::string file = kubectl.Write(
        "cm.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  generateName: cfg-\n");
    Has(kubectl.Ok({"create", "-f", file}), "configmap/cfg-");
    Has(kubectl.Ok({"create", "namespace", "shop"}), "namespace/shop created");
    kubectl.Ok({"-n", "shop", "create", "configmap", "page", "--from-literal=a=b"});
    kubectl.Ok({"-n", "shop", "create", "secret", "generic", "key", "--from-literal=a=b"});
    Has(kubectl.Ok({"-n", "shop", "get", "secret", "key", "-o", "jsonpath={.data.a}"}), "Yg==");
    Has(kubectl.Ok({"delete", "namespace", "shop", "--timeout=20s"}), "deleted");
    Has(kubectl.Ok({"auth", "can-i", "create", "pods"}), "yes");
  }
}

TEST_CASE("kubectl get -w shows what happens while it looks", "[kubectl]") {
  for (const std::string& program : Kubectls()) {
    Kubectl kubectl(program);
    const std::string file = kubectl.Write("pod.yaml", PodYaml("image", "web:1"));
    kubectl.Ok({"apply", "-f", file});
    const std::string seen = kubectl.File("watched");
    const pid_t pid = kubectl.Spawn({"get", "pods", "-w"}, seen);
    const auto shows = [&](const std::string& text) {
      // Each round asks the server, which takes its time: no sleep is needed.
      for (int i = 0; i < 200; ++i) {
        const auto now = ReadFile(seen);
        if (now.ok() && now->find(text) != std::string::npos) return true;
        kubectl({"get", "pods"});
      }
      return false;
    };
    INFO("waiting for the watch to show the pod");
    CHECK(shows("Pending"));
    kubectl.Ok({"delete", "pod", "web"});
    INFO("waiting for the watch to show the deletion");
    CHECK(shows("Terminating"));
    kill(pid, SIGTERM);
    waitpid(pid, nullptr, 0);
  }
}

}  // namespace
}  // namespace edge::cloudhub::embedded
