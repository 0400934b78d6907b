// A hub's memory and load by the number of its nodes and pods. Used by tools/bench.

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "common/file.h"
#include "tests/bench/api_requests.h"
#include "tests/bench/figures.h"
#include "tests/bench/kube_client.h"
#include "tests/bench/process_usage.h"
#include "tests/bench/simulated_fleet.h"

namespace edge::bench {
namespace {

constexpr char kEdgeNodes[] = "/apis/edge.kubeedge.io/v1/edgenodes";
constexpr char kListed[] = "/apis/edge.kubeedge.io/v1/edgenodes?resourceVersion=0";
constexpr char kPods[] = "/api/v1/namespaces/default/pods";
constexpr char kClusterName[] = "retail-edge";
constexpr int kPodsPerNode = 5;
constexpr auto kPatience = std::chrono::minutes(10);
constexpr auto kBetweenLists = std::chrono::milliseconds(250);

struct Options {
  std::string kubeconfig, hub_pid, manifest;
  FleetOptions fleet;
  /// Quiet before memory is read: more than a heartbeat; and how long the load is watched.
  std::chrono::seconds settle{0}, window{0};
  std::vector<int> counts;
};

double SecondsSince(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

std::string NodeName(int number) { return "till-" + std::to_string(number); }

bool IsConnected(const Json& edge_node) {
  const Json* conditions = Find(edge_node, {"status", "conditions"});
  if (conditions == nullptr) return false;
  for (const Json& condition : *conditions) {
    if (FindString(condition, {"type"}) == "Connected") {
      return FindString(condition, {"status"}) == "True";
    }
  }
  return false;
}

class HubScale {
 public:
  HubScale(const Options& options, KubeClient& client, SimulatedFleet& fleet, Json manifest)
      : options_(options), client_(client), fleet_(fleet), manifest_(std::move(manifest)) {}

  Status Run() {
    EDGE_RETURN_IF_ERROR(MeasureMemory());
    for (const int count : options_.counts) {
      EDGE_RETURN_IF_ERROR(GrowTo(count));
      EDGE_RETURN_IF_ERROR(MeasureMemory());
      EDGE_RETURN_IF_ERROR(FillPods());
      EDGE_RETURN_IF_ERROR(MeasureMemory());
      EDGE_RETURN_IF_ERROR(MeasureLoad());
    }
    Print("pod_bytes", static_cast<double>(fleet_.counters().pod_bytes) / pods_);
    Print("refused", fleet_.counters().refused);
    return Status::Ok();
  }

 private:
  /// A figure of this stage: "NAME_NODES_PODS VALUE".
  void Say(const std::string& name, double value) const {
    Print((name + "_" + std::to_string(nodes_) + "_" + std::to_string(pods_)).c_str(), value);
    std::fflush(stdout);
  }

  Status GrowTo(int count) {
    std::vector<std::string> names;
    for (int i = nodes_; i < count; ++i) names.push_back(NodeName(i));
    EDGE_RETURN_IF_ERROR(fleet_.Prepare(names));
    EDGE_ASSIGN_OR_RETURN(const ApiRequests before, ReadApiRequests(client_));
    auto begun = std::chrono::steady_clock::now();
    for (const std::string& name : names) {
      const Json spec = {
          {"clusterName", kClusterName},
          {"connection", {{"mode", "MQTT"}, {"brokerURL", options_.fleet.broker_url}}}};
      const Json node = {{"apiVersion", "edge.kubeedge.io/v1"},
                         {"kind", "EdgeNode"},
                         {"metadata", {{"name", name}}},
                         {"spec", spec}};
      EDGE_RETURN_IF_ERROR(client_.Call("POST", kEdgeNodes, DumpJson(node)).status());
    }
    const int added = count - std::exchange(nodes_, count);
    Say("created_s", SecondsSince(begun));
    begun = std::chrono::steady_clock::now();
    fleet_.Start(names);
    EDGE_RETURN_IF_ERROR(Await("every terminal to reach the broker",
                               [&] { return fleet_.counters().connected == nodes_; }));
    Say("broker_s", SecondsSince(begun));
    while (true) {
      EDGE_ASSIGN_OR_RETURN(const int connected, Connected());
      if (connected == nodes_) break;
      if (SecondsSince(begun) > 600) return DeadlineExceeded(Missing(connected));
      EDGE_RETURN_IF_ERROR(Pause(kBetweenLists));
    }
    Say("connected_s", SecondsSince(begun));
    EDGE_RETURN_IF_ERROR(Await("every Node's status to be written",
                               [&] { return fleet_.counters().nodes >= nodes_; }));
    Say("reported_s", SecondsSince(begun));
    EDGE_ASSIGN_OR_RETURN(const ApiRequests after, ReadApiRequests(client_));
    for (const auto& [what, requests] : Difference(before, after)) {
      Say("storm:" + what, requests / added);
    }
    return Status::Ok();
  }

  /// EdgeNodes that are Connected. A watch would be ended by an API server that is busy.
  Result<int> Connected() {
    EDGE_ASSIGN_OR_RETURN(const Json list, client_.Call("GET", kListed));
    int connected = 0;
    for (const Json& node : list["items"]) connected += IsConnected(node) ? 1 : 0;
    return connected;
  }

  std::string Missing(int connected) const {
    return std::to_string(connected) + " of " + std::to_string(nodes_) +
           " EdgeNodes are Connected after 10 minutes";
  }

  Status FillPods() {
    auto begun = std::chrono::steady_clock::now();
    for (int node = filled_; node < nodes_; ++node) {
      for (int i = 0; i < kPodsPerNode; ++i) {
        Json pod = manifest_;
        pod["metadata"]["name"] = NodeName(node) + "-" + std::to_string(i);
        pod["spec"]["nodeName"] = NodeName(node);
        EDGE_RETURN_IF_ERROR(client_.Call("POST", kPods, DumpJson(pod)).status());
      }
    }
    filled_ = nodes_;
    pods_ = nodes_ * kPodsPerNode;
    Say("pods_created_s", SecondsSince(begun));
    EDGE_RETURN_IF_ERROR(
        Await("every pod to be held", [&] { return fleet_.counters().pods >= pods_; }));
    Say("pods_held_s", SecondsSince(begun));
    EDGE_RETURN_IF_ERROR(
        Await("every status to be written", [&] { return fleet_.counters().statuses >= pods_; }));
    Say("pods_running_s", SecondsSince(begun));
    return Status::Ok();
  }

  Status MeasureMemory() {
    EDGE_RETURN_IF_ERROR(Pause(options_.settle));
    const ProcessUsage usage = UsageOf(options_.hub_pid);
    if (usage.pss_kib == 0) return Unavailable("the hub is gone: see its log");
    Say("pss_kib", usage.pss_kib);
    Say("dirty_kib", usage.private_dirty_kib);
    return Status::Ok();
  }

  Status MeasureLoad() {
    EDGE_ASSIGN_OR_RETURN(const ApiRequests before, ReadApiRequests(client_));
    const double cpu = UsageOf(options_.hub_pid).cpu_seconds;
    const std::int64_t beats = fleet_.counters().heartbeats;
    const auto begun = std::chrono::steady_clock::now();
    EDGE_RETURN_IF_ERROR(Pause(options_.window));
    const double seconds = SecondsSince(begun);
    Say("cpu_percent", (UsageOf(options_.hub_pid).cpu_seconds - cpu) / seconds * 100);
    Say("heartbeats_per_s", static_cast<double>(fleet_.counters().heartbeats - beats) / seconds);
    EDGE_ASSIGN_OR_RETURN(const ApiRequests after, ReadApiRequests(client_));
    for (const auto& [what, count] : Difference(before, after)) {
      Say("api:" + what, count / seconds);
    }
    return Status::Ok();
  }

  Status Await(const std::string& what, const std::function<bool()>& done) {
    return client_.RunUntil(
        done, kPatience,
        what + " (" + std::to_string(nodes_) + " nodes, " + std::to_string(pods_) + " pods)");
  }

  Status Pause(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    return client_.RunUntil([end] { return std::chrono::steady_clock::now() > end; }, kPatience,
                            "quiet");
  }

  const Options& options_;
  KubeClient& client_;
  SimulatedFleet& fleet_;
  const Json manifest_;
  int nodes_ = 0, pods_ = 0, filled_ = 0;
};

Status Run(const Options& options) {
  EDGE_ASSIGN_OR_RETURN(const std::string text, ReadFile(options.manifest));
  EDGE_ASSIGN_OR_RETURN(const Json manifest, ParseJson(text));
  EDGE_ASSIGN_OR_RETURN(const auto client, KubeClient::Open(options.kubeconfig));
  EDGE_ASSIGN_OR_RETURN(const auto fleet, SimulatedFleet::Create(options.fleet));
  return HubScale(options, *client, *fleet, manifest).Run();
}

int Usage() {
  std::fputs(
      "usage: bench_hub_scale KUBECONFIG HUB_PID BROKER_URL BROKER_FOLDER WORK_FOLDER MANIFEST\n"
      "                       SETTLE_SECONDS WINDOW_SECONDS NODES...\n",
      stderr);
  return 2;
}

int Main(int argc, char** argv) {
  if (argc < 10) return Usage();
  Options options;
  options.kubeconfig = argv[1];
  options.hub_pid = argv[2];
  options.fleet = {argv[3], kClusterName, argv[4], argv[5]};
  options.manifest = argv[6];
  options.settle = std::chrono::seconds(std::atoi(argv[7]));
  options.window = std::chrono::seconds(std::atoi(argv[8]));
  for (int i = 9; i < argc; ++i) options.counts.push_back(std::atoi(argv[i]));
  const Status status = Run(options);
  if (!status.ok()) std::fprintf(stderr, "bench_hub_scale: %s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}

}  // namespace
}  // namespace edge::bench

int main(int argc, char** argv) { return edge::bench::Main(argc, argv); }
