#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/random.h"
#include "sync/hub_types.h"

namespace edge::sync {

/// The objects on their way to one node: what waits, what is in flight within the budget, and when
/// it is sent again. One item per UID: the newest intent.
/// Thread rule: one thread.
class HubQueue {
 public:
  /// Items at most; what does not fit is dropped and left to the digests.
  static constexpr std::size_t kMaxQueued = 4096;

  /// `config` and `random` outlive it.
  HubQueue(const HubConfig& config, Random& random) : config_(config), random_(random) {}

  /// The node should hold that version. Does not displace a removal that has evidence of its own:
  /// a UID that is gone never comes back.
  void WantPut(const Entry& entry);
  void WantRemove(const Entry& entry, Evidence evidence);

  /// Sends what is due and fits: ConfigMaps, Secrets and other small ones before the pods that use
  /// them, pods gone before what they used.
  std::vector<DownMessage> Take(const DesiredView& view, std::uint32_t rule, std::uint64_t epoch,
                                BootTime now);
  /// The item that went out under that order, if it still is the newest intent for its UID.
  bool Awaits(const Entry& entry, const Order& order) const;
  void Settle(const Entry& entry);
  /// The node could not keep it: again after a back-off.
  void Postpone(const Entry& entry, BootTime now);
  /// Nothing counts as sent: new orders, no back-off.
  void Restart();

  std::size_t size() const { return items_.size(); }
  /// The next retry; nullopt when nothing is in flight or postponed.
  std::optional<BootTime> next_retry() const;

 private:
  struct Item {
    Entry entry;
    Evidence evidence = Evidence::kUnspecified;  // of a removal; kUnspecified: a put
    Order order;                                 // of the last sending; zero: a new one is due
    bool in_flight = false;
    std::size_t bytes = 0;
    int attempts = 0;
    BootTime retry_at{};
  };
  using Key = std::pair<Kind, std::string>;

  static int Rank(const Item& item);
  std::optional<DownMessage> Compose(Item* item, const DesiredView& view, std::uint32_t rule,
                                     std::uint64_t epoch);
  bool Fits(const Item& item) const;
  void Count(Item* item, std::size_t bytes);
  void Uncount(Item* item);
  void Erase(std::map<Key, Item>::iterator at);
  BootTime RetryAt(int attempts, BootTime now);

  const HubConfig& config_;
  Random& random_;
  std::map<Key, Item> items_;
  std::size_t in_flight_ = 0, bytes_in_flight_ = 0;
  std::uint64_t sequence_ = 0;
};

}  // namespace edge::sync
