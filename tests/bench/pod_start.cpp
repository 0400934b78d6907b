// Pods one after another: through the API to Running, and by bare CRI calls. Used by tools/bench.

#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "common/file.h"
#include "tests/bench/figures.h"
#include "tests/bench/floor_pod.h"
#include "tests/bench/kube_client.h"

namespace edge::bench {
namespace {

using Instant = std::chrono::steady_clock::time_point;
constexpr char kPods[] = "/api/v1/namespaces/default/pods";
constexpr auto kPatience = std::chrono::seconds(60);
/// Between two pods, so that one's last writes are not in the other's time.
constexpr auto kQuiet = std::chrono::milliseconds(500);

double Milliseconds(Instant from, Instant to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

/// A node name of the command line: whoever schedules the cluster's pods chooses.
constexpr char kScheduled[] = "-";

struct Seen {
  std::optional<Instant> added, bound, running;
};

/// Milliseconds from each of them to Running in the API, as a watch sees it.
struct Times {
  std::vector<double> sent, accepted, bound;
};

class PodStart {
 public:
  PodStart(KubeClient& client, FloorPods& floor, std::string node, Json manifest)
      : client_(client), floor_(floor), node_(std::move(node)), manifest_(std::move(manifest)) {}

  Status Run(int count) {
    EDGE_ASSIGN_OR_RETURN(const Json list, client_.Call("GET", kPods));
    client_.Watch(std::string(kPods) + "?watch=1&resourceVersion=" +
                      FindString(list, {"metadata", "resourceVersion"}),
                  [this](const std::string&, const Json& pod) { OnEvent(pod); });
    EDGE_RETURN_IF_ERROR(OnePod("warm-up"));
    EDGE_RETURN_IF_ERROR(OneFloor("floor-warm-up"));
    from_ = {}, floors_.clear();
    for (int i = 0; i < count; ++i) {
      // Who goes first alternates: what the first leaves behind weighs on both alike.
      const std::string name = "bench-" + std::to_string(i);
      if (i % 2 == 0) EDGE_RETURN_IF_ERROR(OnePod(name));
      EDGE_RETURN_IF_ERROR(OneFloor("floor-" + std::to_string(i)));
      if (i % 2 == 1) EDGE_RETURN_IF_ERROR(OnePod(name));
    }
    return Status::Ok();
  }

  void PrintFigures() const {
    PrintQuantiles("pod", from_.accepted);
    PrintQuantiles("pod_sent", from_.sent);
    PrintQuantiles("pod_bound", from_.bound);
    PrintQuantiles("floor", floors_);
  }

 private:
  static void PrintQuantiles(const std::string& name, const std::vector<double>& values) {
    Print((name + "_p50").c_str(), Quantile(values, 0.5));
    Print((name + "_p90").c_str(), Quantile(values, 0.9));
    Print((name + "_p99").c_str(), Quantile(values, 0.99));
  }

  void OnEvent(const Json& pod) {
    Seen& seen = seen_[FindString(pod, {"metadata", "name"})];
    const Instant now = std::chrono::steady_clock::now();
    if (!seen.added) seen.added = now;
    if (!seen.bound && !FindString(pod, {"spec", "nodeName"}).empty()) seen.bound = now;
    if (!seen.running && FindString(pod, {"status", "phase"}) == "Running") seen.running = now;
  }

  Status OnePod(const std::string& name) {
    Json pod = manifest_;
    pod["metadata"]["name"] = name;
    if (node_ != kScheduled) pod["spec"]["nodeName"] = node_;
    const Instant sent = std::chrono::steady_clock::now();
    EDGE_RETURN_IF_ERROR(client_.Call("POST", kPods, DumpJson(pod)).status());
    const Instant answered = std::chrono::steady_clock::now();
    Seen& seen = seen_[name];
    EDGE_RETURN_IF_ERROR(client_.RunUntil([&] { return seen.running.has_value(); }, kPatience,
                                          "pod " + name + " to be Running in the API"));
    from_.sent.push_back(Milliseconds(sent, *seen.running));
    from_.accepted.push_back(Milliseconds(std::min(*seen.added, answered), *seen.running));
    // One that was bound when it was made may be answered before the watch has it.
    const Instant bound = node_ == kScheduled ? *seen.bound : std::min(*seen.bound, answered);
    from_.bound.push_back(Milliseconds(bound, *seen.running));
    return Quiet();
  }

  Status OneFloor(const std::string& name) {
    EDGE_ASSIGN_OR_RETURN(const std::size_t pod, floor_.Prepare(name));
    EDGE_ASSIGN_OR_RETURN(const double took, floor_.Start(pod));
    floors_.push_back(took);
    return Quiet();
  }

  Status Quiet() {
    const Instant end = std::chrono::steady_clock::now() + kQuiet;
    return client_.RunUntil([end] { return std::chrono::steady_clock::now() > end; }, kPatience,
                            "quiet");
  }

  KubeClient& client_;
  FloorPods& floor_;
  const std::string node_;
  const Json manifest_;
  std::map<std::string, Seen> seen_;
  Times from_;
  std::vector<double> floors_;
};

Status Run(char** argv) {
  EDGE_ASSIGN_OR_RETURN(const std::string text, ReadFile(argv[6]));
  EDGE_ASSIGN_OR_RETURN(const Json manifest, ParseJson(text));
  EDGE_ASSIGN_OR_RETURN(const auto client, KubeClient::Open(argv[1]));
  FloorOptions options{argv[3], argv[4], argv[5]};
  options.service_account = std::string(argv[2]) == kScheduled;
  FloorPods floor(options);
  PodStart bench(*client, floor, argv[2], manifest);
  EDGE_RETURN_IF_ERROR(bench.Run(std::atoi(argv[7])));
  bench.PrintFigures();
  return Status::Ok();
}

}  // namespace
}  // namespace edge::bench

int main(int argc, char** argv) {
  if (argc != 8) {
    std::fputs(
        "usage: bench_pod_start KUBECONFIG NODE SOCKET WORK_DIR CGROUP_PARENT MANIFEST COUNT\n"
        "NODE - leaves the choice to the cluster's scheduler\n",
        stderr);
    return 2;
  }
  const edge::Status status = edge::bench::Run(argv);
  if (!status.ok()) std::fprintf(stderr, "bench_pod_start: %s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
