#include "edged/core/node/node_status.h"

#include <algorithm>

#include "kube/quantity.h"

namespace edge::edged {
namespace {

constexpr std::size_t kMostImages = 50;  // as kubelet's nodeStatusMaxImages
constexpr std::uint64_t kMemoryFloor = 100ULL * 1024 * 1024;

const Json* ConditionIn(const Json& status, const std::string& type) {
  const Json* list = Find(status, {"conditions"});
  if (list == nullptr || !list->is_array()) return nullptr;
  for (const Json& condition : *list) {
    if (FindString(condition, {"type"}) == type) return &condition;
  }
  return nullptr;
}

Json Condition(const std::string& type, bool status, const std::string& reason,
               const std::string& message, const Json& previous, WallTime now) {
  Json json = {{"type", type},
               {"status", status ? "True" : "False"},
               {"reason", reason},
               {"message", message},
               {"lastHeartbeatTime", FormatTime(now)}};
  const Json* before = ConditionIn(previous, type);
  const bool same = before != nullptr && (*before)["status"] == json["status"] &&
                    before->contains("lastTransitionTime");
  json["lastTransitionTime"] = same ? (*before)["lastTransitionTime"] : Json(FormatTime(now));
  return json;
}

// The API server stores quantities in their canonical form: in another, the hub's digest of the
// status would never equal the node's, and all of it would be sent again with each heartbeat.
std::string Kibi(std::uint64_t bytes) {
  const auto whole = static_cast<std::int64_t>(bytes / 1024 * 1024);
  return kube::Quantity::FromInt(whole, kube::Quantity::Format::kBinarySI).ToString();
}

std::string Cpu(std::int64_t milli) { return kube::Quantity::FromMilli(milli).ToString(); }

std::string Count(std::uint64_t number) {
  return kube::Quantity::FromInt(static_cast<std::int64_t>(number)).ToString();
}

Json Addresses(const NodeFacts& facts) {
  Json addresses = Json::array();
  for (const std::string& ip : facts.internal_ips) {
    addresses.push_back({{"type", "InternalIP"}, {"address", ip}});
  }
  addresses.push_back({{"type", "Hostname"}, {"address", facts.hostname}});
  return addresses;
}

Json Resources(const NodeFacts& facts, const NodeStatusInputs& inputs, bool allocatable) {
  const std::int64_t cpu =
      allocatable ? std::max<std::int64_t>(0, facts.cpu_millicores - inputs.reserved_cpu_millicores)
                  : facts.cpu_millicores;
  std::uint64_t memory = facts.memory_total_bytes;
  std::uint64_t huge = 0;
  for (const auto& [size, bytes] : facts.hugepages) huge += bytes;
  if (allocatable) memory -= std::min(memory, inputs.reserved_memory_bytes + huge);
  Json resources = {{"cpu", Cpu(cpu)}, {"memory", Kibi(memory)}, {"pods", Count(inputs.max_pods)}};
  // kubelet's default hard eviction keeps a tenth of the disk.
  resources["ephemeral-storage"] =
      allocatable ? Count(facts.disk_total_bytes / 10 * 9) : Kibi(facts.disk_total_bytes);
  for (const auto& [size, bytes] : facts.hugepages) {
    resources["hugepages-" + size] = Kibi(bytes);
  }
  return resources;
}

Json NodeInfo(const NodeFacts& facts, const NodeStatusInputs& inputs) {
  const bool known = !inputs.runtime.name.empty();
  return {{"machineID", facts.machine_id},
          {"systemUUID", facts.system_uuid},
          {"bootID", facts.boot_id},
          {"kernelVersion", facts.kernel_version},
          {"osImage", facts.os_image},
          {"containerRuntimeVersion",
           known ? inputs.runtime.name + "://" + inputs.runtime.version : "containerd://Unknown"},
          {"kubeletVersion", inputs.version},
          {"kubeProxyVersion", ""},
          {"operatingSystem", "linux"},
          {"architecture", facts.architecture}};
}

Json Images(const std::vector<ImageInfo>& images) {
  std::vector<const ImageInfo*> sorted;
  sorted.reserve(images.size());
  for (const ImageInfo& image : images) sorted.push_back(&image);
  std::sort(sorted.begin(), sorted.end(), [](const ImageInfo* a, const ImageInfo* b) {
    return std::tie(b->size_bytes, a->id) < std::tie(a->size_bytes, b->id);
  });
  Json list = Json::array();
  for (const ImageInfo* image : sorted) {
    if (list.size() == kMostImages) break;
    Json names = Json::array();
    for (const std::string& name : image->repo_digests) names.push_back(name);
    for (const std::string& name : image->repo_tags) names.push_back(name);
    if (names.empty()) continue;
    list.push_back({{"names", std::move(names)}, {"sizeBytes", image->size_bytes}});
  }
  return list;
}

Json ImagesIn(const Json& status) {
  const Json* images = Find(status, {"images"});
  return images == nullptr ? Json::array() : *images;
}

/// A signal that has a floor: below it there is pressure, which ends a tenth above it.
struct Signal {
  bool known = false;
  double left = 0, floor = 0;
};

bool Pressure(const Signal& signal, const std::string& type, const Json& previous) {
  if (!signal.known) return false;
  const Json* before = ConditionIn(previous, type);
  const bool was = before != nullptr && FindString(*before, {"status"}) == "True";
  return signal.left < (was ? signal.floor * 1.1 : signal.floor);
}

Signal Part(std::uint64_t left, std::uint64_t total, double floor) {
  if (total == 0) return {};
  return {true, static_cast<double>(left) / static_cast<double>(total), floor};
}

// What keeps the node from being ready, in kubelet's words; empty: nothing.
std::string NotReadyBecause(const NodeStatusInputs& inputs) {
  if (inputs.runtime.name.empty()) {
    const std::string why = inputs.runtime_error.message();
    return "container runtime is down" + (why.empty() ? std::string() : ": " + why);
  }
  std::string text;
  for (const RuntimeCondition& condition : inputs.conditions) {
    if (condition.status) continue;
    const std::string what =
        condition.type == "NetworkReady"
            ? "container runtime network not ready: NetworkReady=false reason:"
            : "container runtime status check may not have completed yet: " + condition.type +
                  "=false reason:";
    text += (text.empty() ? "" : ", ") + what + condition.reason + " message:" + condition.message;
  }
  return text;
}

Json Conditions(const NodeFacts& facts, const NodeStatusInputs& inputs, const Json& previous,
                WallTime now) {
  const auto memory = static_cast<double>(facts.memory_available_bytes);
  // 100 MB is kubelet's; a terminal of 512 MB gets a twentieth of what it has.
  const double floor = std::min(static_cast<double>(kMemoryFloor),
                                static_cast<double>(facts.memory_total_bytes) / 20);
  const bool low_memory =
      Pressure({facts.memory_total_bytes != 0, memory, floor}, "MemoryPressure", previous);
  const bool low_disk =
      Pressure(Part(facts.disk_available_bytes, facts.disk_total_bytes, 0.10), "DiskPressure",
               previous) ||
      Pressure(Part(facts.inodes_free, facts.inodes_total, 0.05), "DiskPressure", previous);
  const std::uint64_t free_pids = facts.pids_max - std::min(facts.pids_max, facts.pids_used);
  const bool low_pids = Pressure(Part(free_pids, facts.pids_max, 0.05), "PIDPressure", previous);
  const std::string not_ready = NotReadyBecause(inputs);

  const auto pressure = [&](const char* type, bool on, const char* reason, const char* message) {
    return Condition(type, on, reason, message, previous, now);
  };
  return Json::array(
      {low_memory ? pressure("MemoryPressure", true, "KubeletHasInsufficientMemory",
                             "kubelet has insufficient memory available")
                  : pressure("MemoryPressure", false, "KubeletHasSufficientMemory",
                             "kubelet has sufficient memory available"),
       low_disk
           ? pressure("DiskPressure", true, "KubeletHasDiskPressure", "kubelet has disk pressure")
           : pressure("DiskPressure", false, "KubeletHasNoDiskPressure",
                      "kubelet has no disk pressure"),
       low_pids ? pressure("PIDPressure", true, "KubeletHasInsufficientPID",
                           "kubelet has insufficient PID available")
                : pressure("PIDPressure", false, "KubeletHasSufficientPID",
                           "kubelet has sufficient PID available"),
       Condition("Ready", not_ready.empty(), not_ready.empty() ? "KubeletReady" : "KubeletNotReady",
                 not_ready.empty() ? "kubelet is posting ready status" : not_ready, previous,
                 now)});
}

Json WithoutHeartbeats(Json status) {
  if (Json::iterator found = status.find("conditions"); found != status.end()) {
    for (Json& condition : *found) condition.erase("lastHeartbeatTime");
  }
  return status;
}

}  // namespace

Json ComputeNodeStatus(const NodeFacts& facts, const NodeStatusInputs& inputs, const Json& previous,
                       WallTime now) {
  Json status = {{"addresses", Addresses(facts)},
                 {"capacity", Resources(facts, inputs, false)},
                 {"allocatable", Resources(facts, inputs, true)},
                 {"nodeInfo", NodeInfo(facts, inputs)},
                 {"conditions", Conditions(facts, inputs, previous, now)},
                 {"images", inputs.images ? Images(*inputs.images) : ImagesIn(previous)}};
  if (inputs.kubelet_port != 0) {
    status["daemonEndpoints"] = {{"kubeletEndpoint", {{"Port", inputs.kubelet_port}}}};
  }
  return status;
}

std::map<std::string, std::string> Allocatable(const NodeFacts& facts,
                                               const NodeStatusInputs& inputs) {
  return Resources(facts, inputs, true).get<std::map<std::string, std::string>>();
}

bool SameNodeStatus(const Json& a, const Json& b) {
  return WithoutHeartbeats(a) == WithoutHeartbeats(b);
}

Json NodeLabels(const NodeFacts& facts, const std::string& node_name) {
  return {{"kubernetes.io/hostname", node_name},
          {"kubernetes.io/os", "linux"},
          {"kubernetes.io/arch", facts.architecture}};
}

}  // namespace edge::edged
