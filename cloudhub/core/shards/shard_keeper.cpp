#include "cloudhub/core/shards/shard_keeper.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "cloudhub/core/resources.h"
#include "common/log.h"

namespace edge::cloudhub {
namespace {

constexpr std::string_view kShardLeasePrefix = "edge-hub-shard.";
constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr Duration kShardRetry = std::chrono::seconds(1);
/// Raising it makes every node of the shard hear of it: not more often, whatever nodes say.
constexpr Duration kMinInterval = std::chrono::seconds(10);
constexpr std::uint64_t kMaxStep = 1'000'000;
constexpr std::uint64_t kMaxEpoch = 0x7fffffff;  // leaseTransitions is an int32

std::uint64_t EpochIn(const Json& lease) {
  return static_cast<std::uint64_t>(
      std::max<std::int64_t>(0, FindInt(lease, {"spec", "leaseTransitions"})));
}

/// kShards where the name is not that of a shard's Lease.
Shard ShardNamed(std::string_view name) {
  if (!name.starts_with(kShardLeasePrefix) || name.size() != kShardLeasePrefix.size() + 1) {
    return kShards;
  }
  const std::size_t digit = kHexDigits.find(name.back());
  return digit == std::string_view::npos ? kShards : static_cast<Shard>(digit);
}

Json NewLease(Shard shard) {
  return {{"apiVersion", "coordination.k8s.io/v1"},
          {"kind", "Lease"},
          {"metadata",
           {{"name", ShardKeeper::LeaseName(shard)},
            {"namespace", kHubNamespace},
            {"labels", {{kHubLeaseLabel, "shard"}}}}},
          {"spec", Json::object()}};
}

}  // namespace

std::string ShardKeeper::LeaseName(Shard shard) {
  return std::string(kShardLeasePrefix) + kHexDigits[static_cast<std::size_t>(shard)];
}

ShardKeeper::ShardKeeper(const std::string& hub_id, KubeApi& api, Executor& executor,
                         Random& random, MemberTimes times, Callbacks callbacks)
    : api_(api),
      executor_(executor),
      callbacks_(std::move(callbacks)),
      members_(hub_id, api, executor, random, times, [this] { Replan(); }) {}

void ShardKeeper::Start() {
  ListOptions options;
  options.ns = kHubNamespace;
  options.label_selector = kHubLeaseLabel;
  leases_ =
      api_.Follow(kUrgent, kLeases, options, [this](const WatchEvent& event) { OnEvent(event); });
}

int ShardKeeper::held() const {
  return static_cast<int>(
      std::count_if(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.epoch > 0; }));
}

void ShardKeeper::OnEvent(const WatchEvent& event) {
  switch (event.type) {
    case WatchEvent::Type::kSynced:
      if (!std::exchange(synced_, true)) members_.Join();
      return Replan();
    case WatchEvent::Type::kRelisted:
    case WatchEvent::Type::kRefused: return;
    default: break;
  }
  const bool deleted = event.type == WatchEvent::Type::kDeleted;
  const std::string name = FindString(event.object, {"metadata", "name"});
  const Shard shard = ShardNamed(name);
  if (shard < kShards) return OnShardLease(shard, event.object, deleted);
  members_.OnLease(event.object, deleted);
}

void ShardKeeper::OnShardLease(Shard shard, const Json& lease, bool deleted) {
  Slot& slot = SlotOf(shard);
  // Older than what an answer told already.
  if (EpochIn(lease) < EpochIn(slot.lease)) return;
  const bool mine = FindString(lease, {"spec", "holderIdentity"}) == members_.identity();
  slot.lease = deleted ? Json() : lease;
  if (deleted) slot.floor = std::max(slot.floor, EpochIn(lease));
  if (slot.epoch > 0 && (deleted || (!mine && EpochIn(lease) >= slot.epoch))) Lose(shard);
  Replan();
}

std::string ShardKeeper::HolderOf(const Slot& slot) const {
  if (slot.epoch > 0) return members_.identity();
  std::string holder = FindString(slot.lease, {"spec", "holderIdentity"});
  // What this run does not hold, nobody holds in its name: an earlier answer was lost.
  return members_.Named(holder) ? holder : "";
}

void ShardKeeper::Replan() {
  if (!synced_ || std::exchange(planning_, true)) return;
  if (!members_.Valid()) {
    if (held() > 0) api_.DropWaiting(Unavailable("the hub's own Lease lapsed: it was not sent"));
    for (Shard shard = 0; shard < kShards; ++shard) {
      if (Holds(shard)) Lose(shard);
    }
  } else {
    std::array<std::string, kShards> holders;
    std::transform(slots_.begin(), slots_.end(), holders.begin(),
                   [this](const Slot& slot) { return HolderOf(slot); });
    const ShardPlan plan = PlanShards(members_.identity(), members_.Live(), holders);
    for (const Shard shard : plan.claim) Claim(shard);
    for (const Shard shard : plan.release) Release(shard);
    for (Shard shard = 0; shard < kShards; ++shard) Mend(shard);
  }
  planning_ = false;
}

