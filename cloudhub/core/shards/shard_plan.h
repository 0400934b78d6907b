#pragma once

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace edge::cloudhub {

/// The nodes are shared out among the hub's replicas in this many parts, each with a Lease of its
/// own (design.md 9).
inline constexpr int kShards = 16;
/// Buckets are the first byte of SHA-256(node name).
inline constexpr int kBucketsOfShard = 256 / kShards;
/// 0 to kShards - 1.
using Shard = int;

/// The first hexadecimal digit of the node's bucket, which is in its topics.
Shard ShardOf(std::string_view node);

/// What one replica should do about the shards, given what it sees.
struct ShardPlan {
  std::vector<Shard> claim, release;
};

/// The part of `self` in a fair split with the fewest moves: no replica holds more than its share
/// rounded up, and one that holds more than its share rounded down gives to one that holds less.
/// `live` holds the replicas at work, `self` among them; a holder is empty where the shard is free.
/// Replicas that see the same come to plans that fit together. Pure.
ShardPlan PlanShards(const std::string& self, const std::set<std::string>& live,
                     const std::array<std::string, kShards>& holders);

}  // namespace edge::cloudhub
