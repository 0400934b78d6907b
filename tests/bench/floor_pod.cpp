#include "tests/bench/floor_pod.h"

#include <chrono>

#include "common/file.h"

namespace edge::bench {
namespace {

constexpr char kNodeLabel[] = "edge.kubeedge.io/node";

edged::CriOptions RuntimeOptions(const FloorOptions& options) {
  edged::CriOptions result;
  result.socket = options.socket;
  result.label_key = kNodeLabel;
  result.label_value = options.label;
  result.image_store.clear();
  return result;
}

std::map<std::string, std::string> Labels(const FloorOptions& options, const std::string& name) {
  return {{kNodeLabel, options.label},
          {"io.kubernetes.pod.name", name},
          {"io.kubernetes.pod.namespace", "default"},
          {"io.kubernetes.pod.uid", name + "-uid"}};
}

edged::SandboxConfig Sandbox(const FloorOptions& options, const std::string& name) {
  edged::SandboxConfig config;
  config.pod_uid = name + "-uid";
  config.pod_namespace = "default";
  config.pod_name = name;
  config.hostname = name;
  config.log_directory = options.work_dir + "/" + name + "/log";
  config.dns = edged::DnsConfig{{"127.0.0.1"}, {}, {}};
  config.labels = Labels(options, name);
  config.cgroup_parent = options.cgroup_parent;
  config.seccomp = edged::SecurityProfile{};
  return config;
}

/// As the agent writes a best-effort container of the benchmarks' manifest.
edged::ContainerConfig Container(const FloorOptions& options, const std::string& name) {
  const std::string folder = options.work_dir + "/" + name;
  edged::ContainerConfig config;
  config.name = "app";
  config.labels = Labels(options, name);
  config.labels["io.kubernetes.container.name"] = "app";
  config.log_path = "app/0.log";
  config.mounts = {{"/config", folder + "/config", true, 0},
                   {"/shared", folder + "/shared", false, 0},
                   {"/etc/hosts", folder + "/hosts", false, 0},
                   {"/dev/termination-log", folder + "/message", false, 0}};
  if (options.service_account) {
    config.mounts.push_back(
        {"/var/run/secrets/kubernetes.io/serviceaccount", folder + "/token", true, 0});
  }
  config.resources.cpu_shares = 2;
  config.resources.oom_score_adj = 1000;
  config.seccomp = edged::SecurityProfile{edged::SecurityProfile::Type::kUnconfined, {}};
  config.masked_paths = {"/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/timer_list",
                         "/sys/firmware"};
  config.readonly_paths = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                           "/proc/sysrq-trigger"};
  return config;
}

}  // namespace

FloorPods::FloorPods(const FloorOptions& options)
    : options_(options), runtime_(RuntimeOptions(options)) {}

Result<std::size_t> FloorPods::Prepare(const std::string& name) {
  if (image_id_.empty()) {
    EDGE_ASSIGN_OR_RETURN(const auto image, runtime_.ImageStatus(options_.image));
    if (!image) return NotFound("image " + options_.image + " is not in " + options_.socket);
    image_id_ = image->id;
  }
  const std::string folder = options_.work_dir + "/" + name;
  for (const char* part : {"/log/app", "/config", "/shared", "/token"}) {
    EDGE_RETURN_IF_ERROR(MakeDirectories(folder + part));
  }
  for (const char* file : {"/hosts", "/message", "/config/greeting"}) {
    EDGE_RETURN_IF_ERROR(WriteFileAtomically(folder + file, "127.0.0.1 localhost\n", 0644));
  }
  FloorPod pod{Sandbox(options_, name), Container(options_, name)};
  pod.container.image = image_id_;
  pods_.push_back(std::move(pod));
  return pods_.size() - 1;
}

Result<double> FloorPods::Start(std::size_t index) {
  const FloorPod& pod = pods_.at(index);
  const auto begun = std::chrono::steady_clock::now();
  EDGE_ASSIGN_OR_RETURN(const std::string sandbox, runtime_.RunSandbox(pod.sandbox));
  EDGE_ASSIGN_OR_RETURN(const std::string container,
                        runtime_.CreateContainer(sandbox, pod.container, pod.sandbox));
  EDGE_RETURN_IF_ERROR(runtime_.StartContainer(container));
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun)
      .count();
}

Status FloorPods::RemoveAll() {
  EDGE_ASSIGN_OR_RETURN(const auto sandboxes, runtime_.ListSandboxes());
  for (const edged::SandboxInfo& sandbox : sandboxes) {
    EDGE_RETURN_IF_ERROR(runtime_.StopSandbox(sandbox.id));
    EDGE_RETURN_IF_ERROR(runtime_.RemoveSandbox(sandbox.id));
  }
  return Status::Ok();
}

}  // namespace edge::bench
