#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cloudhub/adapters/kubernetes/kubeconfig.h"
#include "common/clock.h"

namespace edge::cloudhub::kubernetes {

/// Where a pod finds the API server and its own token.
struct InCluster {
  std::string host, port;  ///< KUBERNETES_SERVICE_HOST and _PORT
  std::string folder = "/var/run/secrets/kubernetes.io/serviceaccount";
};
/// As the environment has it. Errors: kFailedPrecondition when this is no pod.
Result<InCluster> FindInCluster();
/// Errors: those of ReadFile.
Result<Kubeconfig> LoadInCluster(const InCluster& cluster);

/// How the hub shows who it is. The files are read again when a minute has passed and somebody
/// asks, so that rotation works without a restart; while they cannot be read, what they said before
/// holds.
///
/// Thread rule: one thread.
class Credentials {
 public:
  /// `kubeconfig_path` empty: what a pod is given. Errors: what cannot be read or used, by name.
  static Result<std::unique_ptr<Credentials>> Open(const std::string& kubeconfig_path,
                                                   const Clock& clock);

  /// What requests go out with. Shared: connections refer to it for as long as they use it.
  std::shared_ptr<const Kubeconfig> Current();
  /// Those of the moment `sent_at` were refused: reads them again, at most once a second. True if
  /// they have changed since, for then others were perhaps refused with them, and came first.
  bool Renew(BootTime sent_at);

 private:
  Credentials(std::string path, InCluster cluster, const Clock& clock);
  Result<Kubeconfig> Load() const;
  void Read();

  const std::string path_;
  const InCluster cluster_;
  const Clock& clock_;
  std::shared_ptr<const Kubeconfig> current_;
  BootTime read_at_{};
  std::optional<BootTime> changed_at_;
  bool readable_ = true;
};

}  // namespace edge::cloudhub::kubernetes
