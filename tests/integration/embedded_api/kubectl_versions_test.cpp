#include <regex>
#include <set>

#include "common/json.h"
#include "tests/integration/embedded_api/kubectl_fixture.h"

// One script of kubectl's verbs, run with each kubectl against an API of its own: what each call
// ends with and says, and what the API holds after it, is the same.

namespace edge::cloudhub::embedded {
namespace {

constexpr const char* kPodPath = "/api/v1/namespaces/default/pods/web";

struct Step {
  std::vector<std::string> arguments;
  std::string says;      ///< somewhere in its output
  int code = 0;          ///< its exit code
  bool worded = true;    ///< false: versions say it in other words
  std::string leaves{};  ///< path of the object that it leaves
};

using Script = std::vector<Step>;

std::string PodManifest(const std::string& image, const std::string& node) {
  return R"({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "labels": {"app": "w"}},
    "spec": {)" +
         (node.empty() ? "" : "\"nodeName\": \"" + node + "\",") +
         R"("terminationGracePeriodSeconds": 5, "containers": [
      {"name": "c", "image": ")" +
         image + R"(", "env": [{"name": "A", "value": "1"}], "ports": [{"containerPort": 80}]},
      {"name": "d", "image": "d:1"}]}})";
}

constexpr const char* kOthers = R"({"apiVersion": "v1", "kind": "List", "items": [
  {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}},
  {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cfg"}, "data": {"a": "b"}},
  {"apiVersion": "edge.kubeedge.io/v1", "kind": "EdgeNode", "metadata": {"name": "n1"}, "spec":
    {"clusterName": "retail-edge", "connection": {"mode": "MQTT", "brokerURL": "tls://m:8883"}}}]})";

constexpr const char* kReady = R"({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web",
  "namespace": "default", "labels": {"app": "w"}}, "status": {"phase": "Running",
  "podIP": "10.1.2.3", "conditions": [
  {"type": "Ready", "status": "True"}], "containerStatuses": [{"name": "c", "image": "web:1",
  "imageID": "", "ready": true, "restartCount": 2, "state": {"running": {}}}]}})";

class Scribe {
 public:
  explicit Scribe(const std::string& program) : kubectl_(program) {
    kubectl_.Write("others.json", kOthers);
    kubectl_.Write("pod.json", PodManifest("web:1", "n1"));
    kubectl_.Write("changed.json", PodManifest("web:2", "n1"));
    kubectl_.Write("unbound.json", PodManifest("web:1", ""));
    kubectl_.Write("moved.json", PodManifest("web:2", "n2"));
    kubectl_.Write("ready.json", kReady);
  }

  /// A line for each step. Words that begin with @ name a file of the test.
  std::vector<std::string> Play(const Script& script) {
    std::vector<std::string> lines;
    for (const Step& step : script) {
      std::vector<std::string> words = step.arguments;
      std::string line;
      for (std::string& word : words) {
        line += word + " ";
        if (word.starts_with("@")) word = kubectl_.File(word.substr(1));
      }
      const Run run = kubectl_(words);
      INFO(kubectl_.program() << " " << line << "\n" << run.output);
      CHECK(run.code == step.code);
      CHECK_THAT(run.output, Catch::Contains(step.says));
      line += "-> " + std::to_string(run.code) + "\n";
      if (step.worded) line += Timeless(run.output);
      if (!step.leaves.empty()) line += Timeless(kubectl_.Ok({"get", "--raw", step.leaves}));
      lines.push_back(line);
    }
    return lines;
  }

 private:
  /// Without what differs from one run to the next.
  std::string Timeless(std::string text) const {
    static const std::vector<std::pair<std::regex, std::string>> kVary = {
        {std::regex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "UID"},
        {std::regex("[0-9-]{10}T[0-9:.]+Z"), "TIME"},
        {std::regex("\\b([0-9]+m)?[0-9]+s\\b *"), "AGE "},
        {std::regex("\\b10\\.96\\.[0-9.]+ *"), "CLUSTER-IP "}};
    for (const auto& [pattern, word] : kVary) text = std::regex_replace(text, pattern, word);
    for (auto at = text.find(kubectl_.File("")); at != std::string::npos;
         at = text.find(kubectl_.File(""))) {
      text.replace(at, kubectl_.File("").size(), "@");
    }
    return text;
  }

  Kubectl kubectl_;
};

/// Plays the script with every kubectl that there is.
void Compare(const Script& script) {
  std::vector<std::string> first;
  for (const std::string& program : Kubectls()) {
    const std::vector<std::string> lines = Scribe(program).Play(script);
    if (first.empty()) first = lines;
    for (std::size_t i = 0; i < lines.size(); ++i) CHECK(lines[i] == first[i]);
  }
}

TEST_CASE("an old kubectl is there beside the new one", "[kubectl]") {
  INFO("tools/install-packages test unpacks Debian's kubectl 1.20 into build/kubectl-old");
  std::set<std::string> versions;
  for (const std::string& program : Kubectls()) {
    const std::string text = Kubectl(program).Ok({"version", "--client"});
    std::smatch found;
    REQUIRE(std::regex_search(text, found, std::regex("v(1\\.[0-9]+)")));
    versions.insert(found[1]);
  }
  CHECK(versions.contains("1.20"));
}

