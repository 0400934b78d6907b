#include "cloudhub/adapters/kubernetes/credentials.h"

#include <cstdlib>

#include "common/file.h"
#include "common/log.h"

namespace edge::cloudhub::kubernetes {
namespace {

constexpr Duration kReadAgain = std::chrono::minutes(1);
constexpr Duration kRenewAgain = std::chrono::seconds(1);
constexpr std::size_t kMaxCredential = 1024 * 1024;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

Result<InCluster> FindInCluster() {
  InCluster cluster;
  cluster.host = Environment("KUBERNETES_SERVICE_HOST");
  cluster.port = Environment("KUBERNETES_SERVICE_PORT");
  if (!cluster.host.empty() && !cluster.port.empty()) return cluster;
  return FailedPrecondition(
      "no Kubernetes API to go to: no kubeconfig is set and this is no pod of a cluster "
      "(KUBERNETES_SERVICE_HOST is not set)",
      "set kubernetes.kubeconfig, or start cloudhub with --standalone, which needs no cluster");
}

Result<Kubeconfig> LoadInCluster(const InCluster& cluster) {
  const bool v6 = cluster.host.find(':') != std::string::npos;
  Kubeconfig config;
  config.server = "https://" + (v6 ? "[" + cluster.host + "]" : cluster.host) + ":" + cluster.port;
  EDGE_ASSIGN_OR_RETURN(config.ca_pem, ReadFile(cluster.folder + "/ca.crt", kMaxCredential));
  EDGE_ASSIGN_OR_RETURN(config.token, ReadFile(cluster.folder + "/token", kMaxCredential));
  TrimToken(config.token);
  return config;
}

Credentials::Credentials(std::string path, InCluster cluster, const Clock& clock)
    : path_(std::move(path)), cluster_(std::move(cluster)), clock_(clock) {}

Result<std::unique_ptr<Credentials>> Credentials::Open(const std::string& kubeconfig_path,
                                                       const Clock& clock) {
  InCluster cluster;
  if (kubeconfig_path.empty()) {
    EDGE_ASSIGN_OR_RETURN(cluster, FindInCluster());
  }
  std::unique_ptr<Credentials> made(new Credentials(kubeconfig_path, std::move(cluster), clock));
  EDGE_ASSIGN_OR_RETURN(Kubeconfig first, made->Load());
  made->current_ = std::make_shared<const Kubeconfig>(std::move(first));
  made->read_at_ = clock.Boot();
  return made;
}

Result<Kubeconfig> Credentials::Load() const {
  return path_.empty() ? LoadInCluster(cluster_) : LoadKubeconfig(path_);
}

void Credentials::Read() {
  read_at_ = clock_.Boot();
  Result<Kubeconfig> now = Load();
  if (!now.ok()) {
    if (readable_) {
      LogWarning(
          "credentials for the Kubernetes API cannot be read again; what was read before "
          "holds",
          {{"WHY", now.status().ToString()}});
    }
    readable_ = false;
    return;
  }
  readable_ = true;
  if (*now == *current_) return;
  current_ = std::make_shared<const Kubeconfig>(std::move(*now));
  changed_at_ = read_at_;
  LogInfo("credentials for the Kubernetes API were renewed");
}

std::shared_ptr<const Kubeconfig> Credentials::Current() {
  if (clock_.Boot() - read_at_ >= kReadAgain) Read();
  return current_;
}

bool Credentials::Renew(BootTime sent_at) {
  if (clock_.Boot() - read_at_ >= kRenewAgain) Read();
  return changed_at_ && *changed_at_ >= sent_at;
}

}  // namespace edge::cloudhub::kubernetes
