#include "edged/core/pod/admission.h"

#include <catch2/catch.hpp>

#include "tests/unit/edged_core/pod_driver.h"

namespace edge::edged {
namespace {

AdmissionNode Till() {
  AdmissionNode till;
  till.node = Json::parse(R"({"metadata":{"name":"till-1","labels":{"zone":"shop"}}})");
  till.allocatable = {{"cpu", "2"}, {"memory", "1000Ki"}, {"pods", "3"}};
  return till;
}

std::shared_ptr<const Pod> Asking(const char* requests) {
  Json container = ContainerJson("app");
  container["resources"]["requests"] = Json::parse(requests);
  return MakePod(PodJson({{"containers", {container}}}));
}

std::shared_ptr<const Pod> Listening(const char* ports) {
  Json container = ContainerJson("app");
  container["ports"] = Json::parse(ports);
  return MakePod(PodJson({{"containers", {container}}}));
}

std::shared_ptr<const Pod> Spec(const char* spec) { return MakePod(PodJson(Json::parse(spec))); }

std::string Reason(const std::shared_ptr<const Pod>& pod, const AdmissionNode& node = Till(),
                   const std::vector<const Pod*>& admitted = {}) {
  const auto why = WhyNotAdmitted(*pod, node, admitted);
  return why ? why->reason : "";
}

}  // namespace

TEST_CASE("a pod that asks for more than is left is out of that resource", "[edged]") {
  const auto held = Asking(R"({"cpu":"1500m","memory":"600Ki"})");
  CHECK(WhyNotAdmitted(*Asking(R"({"cpu":"100"})"), Till(), {}) ==
        Rejection{"OutOfcpu",
                  "Node didn't have enough resource: cpu, requested: 100000, used: 0, "
                  "capacity: 2000"});
  CHECK(WhyNotAdmitted(*Asking(R"({"cpu":"500m","memory":"500Ki"})"), Till(), {held.get()}) ==
        Rejection{"OutOfmemory",
                  "Node didn't have enough resource: memory, requested: 512000, used: 614400, "
                  "capacity: 1024000"});
  CHECK(Reason(Asking(R"({"cpu":"500m","memory":"400Ki"})"), Till(), {held.get()}) == "");
  CHECK(Reason(Asking(R"({"cpu":"501m"})"), Till(), {held.get()}) == "OutOfcpu");
}

TEST_CASE("a node that is full of pods is out of pods", "[edged]") {
  const auto held = Asking("{}");
  CHECK(Reason(held, Till(), {held.get(), held.get()}) == "");
  CHECK(WhyNotAdmitted(*held, Till(), {held.get(), held.get(), held.get()}) ==
        Rejection{"OutOfpods",
                  "Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3"});
}

TEST_CASE("what the node does not count and what is not known refuses nobody", "[edged]") {
  CHECK(Reason(Asking(R"({"example.com/scale":"1"})")) == "");
  CHECK(Reason(Asking(R"({"cpu":"100"})"), AdmissionNode{}) == "");
  CHECK(Reason(Spec(R"({"nodeSelector":{"zone":"moon"}})"), AdmissionNode{}) == "");
}

TEST_CASE("a pod that asks for nothing fits a node that is short of everything", "[edged]") {
  const auto greedy = Asking(R"({"cpu":"5","memory":"5Gi"})");
  CHECK(Reason(Asking("{}"), Till(), {greedy.get()}) == "");
}

TEST_CASE("a node selector or required affinity that does not fit is NodeAffinity", "[edged]") {
  CHECK(Reason(Spec(R"({"nodeSelector":{"zone":"shop"}})")) == "");
  CHECK(WhyNotAdmitted(*Spec(R"({"nodeSelector":{"zone":"moon"}})"), Till(), {}) ==
        Rejection{"NodeAffinity",
                  "Predicate NodeAffinity failed: node(s) didn't match Pod's node "
                  "affinity/selector"});
  const auto affinity = [](const std::string& term) {
    return Spec((R"({"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":
        {"nodeSelectorTerms":[)" +
                 term + "]}}}}")
                    .c_str());
  };
  CHECK(Reason(affinity(R"({"matchExpressions":[{"key":"zone","operator":"DoesNotExist"}]})")) ==
        "NodeAffinity");
  CHECK(Reason(affinity(
            R"({"matchFields":[{"key":"metadata.name","operator":"In","values":["till-1"]}]})")) ==
        "");
}

TEST_CASE("two pods on one port of the node are NodePorts unless addresses or protocols differ",
          "[edged]") {
  const auto held = Listening(R"([{"containerPort":80,"hostPort":8080,"hostIP":"127.0.0.1"}])");
  struct Row {
    const char *ports, *reason;
  };
  for (const Row& row :
       {Row{R"([{"containerPort":80,"hostPort":8080}])", "NodePorts"},
        Row{R"([{"containerPort":80,"hostPort":8080,"hostIP":"127.0.0.1"}])", "NodePorts"},
        Row{R"([{"containerPort":1},{"containerPort":80,"hostPort":8080,"hostIP":"0.0.0.0"}])",
            "NodePorts"},
        Row{R"([{"containerPort":80,"hostPort":8080,"hostIP":"127.0.0.2"}])", ""},
        Row{R"([{"containerPort":80,"hostPort":8080,"protocol":"UDP"}])", ""},
        Row{R"([{"containerPort":8080}])", ""}}) {
    CAPTURE(row.ports);
    CHECK(Reason(Listening(row.ports), Till(), {held.get()}) == row.reason);
  }
  CHECK(WhyNotAdmitted(*held, Till(), {held.get()})->message ==
        "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports");
}

TEST_CASE("a sidecar's port of the node counts", "[edged]") {
  Json side = ContainerJson("side");
  side["restartPolicy"] = "Always";
  side["ports"] = Json::parse(R"([{"containerPort":80,"hostPort":8080}])");
  const auto held = MakePod(PodJson({{"initContainers", {side}}}));
  CHECK(Reason(Listening(R"([{"containerPort":1,"hostPort":8080}])"), Till(), {held.get()}) ==
        "NodePorts");
}

TEST_CASE("a pod for another operating system is not supported", "[edged]") {
  CHECK(Reason(Spec(R"({"os":{"name":"linux"}})")) == "");
  CHECK(
      WhyNotAdmitted(*Spec(R"({"os":{"name":"windows"}})"), AdmissionNode{}, {}) ==
      Rejection{"PodOSNotSupported", "Failed to admit pod as the OS field doesn't match node OS"});
}

TEST_CASE("an unsafe sysctl is forbidden unless the terminal allows it", "[edged]") {
  const auto with = [](const std::string& name, const char* more = "") {
    return Spec(
        (R"({"securityContext":{"sysctls":[{"name":")" + name + R"(","value":"1"}]})" + more + "}")
            .c_str());
  };
  CHECK(Reason(with("net.ipv4.tcp_syncookies")) == "");
  CHECK(Reason(with("net/ipv4/tcp_syncookies")) == "");
  CHECK(WhyNotAdmitted(*with("kernel.msgmax"), Till(), {}) ==
        Rejection{"SysctlForbidden", "forbidden sysctl: \"kernel.msgmax\" not allowlisted"});
  AdmissionNode open = Till();
  open.allowed_sysctls = {"net.core.*", "kernel.msgmax"};
  CHECK(Reason(with("kernel.msgmax"), open) == "");
  CHECK(Reason(with("net.core.somaxconn"), open) == "");
  CHECK(Reason(with("net.corel"), open) == "SysctlForbidden");
  CHECK(Reason(with("net.ipv4.tcp_rmem", R"(,"hostNetwork":true)")) == "SysctlForbidden");
  CHECK(Reason(with("kernel.shm_rmid_forced", R"(,"hostIPC":true)")) == "SysctlForbidden");
}

}  // namespace edge::edged
