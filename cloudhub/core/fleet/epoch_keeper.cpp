#include "cloudhub/core/fleet/epoch_keeper.h"

#include <algorithm>
#include <utility>

#include "cloudhub/core/resources.h"
#include "common/log.h"

namespace edge::cloudhub {
namespace {

constexpr const char* kNamespace = "edge-system";
constexpr const char* kName = "edge-hub-epoch";
constexpr Duration kEpochRetry = std::chrono::seconds(1);
/// Raising it makes every node hear of it: not more often than this, whatever nodes say.
constexpr Duration kMinInterval = std::chrono::seconds(10);
constexpr std::uint64_t kMaxStep = 1'000'000;
constexpr std::uint64_t kMaxEpoch = 0x7fffffff;  // leaseTransitions is an int32

}  // namespace

EpochKeeper::EpochKeeper(std::string holder, KubeApi& api, Executor& executor,
                         std::function<void(std::uint64_t)> on_epoch)
    : holder_(std::move(holder)), api_(api), executor_(executor), on_epoch_(std::move(on_epoch)) {}

void EpochKeeper::RaiseAbove(std::uint64_t floor) {
  // What a node claims is bounded: no epoch that a hub took can be so far ahead.
  if (floor > epoch_ + kMaxStep || floor >= kMaxEpoch) {
    LogError("a node claims an impossible epoch, ignored", {{"EPOCH", std::to_string(floor)}});
    return;
  }
  floor_ = std::max(floor_, floor);
  if (busy_) return;
  busy_ = true;
  const BootTime now = executor_.clock().Boot();
  const Duration wait = epoch_ == 0 ? Duration::zero() : taken_at_ + kMinInterval - now;
  if (wait <= Duration::zero()) return Read();
  retry_ = executor_.After(wait, [this] { Read(); });
}

void EpochKeeper::Read() {
  api_.Get({}, kLeases, kNamespace, kName,
           [this, alive = std::weak_ptr(alive_)](const Result<Json>& lease) {
             if (!alive.expired()) OnRead(lease);
           });
}

void EpochKeeper::OnRead(const Result<Json>& lease) {
  if (lease.status().code() == Code::kNotFound) return Create();
  if (!lease.ok()) return TryAgain("epoch not read, trying again", lease.status());
  const auto held = static_cast<std::uint64_t>(
      std::max<std::int64_t>(0, FindInt(*lease, {"spec", "leaseTransitions"})));
  const std::uint64_t epoch = std::max({held, floor_, epoch_}) + 1;
  Json next = *lease;
  next["spec"]["leaseTransitions"] = epoch;
  next["spec"]["holderIdentity"] = holder_;
  // The resourceVersion that was read is in it: of two hubs one gets a conflict and reads again.
  api_.Update({}, kLeases, next,
              [this, epoch, alive = std::weak_ptr(alive_)](const Result<Json>& written) {
                if (!alive.expired()) OnWritten(written, epoch);
              });
}

void EpochKeeper::Create() {
  const std::uint64_t epoch = std::max(floor_, epoch_) + 1;
  const Json lease = {{"apiVersion", "coordination.k8s.io/v1"},
                      {"kind", "Lease"},
                      {"metadata", {{"name", kName}, {"namespace", kNamespace}}},
                      {"spec", {{"holderIdentity", holder_}, {"leaseTransitions", epoch}}}};
  api_.Create({}, kLeases, lease,
              [this, epoch, alive = std::weak_ptr(alive_)](const Result<Json>& written) {
                if (!alive.expired()) OnWritten(written, epoch);
              });
}

void EpochKeeper::OnWritten(const Result<Json>& written, std::uint64_t epoch) {
  if (!written.ok()) return TryAgain("epoch not written, trying again", written.status());
  epoch_ = epoch;
  taken_at_ = executor_.clock().Boot();
  busy_ = told_ = false;
  LogInfo("epoch taken", {{"EPOCH", std::to_string(epoch)}});
  on_epoch_(epoch);
  if (floor_ >= epoch_) RaiseAbove(floor_);
}

void EpochKeeper::TryAgain(std::string_view what, const Status& why) {
  // Once, until it is taken: a full disk lasts for hours.
  if (!std::exchange(told_, true)) LogWarning(what, {{"WHY", why.ToString()}});
  retry_ = executor_.After(kEpochRetry, [this] { Read(); });
}

}  // namespace edge::cloudhub
