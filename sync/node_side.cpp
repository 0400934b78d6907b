#include "sync/node_side.h"

#include <utility>

#include "sync/digest.h"
#include "sync/prune.h"

namespace edge::sync {
namespace {

void Append(NodeOutput&& from, NodeOutput* to) {
  const auto move_all = [](auto&& source, auto* target) {
    for (auto& each : source) target->push_back(std::move(each));
  };
  move_all(from.commit, &to->commit);
  move_all(from.send, &to->send);
  move_all(from.changed, &to->changed);
  move_all(from.resend_statuses, &to->resend_statuses);
  if (from.welcome) to->welcome = std::move(from.welcome);
  to->heartbeat_now = to->heartbeat_now || from.heartbeat_now;
}

}  // namespace

NodeSync::NodeSync(NodeStart start, References references)
    : state_(start, std::move(references)), staged_(state_) {
  for (const Entry& entry : start.statuses) StatusReported(entry);
}

NodeOutput NodeSync::Receive(const Header& header, const DownMessage& message) {
  NodeOutput out;
  const auto* list = std::get_if<ListRequest>(&message);
  const auto* statuses = std::get_if<StatusRequest>(&message);
  if (list != nullptr || statuses != nullptr) {
    if (!FromOwnCluster(header)) {
      // The Welcome before it may be what is being committed.
      if (committing_ && asked_.size() < kMaxWaiting) asked_.emplace_back(header, message);
      return out;
    }
    if (list != nullptr) Answer(*list, &out);
    if (statuses != nullptr) out.resend_statuses = statuses->uids;
    return out;
  }
  // From any cluster: it is told what it hears anyway, and what it needs to show whose node it is.
  if (const auto* request = std::get_if<HeartbeatRequest>(&message)) {
    out.heartbeat_now = shortener_.Wants(*request);
    return out;
  }
  const bool ours = std::holds_alternative<Put>(message) ||
                    std::holds_alternative<Remove>(message) ||
                    std::holds_alternative<Welcome>(message);
  if (!ours) return out;
  if (!committing_) return RunBatch({{header, message}});
  if (waiting_.size() < kMaxWaiting) waiting_.emplace_back(header, message);
  return out;
}

NodeOutput NodeSync::Committed(const Status& status) {
  NodeOutput out;
  if (!committing_) return out;
  committing_ = false;
  if (status.ok()) {
    out = Settle();
  } else {
    for (Ack::Row& row : rows_) {
      row.outcome = Outcome::kStoreFailed;
      row.message = status.ToString();
    }
    out.send.emplace_back(Ack{std::move(rows_)});
  }
  for (const auto& [header, message] : std::exchange(asked_, {})) {
    Append(Receive(header, message), &out);
  }
  if (!waiting_.empty()) Append(RunBatch(std::exchange(waiting_, {})), &out);
  return out;
}

NodeOutput NodeSync::RunBatch(const Waiting& batch) {
  staged_ = state_;
  changes_ = {};
  rows_.clear();
  welcome_.reset();
  say_stale_ = false;
  store_epoch_ = false;
  for (const auto& [header, message] : batch) ApplyOne(header, message);
  if (store_epoch_ || !changes_.changes.empty()) staged_.StoreEpoch(&changes_);
  if (changes_.changes.empty()) return Settle();
  committing_ = true;
  NodeOutput out;
  out.commit = std::move(changes_.changes);
  return out;
}

void NodeSync::ApplyOne(const Header& header, const DownMessage& message) {
  if (const auto* welcome = std::get_if<Welcome>(&message)) return ApplyWelcome(header, *welcome);
  const auto* put = std::get_if<Put>(&message);
  const auto* remove = std::get_if<Remove>(&message);
  const Entry& entry = put != nullptr ? put->object.entry : remove->entry;
  const Order& order = put != nullptr ? put->order : remove->order;
  if (put != nullptr && staged_.cluster_uid().empty() && !header.cluster_uid.empty()) {
    staged_.Adopt(header.cluster_uid, order.epoch, &changes_);
  }
  if (header.cluster_uid != staged_.cluster_uid() || header.cluster_uid.empty()) {
    AddRow(
        entry, order,
        {Outcome::kOtherCluster, "the node belongs to cluster \"" + staged_.cluster_uid() + "\""});
    return;
  }
  AddRow(entry, order,
         put != nullptr ? staged_.Apply(*put, &changes_) : staged_.Apply(*remove, &changes_));
}

void NodeSync::ApplyWelcome(const Header& header, const Welcome& welcome) {
  const std::string& held = staged_.cluster_uid();
  if (header.cluster_uid.empty()) return;
  if (header.cluster_uid != held) {
    if (!held.empty() && welcome.confirmed_from_cluster_uid != held) return;
    staged_.Adopt(header.cluster_uid, welcome.epoch, &changes_);
  }
  if (welcome.epoch < staged_.epoch()) {
    say_stale_ = true;
    return;
  }
  staged_.Raise(welcome.epoch);
  store_epoch_ = true;
  welcome_ = welcome;
}

void NodeSync::AddRow(const Entry& entry, const Order& order, Verdict verdict) {
  if (verdict.outcome == Outcome::kStale && order.epoch < staged_.epoch()) say_stale_ = true;
  rows_.push_back({entry, order, verdict.outcome, std::move(verdict.message)});
}

/// What was staged is on the disk, or needs no disk: now it counts, and may be told.
NodeOutput NodeSync::Settle() {
  state_ = staged_;
  NodeOutput out;
  if (!rows_.empty()) out.send.emplace_back(Ack{std::move(rows_)});
  if (say_stale_) out.send.emplace_back(Stale{state_.epoch()});
  out.changed = std::move(changes_.held);
  if (welcome_) hub_ = welcome_;
  out.welcome = std::exchange(welcome_, std::nullopt);
  rows_.clear();
  return out;
}

void NodeSync::Answer(const ListRequest& request, NodeOutput* out) const {
  if (request.epoch < state_.epoch()) {
    out->send.emplace_back(Stale{state_.epoch()});
    return;
  }
  const bool desired = request.which == ListRequest::Which::kDesired;
  out->send.emplace_back(
      Inventory{request.which, request.id, desired ? state_.Entries() : Statuses()});
}

bool NodeSync::FromOwnCluster(const Header& header) const {
  return !header.cluster_uid.empty() && header.cluster_uid == state_.cluster_uid();
}

void NodeSync::StatusReported(const Entry& entry) {
  statuses_[{entry.key.kind, entry.uid}] = entry;
}

void NodeSync::StatusForgotten(Kind kind, const std::string& uid) { statuses_.erase({kind, uid}); }

std::vector<Entry> NodeSync::Statuses() const {
  std::vector<Entry> entries;
  for (const auto& [id, entry] : statuses_) entries.push_back(entry);
  return entries;
}

void NodeSync::Fill(Heartbeat* heartbeat) const {
  heartbeat->held_cluster_uid = state_.cluster_uid();
  heartbeat->epoch = state_.epoch();
  heartbeat->prune_rule = kPruneRule;
  heartbeat->desired = DigestOf(state_.Entries());
  heartbeat->status = DigestOf(Statuses());
  heartbeat->unwelcomed = !Welcomed();
}

UpMessage NodeSync::Beat(Heartbeat heartbeat) {
  Fill(&heartbeat);
  return shortener_.Shorten(std::move(heartbeat), Welcomed() && hub_->reads_unchanged);
}

}  // namespace edge::sync
