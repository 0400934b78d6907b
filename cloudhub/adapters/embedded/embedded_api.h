#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"
#include "common/random.h"

namespace edge::cloudhub::embedded {

struct EmbeddedApiOptions {
  /// Holds api.db, the serving key, the operators' CA, token and kubeconfig; made with 0700.
  std::string state_dir;
  /// A numeric address to listen on, IPv4 or IPv6.
  std::string listen_address = "127.0.0.1";
  std::uint16_t port = 6443;  ///< 0: any free one, see EmbeddedApi::port()
  /// Further DNS names and IP addresses for the serving certificate. The first one, if there is
  /// any, is also the host that the kubeconfig names; else it is the listen address.
  std::vector<std::string> extra_sans;
};

/// The Kubernetes API that `cloudhub --standalone` has built in: an object store in SQLite, the
/// API's rules on top, and an HTTPS server for kubectl in front of them.
///
/// Thread rule: the executor's thread; HTTP runs on a thread of its own that only posts to it.
/// Destroy it on the executor's thread, before the executor.
class EmbeddedApi {
 public:
  /// Opens or makes the state folder and what is in it. Errors: kDataLoss for a database that is
  /// broken, kFailedPrecondition for one that a newer release wrote, the file system's.
  static Result<std::unique_ptr<EmbeddedApi>> Open(Executor& executor, Random& random,
                                                   EmbeddedApiOptions options);
  ~EmbeddedApi();
  EmbeddedApi(const EmbeddedApi&) = delete;
  EmbeddedApi& operator=(const EmbeddedApi&) = delete;

  /// The port that the hub's core and the standalone modules use; no HTTP is involved.
  KubeApi& api();

  /// Binds, starts to serve, and writes the kubeconfig where it is another; that it cannot be
  /// written is logged. Errors: kUnavailable when the address cannot be bound.
  Status Listen();

  /// Where it listens; 0 before Listen.
  std::uint16_t port() const;
  /// The operator's kubeconfig (0600), there after Listen.
  const std::string& kubeconfig_path() const;
  /// The UID of the namespace kube-system, which is the cluster's identity (design.md 7).
  const std::string& cluster_uid() const;

 private:
  struct Parts;
  explicit EmbeddedApi(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace edge::cloudhub::embedded
