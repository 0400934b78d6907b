#include "cloudhub/core/fleet/toleration_keeper.h"

#include <algorithm>
#include <utility>

#include "cloudhub/core/fleet/pod_tolerations.h"
#include "cloudhub/core/resources.h"
#include "cloudhub/core/status/passing.h"
#include "common/log.h"
#include "common/retry.h"

namespace edge::cloudhub {
namespace {

constexpr int kMaxWrites = 4;
constexpr Duration kTolerationDelay = std::chrono::seconds(20);
constexpr Duration kFirstTolerationRetry = std::chrono::seconds(1);
constexpr Duration kLastTolerationRetry = std::chrono::minutes(4);
constexpr Duration kAfterRefusal = std::chrono::minutes(10);

bool IsOver(const Json& pod) {
  const std::string phase = FindString(pod, {"status", "phase"});
  return phase == "Succeeded" || phase == "Failed" ||
         Find(pod, {"metadata", "deletionTimestamp"}) != nullptr;
}

}  // namespace

bool TolerationKeeper::SetPolicy(const std::string& node, std::optional<std::int64_t> seconds) {
  const auto it = seconds_.find(node);
  if (!seconds) return seconds_.erase(node) > 0;
  if (it != seconds_.end() && it->second == *seconds) return false;
  seconds_[node] = *seconds;
  return true;
}

std::optional<std::int64_t> TolerationKeeper::PolicyOf(const Json& pod) const {
  const auto it = seconds_.find(FindString(pod, {"spec", "nodeName"}));
  return it == seconds_.end() ? std::nullopt : std::optional(it->second);
}

void TolerationKeeper::OnPod(const Json& pod) {
  const std::string uid = FindString(pod, {"metadata", "uid"});
  const auto it = waiting_.find(uid);
  if (IsOver(pod)) {
    if (it != waiting_.end() && !it->second.in_flight) waiting_.erase(it);
  } else if (it == waiting_.end() && !TolerationPatch(pod, PolicyOf(pod)).is_null()) {
    Queue(uid, kTolerationDelay);
  }
}

void TolerationKeeper::Queue(const std::string& uid, Duration delay) {
  Waiting& waiting = waiting_[uid];
  waiting.due = executor_.clock().Boot() + delay;
  waiting.in_flight = false;
  queue_.emplace(waiting.due, uid);
  Arm();
}

void TolerationKeeper::Arm() {
  if (queue_.empty() || in_flight_ >= kMaxWrites) return next_.Cancel();
  const Duration wait = queue_.begin()->first - executor_.clock().Boot();
  next_ = executor_.After(std::max(wait, Duration::zero()), [this] { Pump(); });
}

void TolerationKeeper::Pump() {
  const BootTime now = executor_.clock().Boot();
  while (in_flight_ < kMaxWrites && !queue_.empty() && queue_.begin()->first <= now) {
    const auto [due, uid] = *queue_.begin();
    queue_.erase(queue_.begin());
    // Over meanwhile, or queued anew after that.
    const auto it = waiting_.find(uid);
    if (it != waiting_.end() && it->second.due == due && !it->second.in_flight) Write(uid);
  }
  Arm();
}

void TolerationKeeper::Write(const std::string& uid) {
  const std::optional<Json> pod = read_(uid);
  const Json patch = pod ? TolerationPatch(*pod, PolicyOf(*pod)) : Json();
  if (patch.is_null()) {
    waiting_.erase(uid);
    return;
  }
  ++in_flight_;
  waiting_[uid].in_flight = true;
  api_.Patch({}, kPods, FindString(*pod, {"metadata", "namespace"}),
             FindString(*pod, {"metadata", "name"}), "", PatchType::kMerge, patch,
             [this, uid, alive = std::weak_ptr(alive_)](const Result<Json>& done) {
               if (!alive.expired()) OnWritten(uid, done.status());
             });
}

void TolerationKeeper::OnWritten(const std::string& uid, const Status& status) {
  --in_flight_;
  Waiting& waiting = waiting_[uid];
  // A pod of another UID under that name is a refusal too, and no news to the watch.
  if (status.ok() || status.code() == Code::kNotFound || !read_(uid)) {
    waiting_.erase(uid);
  } else if (IsPassing(status) || status.code() == Code::kAborted) {
    Queue(uid, PauseBeforeRetry(random_, waiting.failures++, kFirstTolerationRetry,
                                kLastTolerationRetry));
  } else {
    if (waiting.failures++ == 0) {
      LogWarning(
          "a pod's tolerations were refused, trying again later: it will be evicted when "
          "its node is away",
          {{"POD_UID", uid}, {"WHY", status.ToString()}});
    }
    Queue(uid, kAfterRefusal);
  }
  Arm();
}

}  // namespace edge::cloudhub
