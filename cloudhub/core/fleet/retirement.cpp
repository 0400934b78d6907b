#include "cloudhub/core/fleet/retirement.h"

#include <algorithm>
#include <utility>

#include "cloudhub/core/fleet/desired_node.h"
#include "cloudhub/core/fleet/finalizer.h"
#include "cloudhub/core/resources.h"
#include "common/log.h"
#include "common/retry.h"

namespace edge::cloudhub {
namespace {

constexpr Duration kStopPatience = std::chrono::minutes(10);
constexpr Duration kEndPatience = std::chrono::minutes(1);
/// Pods that came meanwhile, and deletions that failed.
constexpr Duration kStopAgain = std::chrono::seconds(5);
constexpr Duration kFirstRetry = std::chrono::seconds(1);
constexpr Duration kLastRetry = std::chrono::minutes(1);

const Json* RetiringCondition(const Json& edge_node) {
  const Json* conditions = Find(edge_node, {"status", "conditions"});
  if (conditions == nullptr || !conditions->is_array()) return nullptr;
  for (const Json& condition : *conditions) {
    if (FindString(condition, {"type"}) == "Retiring") return &condition;
  }
  return nullptr;
}

/// What is left of the ten minutes, as far as any hub has written that they began. The hub's clock
/// is its own: a wrong one never makes it wait longer than once more.
Duration PatienceLeft(const Json& edge_node, WallTime now) {
  const Json* retiring = RetiringCondition(edge_node);
  if (retiring == nullptr) return kStopPatience;
  if (FindString(*retiring, {"reason"}) != "StoppingPods") return Duration::zero();
  const Result<WallTime> since = ParseTime(FindString(*retiring, {"lastTransitionTime"}));
  if (!since.ok()) return kStopPatience;
  const Duration left = kStopPatience - std::chrono::duration_cast<Duration>(now - *since);
  return std::clamp(left, Duration::zero(), kStopPatience);
}

}  // namespace

Retirement::Retirement(const RetirementContext& context, const Json& edge_node, bool wait,
                       Side side)
    : context_(context),
      node_(FindString(edge_node, {"metadata", "name"})),
      uid_(FindString(edge_node, {"metadata", "uid"})),
      side_(std::move(side)),
      wait_(wait && !FindBool(edge_node, {"spec", "stolen"})) {
  const Duration left = PatienceLeft(edge_node, context_.executor.clock().Wall());
  patience_ = context_.executor.clock().Boot() + left;
  LogInfo("the terminal is taken out of service: its EdgeNode is being deleted", {{"NODE", node_}});
  // Later: the owner does not have us yet.
  next_ = context_.executor.After(Duration::zero(), [this] { Run(); });
  limit_ = context_.executor.After(left, [this] { Look(); });
}

void Retirement::SetEdgeNode(const Json& edge_node) {
  if (FindBool(edge_node, {"spec", "stolen"})) wait_ = false;
  Look();
}

template <typename T>
std::function<void(T)> Retirement::InStage(
    std::function<void(const std::remove_cvref_t<T>&)> then) {
  return [this, stage = stage_, then = std::move(then), alive = std::weak_ptr(alive_)](T answer) {
    if (!alive.expired() && stage == stage_) then(answer);
  };
}

void Retirement::Go(Stage stage) {
  stage_ = stage;
  trouble_.clear();
  failures_ = 0;
  limit_.Cancel();
  if (stage == Stage::kEnding) patience_ = context_.executor.clock().Boot() + kEndPatience;
  side_.on_change();
  next_ = context_.executor.After(Duration::zero(), [this] { Run(); });
}

void Retirement::Run() {
  switch (stage_) {
    case Stage::kStopping: return Stop();
    case Stage::kRevoking: return Fetch(&Retirement::OnFetchedToRevoke);
    case Stage::kEnding: return EndSession();
    case Stage::kRemoving: return RemovePods();
    case Stage::kReleasing: return Fetch(&Retirement::OnFetchedToRelease);
    case Stage::kReleased: return;
  }
}

void Retirement::Failed(const Status& why) {
  if (trouble_ != why.ToString()) {
    LogWarning("a terminal's retirement is held up, trying again",
               {{"NODE", node_}, {"STAGE", Reason()}, {"WHY", why.ToString()}});
    trouble_ = why.ToString();
    side_.on_change();
  }
  next_ = context_.executor.After(
      PauseBeforeRetry(context_.random, failures_++, kFirstRetry, kLastRetry), [this] { Run(); });
}

bool Retirement::Stopped() const {
  if (!wait_ || context_.executor.clock().Boot() >= patience_) return true;
  const auto pods = side_.pods();
  return pods && pods->empty() && side_.settled();
}

void Retirement::Look() {
  if (stage_ == Stage::kStopping && Stopped()) Go(Stage::kRevoking);
}

/// As the node, with their own grace: the terminal stops them and says so, as any deleted pod.
void Retirement::Stop() {
  if (Stopped()) return Go(Stage::kRevoking);
  next_ = context_.executor.After(kStopAgain, [this] { Run(); });
  const auto pods = side_.pods();
  if (!pods) return;
  for (const BoundPod& pod : *pods) {
    if (!pod.leaving && deleting_.insert(pod.uid).second) DeletePod(pod);
  }
  side_.on_change();
}

void Retirement::DeletePod(const BoundPod& pod) {
  context_.api.Delete({node_}, kPods, pod.ns, pod.name, pod.uid, std::nullopt,
                      [this, pod, alive = std::weak_ptr(alive_)](const Result<Json>& done) {
                        if (alive.expired()) return;
                        deleting_.erase(pod.uid);
                        if (done.ok() || done.status().code() == Code::kNotFound) return;
                        LogWarning("a pod of a retiring terminal is not deleted, trying again",
                                   {{"POD_UID", pod.uid}, {"WHY", done.status().ToString()}});
                      });
}

void Retirement::Fetch(void (Retirement::*then)(const Json&)) {
  context_.api.Get(
      {}, kEdgeNodes, "", node_, InStage<Result<Json>>([this, then](const Result<Json>& found) {
        const bool other = found.ok() && FindString(*found, {"metadata", "uid"}) != uid_;
        if (other || found.status().code() == Code::kNotFound) {
          return Go(Stage::kReleased);
        }
        if (!found.ok()) return Failed(found.status());
        (this->*then)(*found);
      }));
}

/// As it is now: a certificate may have been recorded since the watch told of it.
void Retirement::OnFetchedToRevoke(const Json& edge_node) {
  if (!context_.revoke_all) return Go(Stage::kEnding);
  context_.revoke_all(edge_node, InStage<Status>([this](const Status& done) {
                        done.ok() ? Go(Stage::kEnding) : Failed(done);
                      }));
}

void Retirement::EndSession() {
  if (!context_.end_session) return Go(Stage::kRemoving);
  context_.end_session(
      node_, InStage<Status>([this](const Status& done) {
        if (done.ok()) return Go(Stage::kRemoving);
        if (context_.executor.clock().Boot() < patience_) return Failed(done);
        LogWarning("the session of a retired terminal may still be up: the broker did not answer",
                   {{"NODE", node_}, {"WHY", done.ToString()}});
        Go(Stage::kRemoving);
      }));
}

/// What was not stopped in time is let go: nobody will ever report its end.
void Retirement::RemovePods() {
  const auto pods = side_.pods();
  for (const BoundPod& pod : pods.value_or(std::vector<BoundPod>())) {
    context_.api.Delete({node_}, kPods, pod.ns, pod.name, pod.uid, 0, [](const Result<Json>&) {});
  }
  RemoveNode();
}

void Retirement::RemoveNode() {
  const auto removed = InStage<Result<Json>>([this](const Result<Json>& done) {
    const bool gone = done.ok() || done.status().code() == Code::kNotFound;
    gone ? Go(Stage::kReleasing) : Failed(done.status());
  });
  context_.api.Get(
      {}, kNodes, "", node_, InStage<Result<Json>>([this, removed](const Result<Json>& found) {
        if (!found.ok()) return removed(found);
        if (!IsNodeOf(*found, context_.cluster_name)) return Go(Stage::kReleasing);
        context_.api.Delete({}, kNodes, "", node_, FindString(*found, {"metadata", "uid"}),
                            std::nullopt, removed);
      }));
}

void Retirement::OnFetchedToRelease(const Json& edge_node) {
  const Json patch = FinalizerPatch(edge_node, false);
  if (patch.is_null()) return Go(Stage::kReleased);
  context_.api.Patch({}, kEdgeNodes, "", node_, "", PatchType::kMerge, patch,
                     InStage<Result<Json>>([this](const Result<Json>& done) {
                       if (!done.ok()) return Failed(done.status());  // a conflict: read anew
                       LogInfo("the terminal is retired", {{"NODE", node_}});
                       Go(Stage::kReleased);
                     }));
}

std::string Retirement::Reason() const {
  switch (stage_) {
    case Stage::kStopping: return "StoppingPods";
    case Stage::kRevoking: return "RevokingCertificates";
    case Stage::kEnding: return "EndingSession";
    case Stage::kRemoving: return "RemovingNode";
    case Stage::kReleasing:
    case Stage::kReleased: break;
  }
  return "Retired";
}

std::string Retirement::Message() const {
  if (!trouble_.empty()) return trouble_;
  switch (stage_) {
    case Stage::kStopping: {
      const auto pods = side_.pods();
      const std::string left = pods ? std::to_string(pods->size()) + " of its pods are there yet"
                                    : "its pods are not known yet";
      return left +
             "; it is waited for until the terminal has stopped them, for 10 minutes at "
             "most: set spec.stolen to go on at once";
    }
    case Stage::kRevoking: return "its certificates are being revoked";
    case Stage::kEnding: return "its session at the broker is being ended";
    case Stage::kRemoving: return "its Node is being deleted";
    case Stage::kReleasing:
    case Stage::kReleased: break;
  }
  return "its certificates are revoked and its Node is gone";
}

}  // namespace edge::cloudhub
