#include "cloudhub/core/shards/shard_plan.h"

#include <algorithm>
#include <map>

#include "common/bytes.h"

namespace edge::cloudhub {
namespace {

/// Whether `self` is the one that should give a shard to a replica that has less than its share:
/// of those that hold the most, the first by name, so that no two give at once.
bool IsGiver(const std::string& self, const std::map<std::string, int>& counts) {
  const auto most = std::max_element(
      counts.begin(), counts.end(),
      [](const auto& left, const auto& right) { return left.second < right.second; });
  return most != counts.end() && most->first == self;
}

}  // namespace

Shard ShardOf(std::string_view node) { return Sha256(node)[0] >> 4; }

ShardPlan PlanShards(const std::string& self, const std::set<std::string>& live,
                     const std::array<std::string, kShards>& holders) {
  ShardPlan plan;
  const int replicas = std::max<int>(1, static_cast<int>(live.size()));
  const int least = kShards / replicas;
  const int most = (kShards + replicas - 1) / replicas;
  std::map<std::string, int> counts;
  for (const std::string& replica : live) counts[replica] = 0;
  for (const std::string& holder : holders) {
    if (counts.contains(holder)) ++counts[holder];
  }
  int mine = counts[self];
  const auto free = std::count(holders.begin(), holders.end(), std::string());
  int needed = 0;  // by the others, for the least that each should have
  for (const auto& [replica, count] : counts) {
    if (replica != self) needed += std::max(0, least - count);
  }
  const int may_hold = free > needed ? most : least;
  int surplus = mine - most;
  if (surplus <= 0 && mine > least && needed > 0 && free == 0 && IsGiver(self, counts)) surplus = 1;
  // Each begins elsewhere, so that replicas which start together do not race for the same ones.
  const int first = ShardOf(self);
  for (int i = 0; i < kShards; ++i) {
    const Shard shard = (first + i) % kShards;
    const std::string& holder = holders[static_cast<std::size_t>(shard)];
    if (holder.empty() && mine < may_hold) {
      plan.claim.push_back(shard);
      ++mine;
    } else if (holder == self && surplus > 0) {
      plan.release.push_back(shard);
      --surplus;
    }
  }
  return plan;
}

}  // namespace edge::cloudhub
