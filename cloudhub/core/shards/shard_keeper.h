#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "cloudhub/core/shards/membership.h"
#include "cloudhub/core/shards/shard_plan.h"

namespace edge::cloudhub {

/// This replica's part of the nodes: takes shards that are free, gives up what is above its share,
/// and stops at once when its own Lease lapses. Each taking raises the shard's epoch, under which
/// its nodes are spoken to (design.md 6).
///
/// Thread rule: the loop thread. The references outlive it.
class ShardKeeper {
 public:
  struct Callbacks {
    /// The shard is held from now on; or it was held before and its epoch rose.
    std::function<void(Shard, std::uint64_t epoch)> on_held;
    /// From now on nothing may be written for its nodes.
    std::function<void(Shard)> on_lost;
  };

  ShardKeeper(const std::string& hub_id, KubeApi& api, Executor& executor, Random& random,
              MemberTimes times, Callbacks callbacks);

  void Start();
  /// A node of that shard has seen an epoch that is not below ours.
  void RaiseAbove(Shard shard, std::uint64_t floor);
  /// Gives everything up; `done` when that was tried.
  void Leave(Task done);

  bool Holds(Shard shard) const { return slots_[static_cast<std::size_t>(shard)].epoch > 0; }
  std::uint64_t EpochOf(Shard shard) const { return slots_[static_cast<std::size_t>(shard)].epoch; }
  int held() const;
  /// Whether this replica's own Lease holds.
  bool leads() const { return members_.Valid(); }

  static std::string LeaseName(Shard shard);

 private:
  struct Slot {
    Json lease;               ///< as last seen; null: there is none
    std::uint64_t epoch = 0;  ///< 0: not held
    std::uint64_t floor = 0;
    BootTime taken_at{};
    bool busy = false;
    Timer raise;
  };

  void OnEvent(const WatchEvent& event);
  void OnShardLease(Shard shard, const Json& lease, bool deleted);
  void Replan();
  void Mend(Shard shard);
  std::string HolderOf(const Slot& slot) const;
  void Claim(Shard shard);
  void OnClaimed(Shard shard, std::uint64_t epoch, const Result<Json>& written);
  void Release(Shard shard);
  void ReadAgain(Shard shard);
  void Lose(Shard shard);
  Slot& SlotOf(Shard shard) { return slots_[static_cast<std::size_t>(shard)]; }

  KubeApi& api_;
  Executor& executor_;
  const Callbacks callbacks_;
  Membership members_;
  std::array<Slot, kShards> slots_;
  bool synced_ = false, planning_ = false;
  bool told_ = false;  ///< that a shard cannot be taken
  std::unique_ptr<Watch> leases_;
  Timer retry_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::cloudhub
