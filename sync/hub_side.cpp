#include "sync/hub_side.h"

#include <algorithm>
#include <utility>

#include "sync/digest.h"
#include "sync/prune.h"

namespace edge::sync {
namespace {

constexpr Duration kQuietLimit = std::chrono::minutes(2);
constexpr Duration kRefusalFirst = std::chrono::seconds(30);
constexpr Duration kRefusalLimit = std::chrono::minutes(5);
constexpr std::size_t kMaxGets = 32;             // of one look at the difference
constexpr std::size_t kMaxStatusRequests = 256;  // UIDs in one message
constexpr int kSilentIntervals = 3;

bool OnlyByReference(Kind kind) {
  return kind == Kind::kConfigMap || kind == Kind::kSecret || kind == Kind::kService;
}

}  // namespace

HubSession::HubSession(const HubConfig& config, const DesiredView& view, Random& random)
    : config_(config), view_(view), random_(random), queue_(config_, random) {}

HubOutput HubSession::SetEpoch(std::uint64_t epoch, BootTime now) {
  HubOutput out;
  if (epoch <= epoch_) return out;
  epoch_ = epoch;
  round_.reset();
  queue_.Restart();
  if (connected_) SendWelcome(&out);
  Fill(now, &out);
  return out;
}

HubOutput HubSession::Changed(const Entry& entry, BootTime now) {
  HubOutput out;
  Touch(entry);
  queue_.WantPut(entry);
  Fill(now, &out);
  return out;
}

HubOutput HubSession::Deleted(const Entry& entry, BootTime now) {
  HubOutput out;
  Touch(entry);
  refused_.erase(entry.uid);
  queue_.WantRemove(entry, Evidence::kWatchDeleted);
  Fill(now, &out);
  return out;
}

HubOutput HubSession::Unreferenced(const Entry& entry, BootTime now) {
  HubOutput out;
  Touch(entry);
  refused_.erase(entry.uid);
  if (OnlyByReference(entry.key.kind)) queue_.WantRemove(entry, Evidence::kUnreferenced);
  Fill(now, &out);
  return out;
}

HubOutput HubSession::Receive(const UpMessage& message, BootTime now) {
  HubOutput out;
  if (const auto* heartbeat = std::get_if<Heartbeat>(&message)) {
    OnHeartbeat(*heartbeat, now, &out);
  } else if (const auto* unchanged = std::get_if<HeartbeatUnchanged>(&message)) {
    OnUnchanged(*unchanged, now, &out);
  } else if (const auto* ack = std::get_if<Ack>(&message)) {
    for (const Ack::Row& row : ack->rows) OnRow(row, now, &out);
  } else if (const auto* inventory = std::get_if<Inventory>(&message)) {
    OnInventory(*inventory, now, &out);
  } else if (const auto* stale = std::get_if<Stale>(&message)) {
    if (epoch_ > 0 && stale->epoch > epoch_) out.raise_epoch_above = stale->epoch;
  }
  Fill(now, &out);
  return out;
}

HubOutput HubSession::Answer(const GetAnswer& answer, BootTime now) {
  HubOutput out;
  const Entry& entry = answer.entry;
  if (answer.what == GetAnswer::What::kNotFound) {
    queue_.WantRemove(entry, Evidence::kGetNotFound);
  } else if (answer.what == GetAnswer::What::kFound && !answer.uid.empty() &&
             answer.uid != entry.uid) {
    queue_.WantRemove(entry, Evidence::kGetOtherUid);
  }
  Fill(now, &out);
  return out;
}

HubOutput HubSession::Tick(BootTime now) {
  HubOutput out;
  if (connected_ && now - heard_ > kSilentIntervals * Interval()) {
    connected_ = false;
    out.disconnected_now = true;
    round_.reset();
    queue_.Restart();
  }
  Fill(now, &out);
  return out;
}

HubOutput HubSession::ConfirmFrom(const std::string& cluster_uid, BootTime now) {
  HubOutput out;
  confirmed_from_ = cluster_uid;
  if (connected_ && !cluster_uid.empty() && other_cluster_ == cluster_uid) SendWelcome(&out);
  Fill(now, &out);
  return out;
}

HubOutput HubSession::SetBroker(const std::string& broker_url, BootTime now) {
  HubOutput out;
  if (std::exchange(broker_url_, broker_url) == broker_url) return out;
  if (connected_ && whole_ && other_cluster_.empty()) SendWelcome(&out);
  Fill(now, &out);
  return out;
}

std::optional<BootTime> HubSession::next_tick() const {
  if (!connected_) return std::nullopt;
  const BootTime silent = heard_ + kSilentIntervals * Interval() + Duration(1);
  const auto retry = Ready() ? queue_.next_retry() : std::nullopt;
  return retry ? std::min(*retry, silent) : silent;
}

bool HubSession::Ready() const {
  return epoch_ > 0 && connected_ && whole_ && other_cluster_.empty() &&
         heartbeat_->epoch <= epoch_;
}

/// False for one that is doubled or late. Any other shows that the node is there.
bool HubSession::Hear(const std::string& session_id, std::uint64_t sequence, BootTime now,
                      HubOutput* out) {
  const auto kind = filter_.Take(session_id, sequence);
  if (kind == HeartbeatFilter::Kind::kOld) return false;
  out->heard = true;
  out->twin_seen = kind == HeartbeatFilter::Kind::kTwin;
  out->connected_now = !connected_ || kind != HeartbeatFilter::Kind::kNext;
  if (kind != HeartbeatFilter::Kind::kNext) whole_.reset();
  if (out->connected_now) {
    greet_ = true;
    round_.reset();
    queue_.Restart();
  }
  heard_ = now;
  connected_ = true;
  return true;
}

void HubSession::OnHeartbeat(const Heartbeat& heartbeat, BootTime now, HubOutput* out) {
  if (!Hear(heartbeat.session_id, heartbeat.sequence, now, out)) return;
  whole_ = heartbeat.sequence;
  Take(heartbeat, now, out);
}

void HubSession::OnUnchanged(const HeartbeatUnchanged& unchanged, BootTime now, HubOutput* out) {
  if (!Hear(unchanged.session_id, unchanged.sequence, now, out)) return;
  if (whole_ != unchanged.whole) {
    if (epoch_ == 0) return;
    out->send.emplace_back(HeartbeatRequest{unchanged.session_id, unchanged.sequence});
    return;
  }
  Heartbeat completed = *heartbeat_;
  completed.sequence = unchanged.sequence;
  Take(completed, now, out);
}

void HubSession::Take(const Heartbeat& heartbeat, BootTime now, HubOutput* out) {
  out->store_changed = heartbeat_ && heartbeat_->store_id != heartbeat.store_id;
  if (out->store_changed) {
    refused_.clear();
    quiet_desired_ = quiet_status_ = Quiet();
    round_.reset();
    queue_.Restart();
  }
  heartbeat_ = heartbeat;
  const std::string& held = heartbeat.held_cluster_uid;
  const bool ours = held == config_.cluster_uid;
  other_cluster_ = held.empty() || ours ? std::string() : held;
  const bool confirmed = !other_cluster_.empty() && other_cluster_ == confirmed_from_;
  if (ours && epoch_ > 0 && heartbeat.epoch > epoch_) out->raise_epoch_above = heartbeat.epoch;
  const bool unheard = std::exchange(greet_, false) || held.empty() || heartbeat.epoch != epoch_ ||
                       heartbeat.unwelcomed;
  if (confirmed || (other_cluster_.empty() && unheard)) SendWelcome(out);
  CompareDigests(now, out);
}

void HubSession::SendWelcome(HubOutput* out) const {
  if (epoch_ == 0) return;
  out->send.emplace_back(Welcome{epoch_, config_.cluster_name, config_.hub_version,
                                 config_.heartbeat_seconds, confirmed_from_,
                                 /*reads_unchanged=*/true, broker_url_});
}

void HubSession::CompareDigests(BootTime now, HubOutput* out) {
  if (!Ready() || !view_.Synced(Kind::kPod) || queue_.size() > 0) return;
  if (round_ && round_->expires > now) return;
  const Digest desired = DigestOf(view_.Desired(Rule()));
  if (desired == heartbeat_->desired) refused_.clear();
  if (Look(&quiet_desired_, desired, heartbeat_->desired, now)) {
    return StartRound(ListRequest::Which::kDesired, now, out);
  }
  if (heartbeat_->pending_statuses > 0) return;
  if (Look(&quiet_status_, DigestOf(view_.Statuses()), heartbeat_->status, now)) {
    StartRound(ListRequest::Which::kStatus, now, out);
  }
}

/// Whether to look into the difference now: at once when it is new, ever more rarely when looking
/// does not change it (a cache that lags, an object that the node refuses).
bool HubSession::Look(Quiet* quiet, const Digest& hub, const Digest& node, BootTime now) const {
  if (hub == node) {
    *quiet = Quiet();
    return false;
  }
  if (quiet->hub != hub || quiet->node != node) {
    *quiet = {hub, node, Duration::zero(), now};
    return true;
  }
  if (now < quiet->until) return false;
  quiet->wait = std::clamp(quiet->wait * 2, Interval(), kQuietLimit);
  quiet->until = now + quiet->wait;
  return true;
}

void HubSession::StartRound(ListRequest::Which which, BootTime now, HubOutput* out) {
  round_ = Round{{which, next_list_id_++, epoch_}, now + 2 * Interval(), {}};
  out->send.emplace_back(round_->request);
}

void HubSession::OnInventory(const Inventory& inventory, BootTime now, HubOutput* out) {
  if (!round_ || !Ready() || inventory.id != round_->request.id ||
      inventory.which != round_->request.which) {
    return;
  }
  if (inventory.which == ListRequest::Which::kDesired) {
    Resolve(inventory, now, out);
  } else {
    ResolveStatuses(inventory, out);
  }
  round_.reset();
}

void HubSession::Resolve(const Inventory& inventory, BootTime now, HubOutput* out) {
  const auto desired = view_.Desired(Rule());
  Difference difference = Compare(desired, inventory.entries);
  PruneRefused(desired);
  const auto touched = [this](const Entry& entry) { return round_->touched.count(entry.uid) > 0; };
  for (const auto* list : {&difference.missing, &difference.other_version}) {
    for (const Entry& entry : *list) {
      if (!touched(entry) && !IsRefused(entry, now)) queue_.WantPut(entry);
    }
  }
  // From another start each time, so that reads that fail do not keep the rest from their turn.
  auto& extra = difference.extra;
  if (extra.size() > kMaxGets) {
    const auto start = static_cast<std::ptrdiff_t>(random_.Below(extra.size()));
    std::rotate(extra.begin(), extra.begin() + start, extra.end());
  }
  for (const Entry& entry : extra) {
    if (!touched(entry)) Examine(entry, out);
  }
}

/// The node holds what the cache has not. That is a question, not an answer.
void HubSession::Examine(const Entry& extra, HubOutput* out) {
  if (!view_.Synced(extra.key.kind)) return;
  if (OnlyByReference(extra.key.kind) && !view_.Referenced(extra.key)) {
    queue_.WantRemove(extra, Evidence::kUnreferenced);
  } else if (out->gets.size() < kMaxGets) {
    out->gets.push_back({extra});
  }
}

void HubSession::ResolveStatuses(const Inventory& inventory, HubOutput* out) {
  StatusRequest request;
  for (const Entry& entry : Compare(view_.Statuses(), inventory.entries).other_version) {
    if (request.uids.size() < kMaxStatusRequests) request.uids.push_back(entry.uid);
  }
  if (!request.uids.empty()) out->send.emplace_back(std::move(request));
}

void HubSession::OnRow(const Ack::Row& row, BootTime now, HubOutput* out) {
  if (!queue_.Awaits(row.entry, row.order)) return;
  Touch(row.entry);
  switch (row.outcome) {
    case Outcome::kCommitted:
    case Outcome::kAlreadyHeld:
    case Outcome::kStillReferred: refused_.erase(row.entry.uid); return queue_.Settle(row.entry);
    case Outcome::kTombstoned:
    case Outcome::kInvalid:
    case Outcome::kNoEvidence: Refuse(row, now); return queue_.Settle(row.entry);
    case Outcome::kStale:
      // Our own newest order for the object was not the highest: somebody speaks in our epoch.
      if (row.order.epoch == epoch_) {
        out->raise_epoch_above = std::max(out->raise_epoch_above.value_or(0), epoch_);
      }
      return queue_.Postpone(row.entry, now);
    case Outcome::kOtherCluster:
    case Outcome::kStoreFailed:
    case Outcome::kUnspecified: return queue_.Postpone(row.entry, now);
  }
}

void HubSession::Refuse(const Ack::Row& row, BootTime now) {
  Refusal& refusal = refused_[row.entry.uid];
  const bool again = refusal.entry == row.entry;
  const Duration wait =
      again ? std::clamp(refusal.wait * 2, kRefusalFirst, kRefusalLimit) : kRefusalFirst;
  refusal = {row.entry, row.outcome, row.message, wait, now + wait};
}

bool HubSession::IsRefused(const Entry& entry, BootTime now) const {
  const auto at = refused_.find(entry.uid);
  return at != refused_.end() && at->second.entry == entry && now < at->second.retry_at;
}

/// What is not wanted any more needs no excuse.
void HubSession::PruneRefused(const std::vector<Entry>& desired) {
  std::map<std::string, Refusal> kept;
  for (const Entry& entry : desired) {
    if (auto node = refused_.extract(entry.uid)) kept.insert(std::move(node));
  }
  refused_ = std::move(kept);
}

void HubSession::Touch(const Entry& entry) {
  if (round_) round_->touched.insert(entry.uid);
}

void HubSession::Fill(BootTime now, HubOutput* out) {
  if (!Ready()) return;
  for (DownMessage& message : queue_.Take(view_, Rule(), epoch_, now)) {
    out->send.push_back(std::move(message));
  }
}

std::uint32_t HubSession::Rule() const {
  return KnowsPruneRule(heartbeat_->prune_rule) ? heartbeat_->prune_rule : kPruneRule;
}

Duration HubSession::Interval() const {
  const std::uint32_t seconds =
      heartbeat_ ? heartbeat_->interval_seconds : config_.heartbeat_seconds;
  return std::chrono::seconds(std::clamp<std::uint32_t>(seconds, 1, 3600));
}

}  // namespace edge::sync
