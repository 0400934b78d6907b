#include <catch2/catch.hpp>

#include "edged/core/node/node_status.h"
#include "kube/quantity.h"

namespace edge::edged {
namespace {

constexpr std::uint64_t kGi = 1ULL << 30;
const WallTime kNoon{std::chrono::hours(12)};

NodeFacts Facts() {
  NodeFacts facts;
  facts.hostname = "till-7";
  facts.internal_ips = {"192.168.1.5"};
  facts.architecture = "arm64";
  facts.cpu_millicores = 2000;
  facts.memory_total_bytes = kGi;
  facts.memory_available_bytes = kGi / 2;
  facts.disk_total_bytes = 10 * kGi;
  facts.disk_available_bytes = 5 * kGi;
  facts.inodes_total = 1000;
  facts.inodes_free = 500;
  facts.pids_max = 4000;
  facts.pids_used = 100;
  facts.hugepages = {{"2Mi", 0}};
  return facts;
}

NodeStatusInputs Inputs() {
  NodeStatusInputs inputs;
  inputs.version = "v1.36.0-edged";
  inputs.runtime = {"containerd", "1.6.20"};
  inputs.conditions = {{"RuntimeReady", true, "", ""}, {"NetworkReady", true, "", ""}};
  return inputs;
}

Json ConditionOf(const Json& status, const std::string& type) {
  for (const Json& condition : status["conditions"]) {
    if (condition["type"] == type) return condition;
  }
  return {};
}

}  // namespace

TEST_CASE("a healthy node is ready and says what it has", "[edged]") {
  NodeStatusInputs inputs = Inputs();
  inputs.reserved_memory_bytes = kGi / 4;
  inputs.kubelet_port = 10250;
  const Json status = ComputeNodeStatus(Facts(), inputs, nullptr, kNoon);
  CHECK(status["capacity"] == Json::parse(R"({"cpu":"2","memory":"1Gi","pods":"110",
      "ephemeral-storage":"10Gi","hugepages-2Mi":"0"})"));
  CHECK(status["allocatable"]["memory"] == "768Mi");
  CHECK(status["addresses"] == Json::parse(R"([{"type":"InternalIP","address":"192.168.1.5"},
      {"type":"Hostname","address":"till-7"}])"));
  CHECK(status["nodeInfo"]["containerRuntimeVersion"] == "containerd://1.6.20");
  CHECK(status["daemonEndpoints"]["kubeletEndpoint"]["Port"] == 10250);
  CHECK(ConditionOf(status, "Ready")["status"] == "True");
  CHECK(ConditionOf(status, "Ready")["reason"] == "KubeletReady");
  for (const char* type : {"MemoryPressure", "DiskPressure", "PIDPressure"}) {
    CHECK(ConditionOf(status, type)["status"] == "False");
  }
}

TEST_CASE("quantities are written as the API server will write them", "[edged]") {
  NodeFacts facts = Facts();
  facts.cpu_millicores = 2500;
  facts.hugepages = {{"2Mi", 512 * 2 * kGi / 1024}, {"1Gi", 0}};
  NodeStatusInputs inputs = Inputs();
  inputs.max_pods = 2000;
  for (const std::uint64_t bytes : {2 * kGi, 2 * kGi + 4096, 2'000'000'000 * std::uint64_t{10}}) {
    facts.memory_total_bytes = facts.disk_total_bytes = bytes;
    const Json status = ComputeNodeStatus(facts, inputs, nullptr, kNoon);
    for (const char* part : {"capacity", "allocatable"}) {
      for (const auto& [name, value] : status[part].items()) {
        const auto parsed = kube::Quantity::FromJson(value);
        INFO(part << " " << name);
        REQUIRE(parsed.ok());
        CHECK(value == parsed->ToString());
      }
    }
  }
}

TEST_CASE("a node without runtime or network is not ready and says why", "[edged]") {
  NodeStatusInputs inputs = Inputs();
  inputs.conditions[1] = {"NetworkReady", false, "NetworkPluginNotReady", "cni config missing"};
  Json ready = ConditionOf(ComputeNodeStatus(Facts(), inputs, nullptr, kNoon), "Ready");
  CHECK(ready["status"] == "False");
  CHECK(ready["reason"] == "KubeletNotReady");
  CHECK(ready["message"] ==
        "container runtime network not ready: NetworkReady=false "
        "reason:NetworkPluginNotReady message:cni config missing");
  inputs.runtime = {};
  inputs.runtime_error = Unavailable("connection refused");
  ready = ConditionOf(ComputeNodeStatus(Facts(), inputs, nullptr, kNoon), "Ready");
  CHECK(ready["message"] == "container runtime is down: connection refused");
}

TEST_CASE("pressure begins below its floor and ends only above a margin", "[edged]") {
  NodeFacts facts = Facts();
  facts.disk_available_bytes = kGi - 1;
  facts.pids_used = 3900;
  facts.memory_available_bytes = 10 << 20;
  Json status = ComputeNodeStatus(facts, Inputs(), nullptr, kNoon);
  for (const char* type : {"MemoryPressure", "DiskPressure", "PIDPressure"}) {
    CHECK(ConditionOf(status, type)["status"] == "True");
  }
  facts.disk_available_bytes = kGi + kGi / 20;
  status = ComputeNodeStatus(facts, Inputs(), status, kNoon);
  CHECK(ConditionOf(status, "DiskPressure")["status"] == "True");
  CHECK(ConditionOf(ComputeNodeStatus(facts, Inputs(), nullptr, kNoon), "DiskPressure")["status"] ==
        "False");
  facts.disk_available_bytes = 2 * kGi;
  status = ComputeNodeStatus(facts, Inputs(), status, kNoon);
  CHECK(ConditionOf(status, "DiskPressure")["status"] == "False");
}

TEST_CASE("a node lists its images and keeps the list while the runtime does not answer",
          "[edged]") {
  ImageInfo small, large, nameless;
  small.repo_tags = {"edge.local/app:1"};
  small.size_bytes = 10;
  large.repo_digests = {"edge.local/till@sha256:ab"};
  large.repo_tags = {"edge.local/till:2"};
  large.size_bytes = 20;
  nameless.size_bytes = 30;
  NodeStatusInputs inputs = Inputs();
  inputs.images = {small, nameless, large};
  const Json status = ComputeNodeStatus(Facts(), inputs, nullptr, kNoon);
  CHECK(status["images"] == Json::parse(R"([
      {"names":["edge.local/till@sha256:ab","edge.local/till:2"],"sizeBytes":20},
      {"names":["edge.local/app:1"],"sizeBytes":10}])"));
  inputs.images.reset();
  CHECK(ComputeNodeStatus(Facts(), inputs, status, kNoon)["images"] == status["images"]);
  inputs.images.emplace();
  CHECK(ComputeNodeStatus(Facts(), inputs, status, kNoon)["images"].empty());
}

TEST_CASE("only a heartbeat is no change and transition times stay", "[edged]") {
  const Json first = ComputeNodeStatus(Facts(), Inputs(), nullptr, kNoon);
  const Json later = ComputeNodeStatus(Facts(), Inputs(), first, kNoon + std::chrono::hours(1));
  CHECK(SameNodeStatus(first, later));
  CHECK(first != later);
  NodeFacts facts = Facts();
  facts.internal_ips = {"192.168.1.6"};
  CHECK_FALSE(SameNodeStatus(first, ComputeNodeStatus(facts, Inputs(), first, kNoon)));
  CHECK(NodeLabels(Facts(), "n1")["kubernetes.io/arch"] == "arm64");
}

}  // namespace edge::edged