TEST_CASE("an old and a new kubectl apply and create alike", "[kubectl]") {
  Compare({
      {{"apply", "-f", "@others.json"}, "configmap/cfg created"},
      {{"apply", "-f", "@others.json"}, "configmap/cfg unchanged"},
      {{"apply", "-f", "@pod.json"}, "pod/web created", 0, true, kPodPath},
      {{"apply", "-f", "@pod.json"}, "pod/web unchanged", 0, true, kPodPath},
      {{"apply", "-f", "@changed.json"}, "pod/web configured", 0, true, kPodPath},
      {{"apply", "--dry-run=server", "-f", "@pod.json"}, "configured", 0, true, kPodPath},
      {{"diff", "-f", "@changed.json"}, ""},
      {{"apply", "-f", "@moved.json"}, "may not change fields other than", 1},
      {{"create", "-f", "@pod.json"}, "(AlreadyExists)", 1},
      {{"replace", "-f", "@changed.json"}, "pod/web replaced", 0, true, kPodPath},
      {{"create", "configmap", "c", "--from-literal=a=b"},
       "created",
       0,
       true,
       "/api/v1/namespaces/default/configmaps/c"},
      {{"create", "configmap", "c"}, "already exists", 1, false},
      {{"create", "secret", "generic", "s", "--from-literal=a=b"},
       "created",
       0,
       true,
       "/api/v1/namespaces/default/secrets/s"},
      {{"create", "namespace", "shop"}, "created", 0, true, "/api/v1/namespaces/shop"},
      {{"create", "serviceaccount", "robot"},
       "created",
       0,
       true,
       "/api/v1/namespaces/default/serviceaccounts/robot"},
      {{"create", "service", "clusterip", "ip", "--tcp=80:8080"},
       "created",
       0,
       true,
       "/api/v1/namespaces/default/services/ip"},
      {{"create", "service", "nodeport", "np", "--tcp=80:http", "--node-port=30080"},
       "created",
       0,
       true,
       "/api/v1/namespaces/default/services/np"},
      {{"create", "service", "externalname", "en", "--external-name=x.y"},
       "created",
       0,
       true,
       "/api/v1/namespaces/default/services/en"},
      {{"expose", "pod", "web", "--port=80", "--name=ex"},
       "exposed",
       0,
       true,
       "/api/v1/namespaces/default/services/ex"},
      {{"run", "one", "--image=web:1"}, "pod/one created", 0, false},
  });
}

TEST_CASE("an old and a new kubectl show the same", "[kubectl]") {
  Compare({
      {{"apply", "-f", "@others.json", "-f", "@pod.json"}, "pod/web created"},
      {{"replace", "--raw", std::string(kPodPath) + "/status", "-f", "@ready.json"}, "Running"},
      {{"get", "pods"}, "1/2"},
      {{"get", "pods", "-o", "wide"}, "10.1.2.3"},
      {{"get", "pods", "-A", "--show-labels"}, "app=w"},
      {{"get", "pods", "-L", "app"}, "APP"},
      {{"get", "pod", "web", "-o", "json"}, "\"podIP\": \"10.1.2.3\""},
      {{"get", "pod", "web", "-o", "yaml"}, "podIP: 10.1.2.3"},
      {{"get", "pods", "-o", "jsonpath={.items[*].spec.containers[*].image}"}, "web:1 d:1"},
      {{"get", "pods", "-o", "custom-columns=N:.metadata.name,NODE:.spec.nodeName"}, "n1"},
      {{"get", "pods", "-o", "go-template={{range .items}}{{.metadata.name}}{{end}}"}, "web"},
      {{"get", "pods", "-l", "app in (w,x),!z", "-o", "name"}, "pod/web"},
      {{"get", "pods", "-l", "app!=w"}, "No resources found"},
      {{"get", "pods", "--field-selector=spec.nodeName=n1", "-o", "name"}, "pod/web"},
      {{"get", "all"}, "pod/web"},
      {{"get", "pods", "--sort-by=.metadata.name"}, "web"},
      {{"get", "cm,secret,svc,sa,lease,en,nodes"}, "retail-edge"},
      {{"get", "en", "-o", "wide"}, "LAST-SEEN"},
      {{"get", "ns", "--chunk-size=1"}, "kube-system"},
      {{"get", "pod", "web", "other"}, "pods \"other\" not found", 1},
      {{"get", "nosuch"}, "the server doesn't have a resource type \"nosuch\"", 1},
      {{"api-resources"}, "edgenodes"},
      {{"describe", "pod", "web"}, "QoS Class", 0, false},
      {{"describe", "en", "n1"}, "retail-edge", 0},
      {{"describe", "node", "n1"}, "web", 0, false},
      {{"explain", "pod.spec.restartPolicy"}, "<string>", 0, false},
      {{"explain", "edgenode.spec.connection"}, "brokerURL", 0, false},
      {{"wait", "--for=condition=Ready", "pod/web", "--timeout=20s"}, "condition met"},
      {{"wait", "--for=condition=Nosuch", "pod/web", "--timeout=1s"}, "timed out waiting", 1},
  });
}

