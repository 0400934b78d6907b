// The floor of the pod benchmarks: bare CRI calls, with no agent. Used by tools/bench.

#include <chrono>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>

#include "tests/bench/figures.h"
#include "tests/bench/floor_pod.h"

namespace edge::bench {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(20);
constexpr auto kPatience = std::chrono::seconds(120);

int Fail(const Status& status) {
  std::fprintf(stderr, "bench_cri_floor: %s\n", status.ToString().c_str());
  return 1;
}

double MillisecondsSince(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun)
      .count();
}

/// One pod after the other: a line "pod MILLISECONDS" each.
int Sequence(FloorPods& pods, int count) {
  for (int i = 0; i < count; ++i) {
    const Result<std::size_t> pod = pods.Prepare("floor-" + std::to_string(i));
    if (!pod.ok()) return Fail(pod.status());
    const Result<double> took = pods.Start(*pod);
    if (!took.ok()) return Fail(took.status());
    Print("pod", *took);
  }
  return 0;
}

/// All at once: the time until the last one runs.
int Makespan(FloorPods& pods, int count) {
  for (int i = 0; i < count; ++i) {
    const Result<std::size_t> pod = pods.Prepare("floor-" + std::to_string(i));
    if (!pod.ok()) return Fail(pod.status());
  }
  std::vector<Status> ended(static_cast<std::size_t>(count));
  const auto begun = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < ended.size(); ++i) {
    threads.emplace_back([&pods, &ended, i] { ended[i] = pods.Start(i).status(); });
  }
  for (std::thread& thread : threads) thread.join();
  const double took = MillisecondsSince(begun);
  for (const Status& status : ended) {
    if (!status.ok()) return Fail(status);
  }
  Print("makespan", took);
  return 0;
}

/// Pods of the node `label` that have a running container.
Result<std::size_t> RunningPods(edged::CriRuntime& runtime) {
  EDGE_ASSIGN_OR_RETURN(const auto containers, runtime.ListContainers());
  std::map<std::string, bool> pods;
  for (const edged::ContainerInfo& container : containers) {
    if (container.state != edged::ContainerState::kRunning) continue;
    pods[container.labels.at("io.kubernetes.pod.uid")] = true;
  }
  return pods.size();
}

/// Waits until `count` pods of an agent run; `since` is CLOCK_REALTIME in nanoseconds (date +%s%N).
int Await(const FloorOptions& options, int count, long long since) {
  edged::CriOptions cri;
  cri.socket = options.socket;
  cri.label_key = "edge.kubeedge.io/node";
  cri.label_value = options.label;
  edged::CriRuntime runtime(cri);
  const auto begun = std::chrono::steady_clock::now();
  Result<std::size_t> running = std::size_t{0};
  while (std::chrono::steady_clock::now() - begun < kPatience) {
    running = RunningPods(runtime);
    if (running.ok() && *running >= static_cast<std::size_t>(count)) {
      const auto now = std::chrono::system_clock::now().time_since_epoch();
      const auto now_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
      Print("running", static_cast<double>(now_ns - since) / 1e6);
      return 0;
    }
    std::this_thread::sleep_for(kPoll);
  }
  if (!running.ok()) return Fail(running.status());
  return Fail(DeadlineExceeded(std::to_string(*running) + " of " + std::to_string(count) +
                               " pods of node " + options.label + " run after 120 s"));
}

int Usage() {
  std::fputs(
      "usage: bench_cri_floor SOCKET WORK_DIR CGROUP_PARENT sequence COUNT\n"
      "       bench_cri_floor SOCKET WORK_DIR CGROUP_PARENT makespan COUNT\n"
      "       bench_cri_floor SOCKET WORK_DIR CGROUP_PARENT remove\n"
      "       bench_cri_floor SOCKET NODE - await COUNT SINCE_NANOSECONDS\n",
      stderr);
  return 2;
}

int Main(int argc, char** argv) {
  if (argc < 5) return Usage();
  const std::string mode = argv[4];
  const int count = argc > 5 ? std::atoi(argv[5]) : 0;
  FloorOptions options{argv[1], argv[2], argv[3]};
  if (mode == "await" && argc > 6) {
    options.label = argv[2];
    return Await(options, count, std::atoll(argv[6]));
  }
  FloorPods pods(options);
  if (mode == "sequence") return Sequence(pods, count);
  if (mode == "makespan") return Makespan(pods, count);
  if (mode != "remove") return Usage();
  const Status removed = pods.RemoveAll();
  return removed.ok() ? 0 : Fail(removed);
}

}  // namespace
}  // namespace edge::bench

int main(int argc, char** argv) { return edge::bench::Main(argc, argv); }