/// What an earlier write that failed has left to do.
void ShardKeeper::Mend(Shard shard) {
  Slot& slot = SlotOf(shard);
  if (slot.busy) return;
  if (slot.epoch > 0) {
    if (slot.floor >= slot.epoch) RaiseAbove(shard, slot.floor);
  } else if (FindString(slot.lease, {"spec", "holderIdentity"}) == members_.identity()) {
    Release(shard);
  }
}

void ShardKeeper::Claim(Shard shard) {
  Slot& slot = SlotOf(shard);
  if (std::exchange(slot.busy, true)) return;
  const std::uint64_t epoch = std::max({EpochIn(slot.lease), slot.floor, slot.epoch}) + 1;
  const bool is_new = slot.lease.is_null();
  Json lease = is_new ? NewLease(shard) : slot.lease;
  lease["spec"]["holderIdentity"] = members_.identity();
  lease["spec"]["leaseTransitions"] = epoch;
  lease["spec"]["acquireTime"] = FormatMicroTime(executor_.clock().Wall());
  auto done = [this, shard, epoch, alive = std::weak_ptr(alive_)](const Result<Json>& written) {
    if (!alive.expired()) OnClaimed(shard, epoch, written);
  };
  if (is_new) return api_.Create(kUrgent, kLeases, lease, std::move(done));
  // The resourceVersion that was seen is in it: of two replicas one gets a conflict.
  api_.Update(kUrgent, kLeases, lease, std::move(done));
}

void ShardKeeper::OnClaimed(Shard shard, std::uint64_t epoch, const Result<Json>& written) {
  Slot& slot = SlotOf(shard);
  slot.busy = false;
  if (!written.ok()) {
    const Code code = written.status().code();
    const bool lost_race = code == Code::kAborted || code == Code::kAlreadyExists;
    if (!lost_race && !std::exchange(told_, true)) {
      LogWarning("a shard's Lease is not taken, trying again",
                 {{"SHARD", LeaseName(shard)}, {"WHY", written.status().ToString()}});
    }
    return ReadAgain(shard);
  }
  told_ = false;
  if (EpochIn(slot.lease) > epoch) return;  // somebody took it since
  slot.lease = *written;
  if (!members_.Valid()) return;  // claimed anew once it is
  slot.epoch = epoch;
  slot.taken_at = executor_.clock().Boot();
  LogDebug("shard taken", {{"SHARD", LeaseName(shard)}, {"EPOCH", std::to_string(epoch)}});
  callbacks_.on_held(shard, epoch);
  Mend(shard);
}

void ShardKeeper::Release(Shard shard) {
  Slot& slot = SlotOf(shard);
  if (std::exchange(slot.busy, true)) return;
  if (Holds(shard)) Lose(shard);
  Json lease = slot.lease;
  lease["spec"].erase("holderIdentity");
  api_.Update(kUrgent, kLeases, lease,
              [this, shard, alive = std::weak_ptr(alive_)](const Result<Json>& written) {
                if (alive.expired()) return;
                SlotOf(shard).busy = false;
                if (!written.ok()) return ReadAgain(shard);
                if (EpochIn(SlotOf(shard).lease) <= EpochIn(*written)) {
                  SlotOf(shard).lease = *written;
                }
              });
}

void ShardKeeper::ReadAgain(Shard shard) {
  Slot& slot = SlotOf(shard);
  if (std::exchange(slot.busy, true)) return;
  api_.Get(kUrgent, kLeases, kHubNamespace, LeaseName(shard),
           [this, shard, alive = std::weak_ptr(alive_)](const Result<Json>& found) {
             if (alive.expired()) return;
             SlotOf(shard).busy = false;
             if (found.ok()) {
               SlotOf(shard).lease = *found;
             } else if (found.status().code() == Code::kNotFound) {
               SlotOf(shard).lease = Json();
             }
             if (retry_.pending()) return;
             retry_ = executor_.After(kShardRetry, [this] { Replan(); });
           });
}

void ShardKeeper::Lose(Shard shard) {
  Slot& slot = SlotOf(shard);
  slot.epoch = 0;
  slot.raise.Cancel();
  LogDebug("shard given up", {{"SHARD", LeaseName(shard)}});
  callbacks_.on_lost(shard);
}

void ShardKeeper::RaiseAbove(Shard shard, std::uint64_t floor) {
  Slot& slot = SlotOf(shard);
  // What a node claims is bounded: no epoch that a hub took can be so far ahead.
  if (floor > std::max(EpochIn(slot.lease), slot.epoch) + kMaxStep || floor >= kMaxEpoch) {
    LogError("a node claims an impossible epoch, ignored", {{"EPOCH", std::to_string(floor)}});
    return;
  }
  slot.floor = std::max(slot.floor, floor);
  if (slot.epoch == 0 || slot.floor < slot.epoch || slot.raise.pending()) return;
  const Duration wait = slot.taken_at + kMinInterval - executor_.clock().Boot();
  slot.raise = executor_.After(std::max(wait, Duration::zero()), [this, shard] {
    if (Holds(shard) && members_.Valid()) Claim(shard);
  });
}

void ShardKeeper::Leave(Task done) { members_.Leave(std::move(done)); }

}  // namespace edge::cloudhub
