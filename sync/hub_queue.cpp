#include "sync/hub_queue.h"

#include <algorithm>
#include <utility>

#include "common/retry.h"

namespace edge::sync {
namespace {

constexpr std::size_t kRemoveBytes = 256;  // about what one weighs on the wire
constexpr int kRanks = 4;

}  // namespace

void HubQueue::WantPut(const Entry& entry) {
  const Key key{entry.key.kind, entry.uid};
  const auto at = items_.find(key);
  if (at == items_.end()) {
    if (items_.size() < kMaxQueued) items_[key].entry = entry;
    return;
  }
  Item& item = at->second;
  if (IsProof(item.evidence)) return;
  if (item.evidence == Evidence::kUnspecified && item.entry == entry) return;
  Uncount(&item);
  item = Item();
  item.entry = entry;
}

void HubQueue::WantRemove(const Entry& entry, Evidence evidence) {
  const Key key{entry.key.kind, entry.uid};
  const auto at = items_.find(key);
  if (at == items_.end() && items_.size() >= kMaxQueued) return;
  Item& item = at == items_.end() ? items_[key] : at->second;
  if (IsProof(item.evidence) || item.evidence == evidence) return;
  Uncount(&item);
  item = Item();
  item.entry = entry;
  item.evidence = evidence;
}

int HubQueue::Rank(const Item& item) {
  const bool pod = item.entry.key.kind == Kind::kPod;
  if (item.evidence == Evidence::kUnspecified) return pod ? 2 : 0;
  return pod ? 1 : 3;
}

std::vector<DownMessage> HubQueue::Take(const DesiredView& view, std::uint32_t rule,
                                        std::uint64_t epoch, BootTime now) {
  std::vector<DownMessage> messages;
  for (int rank = 0; rank < kRanks; ++rank) {
    for (auto at = items_.begin(); at != items_.end();) {
      const auto here = at++;
      Item& item = here->second;
      if (Rank(item) != rank || item.retry_at > now || !Fits(item)) continue;
      auto message = Compose(&item, view, rule, epoch);
      if (!message) {
        Erase(here);
        continue;
      }
      item.retry_at = RetryAt(item.attempts++, now);
      messages.push_back(std::move(*message));
    }
  }
  return messages;
}

/// The message as things stand now; nullopt when there is nothing to say any more.
std::optional<DownMessage> HubQueue::Compose(Item* item, const DesiredView& view,
                                             std::uint32_t rule, std::uint64_t epoch) {
  auto wanted = IsProof(item->evidence) ? std::nullopt
                                        : view.Find(item->entry.key.kind, item->entry.uid, rule);
  if (item->evidence == Evidence::kUnspecified && !wanted) return std::nullopt;
  if (item->evidence == Evidence::kUnreferenced && (wanted || view.Referenced(item->entry.key))) {
    return std::nullopt;
  }
  if (wanted && wanted->entry.version != item->entry.version) {
    item->entry = wanted->entry;
    item->order = Order();
  }
  if (item->order == Order()) item->order = {epoch, ++sequence_};
  Count(item, wanted ? wanted->bytes->size() : kRemoveBytes);
  if (wanted) return Put{std::move(*wanted), rule, item->order};
  return Remove{item->entry, item->order, item->evidence};
}

bool HubQueue::Fits(const Item& item) const {
  if (item.in_flight || in_flight_ == 0) return true;
  return in_flight_ < config_.max_in_flight && bytes_in_flight_ < config_.max_in_flight_bytes;
}

void HubQueue::Count(Item* item, std::size_t bytes) {
  Uncount(item);
  item->in_flight = true;
  item->bytes = bytes;
  ++in_flight_;
  bytes_in_flight_ += bytes;
}

void HubQueue::Uncount(Item* item) {
  if (!item->in_flight) return;
  item->in_flight = false;
  --in_flight_;
  bytes_in_flight_ -= item->bytes;
}

void HubQueue::Erase(std::map<Key, Item>::iterator at) {
  Uncount(&at->second);
  items_.erase(at);
}

BootTime HubQueue::RetryAt(int attempts, BootTime now) {
  return now + PauseBeforeRetry(random_, attempts, config_.retry_first, config_.retry_limit);
}

bool HubQueue::Awaits(const Entry& entry, const Order& order) const {
  const auto at = items_.find({entry.key.kind, entry.uid});
  return at != items_.end() && at->second.in_flight && at->second.order == order;
}

void HubQueue::Settle(const Entry& entry) {
  const auto at = items_.find({entry.key.kind, entry.uid});
  if (at != items_.end()) Erase(at);
}

void HubQueue::Postpone(const Entry& entry, BootTime now) {
  const auto at = items_.find({entry.key.kind, entry.uid});
  if (at == items_.end()) return;
  Uncount(&at->second);
  at->second.retry_at = RetryAt(at->second.attempts, now);
}

void HubQueue::Restart() {
  for (auto& [key, item] : items_) {
    Uncount(&item);
    item.order = Order();
    item.attempts = 0;
    item.retry_at = BootTime();
  }
}

std::optional<BootTime> HubQueue::next_retry() const {
  std::optional<BootTime> next;
  for (const auto& [key, item] : items_) {
    if (item.retry_at == BootTime() || !Fits(item)) continue;  // an ack makes room, not time
    if (!next || item.retry_at < *next) next = item.retry_at;
  }
  return next;
}

}  // namespace edge::sync
