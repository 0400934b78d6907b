#include "cloudhub/core/shards/membership.h"

#include <algorithm>
#include <utility>

#include "cloudhub/core/resources.h"
#include "common/bytes.h"
#include "common/log.h"

namespace edge::cloudhub {
namespace {

constexpr Duration kMemberRetry = std::chrono::seconds(1);

std::string HolderIn(const Json& lease) { return FindString(lease, {"spec", "holderIdentity"}); }
std::string RenewedIn(const Json& lease) { return FindString(lease, {"spec", "renewTime"}); }

}  // namespace

Membership::Membership(const std::string& hub_id, KubeApi& api, Executor& executor, Random& random,
                       MemberTimes times, std::function<void()> on_change)
    : hub_id_(hub_id),
      identity_(hub_id + "_" + HexEncode(random.Bytes(4))),
      api_(api),
      executor_(executor),
      times_(times),
      on_change_(std::move(on_change)) {}

bool Membership::Valid() const { return joined_ && executor_.clock().Boot() < valid_until_; }

std::set<std::string> Membership::Live() const {
  std::set<std::string> live;
  if (!Valid()) return live;
  live.insert(identity_);
  for (const auto& [name, other] : others_) {
    if (executor_.clock().Boot() < other.seen + times_.life) live.insert(other.identity);
  }
  return live;
}

bool Membership::Named(const std::string& identity) const {
  return identity == namesake_ ||
         std::any_of(others_.begin(), others_.end(),
                     [&](const auto& other) { return other.second.identity == identity; });
}

// The own Lease.

void Membership::Join() {
  if (left_ || std::exchange(joining_, true)) return;
  api_.Get(kUrgent, kLeases, kHubNamespace, LeaseName(hub_id_),
           [this, alive = std::weak_ptr(alive_)](const Result<Json>& found) {
             if (!alive.expired()) OnOwn(found);
           });
}

void Membership::OnOwn(const Result<Json>& found) {
  const BootTime sent = executor_.clock().Boot();
  auto done = [this, sent, alive = std::weak_ptr(alive_)](const Result<Json>& written) {
    if (!alive.expired()) OnJoined(written, sent);
  };
  if (found.status().code() == Code::kNotFound) {
    const Json lease = {{"apiVersion", "coordination.k8s.io/v1"},
                        {"kind", "Lease"},
                        {"metadata",
                         {{"name", LeaseName(hub_id_)},
                          {"namespace", kHubNamespace},
                          {"labels", {{kHubLeaseLabel, "member"}}}}}};
    return api_.Create(kUrgent, kLeases, Signed(lease), std::move(done));
  }
  if (!found.ok()) return OnJoined(found, sent);
  if (was_joined_ && IsNamesakeAtWork(*found)) {
    joining_ = false;
    return Retry([this] { Join(); });
  }
  api_.Update(kUrgent, kLeases, Signed(*found), std::move(done));
}

bool Membership::IsNamesakeAtWork(const Json& lease) {
  const std::string holder = HolderIn(lease);
  if (holder.empty() || holder == identity_) return false;
  const BootTime now = executor_.clock().Boot();
  if (holder != stood_back_for_.identity) {
    LogError("another hub uses this hub_id: give each replica its own; this one stands back",
             {{"HUB_ID", hub_id_}, {"OTHER", holder}});
  }
  if (holder != stood_back_for_.identity || RenewedIn(lease) != stood_back_for_.renewed) {
    stood_back_for_ = {holder, RenewedIn(lease), now};
  }
  return now < stood_back_for_.seen + times_.life;
}

/// The Lease in this replica's name, from now on.
Json Membership::Signed(Json lease) const {
  const std::string now = FormatMicroTime(executor_.clock().Wall());
  Json& spec = lease["spec"];
  spec["holderIdentity"] = identity_;
  spec["leaseDurationSeconds"] =
      std::chrono::duration_cast<std::chrono::seconds>(times_.life).count();
  spec["acquireTime"] = now;
  spec["renewTime"] = now;
  return lease;
}

void Membership::OnJoined(const Result<Json>& written, BootTime sent) {
  joining_ = false;
  if (left_) return;
  if (!written.ok()) {
    // Once, until it is taken: a full disk lasts for hours.
    if (!std::exchange(told_, true)) {
      LogWarning("the hub's own Lease is not taken, trying again",
                 {{"WHY", written.status().ToString()}});
    }
    return Retry([this] { Join(); });
  }
  uid_ = FindString(*written, {"metadata", "uid"});
  joined_ = was_joined_ = true;
  told_ = false;
  Extend(sent);
  renew_ = executor_.After(times_.renew, [this] { Renew(); });
}

void Membership::Renew() {
  renew_ = executor_.After(times_.renew, [this] { Renew(); });
  const BootTime sent = executor_.clock().Boot();
  // Whoever ended the Lease, or took it, fails the test; so renewals need not wait for each other
  // when the API is slow.
  const Json patch = {{{"op", "test"}, {"path", "/spec/holderIdentity"}, {"value", identity_}},
                      {{"op", "replace"},
                       {"path", "/spec/renewTime"},
                       {"value", FormatMicroTime(executor_.clock().Wall())}}};
  api_.Patch(kUrgent, kLeases, kHubNamespace, LeaseName(hub_id_), "", PatchType::kJson, patch,
             [this, sent, alive = std::weak_ptr(alive_)](const Result<Json>& done) {
               if (!alive.expired()) OnRenewed(done.status(), sent);
             });
}

void Membership::OnRenewed(const Status& status, BootTime sent) {
  if (!joined_) return;
  if (status.ok()) return Extend(sent);
  const bool lost = status.code() == Code::kInvalidArgument || status.code() == Code::kNotFound;
  if (lost) Lost();  // else it is said once it lapses
}

void Membership::Lost() {
  LogWarning("the hub's own Lease was ended by another replica");
  joined_ = false;
  renew_.Cancel();
  Lapse();
  Join();
}

void Membership::OnOwnSeen(const std::string& holder) {
  namesake_ = holder == identity_ ? "" : holder;
  on_change_();
  if (namesake_.empty() || !joined_) return;
  // The watch may tell of what was before this one took it.
  api_.Get(kUrgent, kLeases, kHubNamespace, LeaseName(hub_id_),
           [this, alive = std::weak_ptr(alive_)](const Result<Json>& found) {
             if (alive.expired() || !joined_ || !found.ok()) return;
             if (HolderIn(*found) != identity_) Lost();
           });
}

void Membership::Extend(BootTime sent) {
  const bool was_valid = Valid();
  // A tenth less than the others count, for clocks that run unevenly.
  valid_until_ = std::max(valid_until_, sent + times_.life - times_.life / 10);
  const Duration left = valid_until_ - executor_.clock().Boot();
  lapse_ = executor_.After(std::max(left, Duration::zero()), [this] {
    LogWarning("the hub's own Lease was not renewed in time: it writes nothing until it is");
    Lapse();
  });
  if (!was_valid && Valid()) on_change_();
}

void Membership::Lapse() {
  valid_until_ = {};
  lapse_.Cancel();
  on_change_();
}

void Membership::Leave(Task done) {
  left_ = true;
  joined_ = false;
  for (Timer* timer : {&renew_, &retry_, &ends_}) timer->Cancel();
  Lapse();
  if (!was_joined_) return executor_.Post(std::move(done));
  api_.Delete(kUrgent, kLeases, kHubNamespace, LeaseName(hub_id_), uid_, std::nullopt,
              [done = std::move(done)](const Result<Json>& deleted) {
                if (!deleted.ok() && deleted.status().code() != Code::kNotFound) {
                  LogWarning("the hub's own Lease is not given up: the others wait for its end",
                             {{"WHY", deleted.status().ToString()}});
                }
                done();
              });
}

void Membership::Retry(Task task) { retry_ = executor_.After(kMemberRetry, std::move(task)); }

// The others' Leases.

void Membership::OnLease(const Json& lease, bool deleted) {
  const std::string name = FindString(lease, {"metadata", "name"});
  const std::string holder = HolderIn(lease);
  if (name == LeaseName(hub_id_)) return OnOwnSeen(deleted ? "" : holder);
  if (deleted || holder.empty()) {
    if (others_.erase(name) > 0) on_change_();
    return;
  }
  Other& other = others_[name];
  const bool is_new = other.identity != holder;
  if (is_new || other.renewed != RenewedIn(lease)) other.seen = executor_.clock().Boot();
  other.identity = holder;
  other.renewed = RenewedIn(lease);
  ArmEnds();
  if (is_new) on_change_();
}

void Membership::ArmEnds() {
  if (left_ || ends_.pending()) return;
  std::optional<BootTime> next;
  for (const auto& [name, other] : others_) {
    if (other.ending) continue;
    const BootTime due = other.seen + times_.life;
    next = next ? std::min(*next, due) : due;
  }
  if (!next) return;
  const Duration wait = std::max(*next - executor_.clock().Boot(), Duration::zero());
  ends_ = executor_.After(wait, [this] { EndDead(); });
}

void Membership::EndDead() {
  std::vector<std::string> dead;
  for (const auto& [name, other] : others_) {
    const bool due = other.seen + times_.life <= executor_.clock().Boot();
    if (due && !other.ending) dead.push_back(name);
  }
  for (const std::string& name : dead) End(name);
  ArmEnds();
}

void Membership::End(const std::string& name) {
  others_.at(name).ending = true;
  api_.Get(kUrgent, kLeases, kHubNamespace, name,
           [this, name, alive = std::weak_ptr(alive_)](const Result<Json>& found) {
             if (!alive.expired()) OnDead(name, found);
           });
}

void Membership::OnDead(const std::string& name, const Result<Json>& found) {
  const auto it = others_.find(name);
  if (it == others_.end()) return;
  if (!found.ok()) return OnEnded(name, {}, found.status());
  Other& other = it->second;
  if (HolderIn(*found) != other.identity || RenewedIn(*found) != other.renewed) {
    other.ending = false;
    return OnLease(*found, false);  // it lives: the watch lags
  }
  Json ended = *found;
  ended["spec"].erase("holderIdentity");
  // Carries the resourceVersion that was read: a renewal in between wins.
  api_.Update(kUrgent, kLeases, ended,
              [this, name, ended, alive = std::weak_ptr(alive_)](const Result<Json>& written) {
                if (!alive.expired()) OnEnded(name, ended, written.status());
              });
}

void Membership::OnEnded(const std::string& name, const Json& lease, const Status& status) {
  const auto it = others_.find(name);
  if (it == others_.end()) return;
  if (!status.ok() && status.code() != Code::kNotFound) {
    // Its next look is in a retry's time, unless the watch tells of a renewal.
    it->second.ending = false;
    it->second.seen = executor_.clock().Boot() - times_.life + kMemberRetry;
    return ArmEnds();
  }
  LogWarning("a replica of the hub is gone", {{"REPLICA", it->second.identity}});
  others_.erase(it);
  on_change_();
  if (!status.ok()) return;
  api_.Delete(kUrgent, kLeases, kHubNamespace, name, FindString(lease, {"metadata", "uid"}),
              std::nullopt, [](const Result<Json>&) {});  // one that stays is in nobody's way
}

}  // namespace edge::cloudhub