TEST_CASE("an old and a new kubectl change objects alike", "[kubectl]") {
  const char* kEdit = "sed -i s/web:4/web:5/";
  setenv("KUBE_EDITOR", kEdit, 1);
  Compare({
      {{"apply", "-f", "@others.json", "-f", "@pod.json"}, "pod/web created"},
      {{"label", "pod", "web", "tier=front"}, "labeled", 0, true, kPodPath},
      {{"label", "pod", "web", "tier=back"}, "--overwrite is false", 1},
      {{"label", "pod", "web", "tier=back", "--overwrite"}, "labeled", 0, true, kPodPath},
      {{"label", "pod", "web", "tier-"}, "", 0, false, kPodPath},
      {{"annotate", "pod", "web", "note=good day"}, "annotated", 0, true, kPodPath},
      {{"annotate", "pod", "web", "note-"}, "annotated", 0, true, kPodPath},
      {{"patch", "pod", "web", "--type=json", "-p",
        R"([{"op": "replace", "path": "/spec/containers/0/image", "value": "web:2"}])"},
       "pod/web patched",
       0,
       true,
       kPodPath},
      {{"patch", "pod", "web", "--type=json", "-p", R"([{"op": "remove", "path": "/nosuch"}])"},
       "missing",
       1},
      {{"patch", "pod", "web", "--type=merge", "-p", R"({"metadata": {"labels": {"m": "1"}}})"},
       "pod/web patched",
       0,
       true,
       kPodPath},
      {{"patch", "pod", "web", "-p",
        R"({"spec": {"containers": [{"name": "d", "image": "d:2"}]}})"},
       "pod/web patched",
       0,
       true,
       kPodPath},
      {{"patch", "en", "n1", "--type=merge", "-p", R"({"metadata": {"labels": {"m": "1"}}})"},
       "patched",
       0,
       true,
       "/apis/edge.kubeedge.io/v1/edgenodes/n1"},
      {{"patch", "en", "n1", "-p", R"({"metadata": {"labels": {"m": "2"}}})"},
       "application/json-patch+json, application/merge-patch+json\n",
       1,
       false},
      {{"set", "image", "pod/web", "c=web:4"}, "image updated", 0, true, kPodPath},
      {{"edit", "pod", "web"}, "pod/web edited", 0, true, kPodPath},
      {{"cordon", "n1"}, "cordoned", 0, true, "/api/v1/nodes/n1"},
      {{"uncordon", "n1"}, "uncordoned", 0, true, "/api/v1/nodes/n1"},
      {{"taint", "node", "n1", "a=b:NoSchedule"}, "tainted", 0, true, "/api/v1/nodes/n1"},
      {{"auth", "can-i", "create", "pods"}, "yes"},
  });
}

TEST_CASE("an old and a new kubectl delete alike", "[kubectl]") {
  const Step gone = {{"get", "pod", "web"}, "not found", 1};
  Compare({
      {{"apply", "-f", "@others.json", "-f", "@pod.json"}, "pod/web created"},
      {{"delete", "pod", "web", "--dry-run=server"}, "deleted", 0, true, kPodPath},
      {{"delete", "pod", "web", "--wait=false"}, "deleted", 0, true, kPodPath},
      {{"get", "pods"}, "Terminating"},
      {{"delete", "pod", "web", "--wait=false", "--grace-period=2"}, "deleted", 0, true, kPodPath},
      {{"delete", "pod", "web", "--wait=false", "--grace-period=0", "--force"}, "", 0, false},
      gone,
      {{"create", "-f", "@pod.json"}, "created"},
      {{"delete", "pod", "web", "--now", "--wait=false"}, "deleted", 0, true, kPodPath},
      {{"delete", "pod", "-l", "app=w", "--grace-period=0", "--force"}, "", 0, false},
      gone,
      {{"create", "-f", "@unbound.json"}, "created"},
      {{"delete", "-f", "@unbound.json", "--timeout=20s"}, "deleted"},
      gone,
      {{"delete", "pod", "web"}, "not found", 1},
      {{"delete", "pod", "web", "--ignore-not-found"}, ""},
      {{"create", "namespace", "shop"}, "created"},
      {{"-n", "shop", "create", "configmap", "c"}, "created"},
      {{"delete", "namespace", "shop", "--timeout=20s"}, "deleted"},
      {{"-n", "shop", "get", "configmap", "c"}, "not found", 1},
      {{"delete", "configmap", "--all"}, "deleted"},
      {{"delete", "-f", "@others.json"}, "configmaps \"cfg\" not found", 1, false},
      {{"get", "en,nodes"}, "No resources found"},
  });
}

}  // namespace
}  // namespace edge::cloudhub::embedded
