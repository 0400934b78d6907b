#include "cloudhub/adapters/kubernetes/cluster_identity.h"

#include <utility>

#include "common/log.h"

namespace edge::cloudhub::kubernetes {
namespace {

const Resource kNamespaces{"", "v1", "namespaces"};

}  // namespace

ClusterIdentity::ClusterIdentity(KubeApi& api, Executor& executor, Random& random,
                                 std::function<void(const std::string& uid)> on_known)
    : api_(api), executor_(executor), backoff_(random), on_known_(std::move(on_known)) {}

void ClusterIdentity::Start() {
  api_.Get({}, kNamespaces, "", "kube-system",
           [this, alive = std::weak_ptr(alive_)](const Result<Json>& answer) {
             if (!alive.expired()) Take(answer);
           });
}

void ClusterIdentity::Take(const Result<Json>& answer) {
  const std::string uid = answer.ok() ? FindString(*answer, {"metadata", "uid"}) : "";
  if (!uid.empty()) return on_known_(uid);
  const Status status = answer.ok() ? DataLoss("it has no metadata.uid") : answer.status();
  // Once for each kind of trouble: refused connections may become a refused role.
  if (std::exchange(logged_, std::string(CodeName(status.code()))) != CodeName(status.code())) {
    LogWarning(
        "waiting for the cluster: namespace kube-system, whose UID is its identity, cannot "
        "be read",
        {{"WHY", status.ToString()}});
  }
  again_ = executor_.After(backoff_.Next(), [this] { Start(); });
}

}  // namespace edge::cloudhub::kubernetes
