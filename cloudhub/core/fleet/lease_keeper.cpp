#include "cloudhub/core/fleet/lease_keeper.h"

#include <utility>

#include "cloudhub/core/resources.h"
#include "common/log.h"

namespace edge::cloudhub {
namespace {

constexpr const char* kLeaseNamespace = "kube-node-lease";
constexpr int kLeaseSeconds = 40;  // kubelet's, which other people's tools expect

}  // namespace

void LeaseKeeper::Renew(WallTime received, const std::string& node_uid) {
  node_uid_ = node_uid;
  next_ = received;
  if (!busy_) Write(*std::exchange(next_, std::nullopt));
}

void LeaseKeeper::Write(WallTime time) {
  busy_ = true;
  const Json patch = {{"spec", {{"renewTime", FormatMicroTime(time)}}}};
  api_.Patch({node_}, kLeases, kLeaseNamespace, node_, "", PatchType::kMerge, patch,
             [this, time, alive = std::weak_ptr(alive_)](const Result<Json>& done) {
               if (alive.expired()) return;
               if (done.status().code() == Code::kNotFound) return Create(time);
               OnDone(done.status());
             });
}

void LeaseKeeper::Create(WallTime time) {
  const Json lease = {
      {"apiVersion", "coordination.k8s.io/v1"},
      {"kind", "Lease"},
      {"metadata",
       {{"name", node_},
        {"namespace", kLeaseNamespace},
        {"ownerReferences",
         {{{"apiVersion", "v1"}, {"kind", "Node"}, {"name", node_}, {"uid", node_uid_}}}}}},
      {"spec",
       {{"holderIdentity", node_},
        {"leaseDurationSeconds", kLeaseSeconds},
        {"renewTime", FormatMicroTime(time)}}}};
  api_.Create({node_}, kLeases, lease,
              [this, alive = std::weak_ptr(alive_)](const Result<Json>& done) {
                if (!alive.expired()) OnDone(done.status());
              });
}

void LeaseKeeper::OnDone(const Status& status) {
  busy_ = false;
  if (!status.ok()) {
    LogWarning("lease not renewed", {{"NODE", node_}, {"WHY", status.ToString()}});
  }
  if (next_) Write(*std::exchange(next_, std::nullopt));
}

}  // namespace edge::cloudhub
