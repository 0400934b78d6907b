#include "edged/agent/outbox.h"

#include <algorithm>
#include <utility>

#include "common/log.h"

namespace edge::edged {
namespace {

constexpr std::size_t kStatusBatch = 64;
/// Events in flight: few, because they are many and nobody waits for them.
constexpr std::size_t kEventBatch = 32;
constexpr Duration kFirstResend = std::chrono::seconds(5);
constexpr int kMaxResendDoublings = 4;

void LogFailedCommit(const Status& status) {
  // The hub's ack comes again with the next resend.
  if (!status.ok()) LogWarning("outbox not cleared", {{"WHY", status.ToString()}});
}

}  // namespace

Outbox::Outbox(offline_store::Store& store, Executor& executor, Random& random, Send send)
    : store_(store), executor_(executor), random_(random), send_(std::move(send)) {
  statuses_.pass_on = [this](std::uint64_t after) { return PassOnStatuses(after); };
  statuses_.waiting = [this] {
    const auto rows = store_.Statuses(0, 1);
    return rows.ok() && !rows->empty();
  };
  events_.pass_on = [this](std::uint64_t after) { return PassOnEvents(after); };
  events_.waiting = [this] {
    const auto rows = store_.Events(0, 1);
    return rows.ok() && !rows->empty();
  };
}

void Outbox::OnConnected() {
  connected_ = true;
  Restart(statuses_);
  Restart(events_);
}

void Outbox::OnDisconnected() {
  connected_ = false;
  statuses_.resend.Cancel();
  events_.resend.Cancel();
}

void Outbox::Restart(Stream& stream) {
  stream.sent = 0;
  stream.silences = 0;
  Kick(stream);
}

void Outbox::Kick(Stream& stream) {
  if (!connected_) return;
  const std::uint64_t last = stream.pass_on(stream.sent);
  if (last == 0) return;
  stream.sent = last;
  if (!stream.resend.pending()) ArmResend(stream);
}

void Outbox::ArmResend(Stream& stream) {
  const Duration ceiling = kFirstResend * (1 << std::min(stream.silences, kMaxResendDoublings));
  stream.resend = executor_.After(ceiling + random_.Jitter(ceiling), [this, &stream] {
    if (!connected_ || !stream.waiting()) return;
    ++stream.silences;
    stream.sent = 0;
    Kick(stream);
    if (!stream.resend.pending()) ArmResend(stream);
  });
}

std::uint64_t Outbox::PassOnStatuses(std::uint64_t after) {
  std::uint64_t last = 0;
  while (true) {
    const auto rows = store_.Statuses(std::max(after, last), kStatusBatch);
    if (!rows.ok() || rows->empty()) return last;
    sync::StatusReport report;
    for (const offline_store::StatusRow& row : *rows) {
      report.rows.push_back({row.sequence, row.entry, row.bytes});
    }
    last = rows->back().sequence;
    send_(std::move(report));
  }
}

std::uint64_t Outbox::PassOnEvents(std::uint64_t after) {
  // One batch at a time: the next one goes when the hub has settled this one.
  if (after > 0 && events_.waiting()) {
    const auto first = store_.Events(0, 1);
    if (first.ok() && !first->empty() && first->front().sequence <= after) return 0;
  }
  const auto rows = store_.Events(after, kEventBatch);
  if (!rows.ok() || rows->empty()) return 0;
  sync::EventReport report;
  report.dropped = store_.DroppedEvents();
  for (const offline_store::EventRow& row : *rows) report.rows.push_back({row.sequence, row.bytes});
  const std::uint64_t last = rows->back().sequence;
  send_(std::move(report));
  return last;
}

void Outbox::OnAck(const sync::StatusAck& ack) {
  offline_store::Batch batch;
  for (const sync::StatusAck::Row& row : ack.rows) {
    if (!row.refused.empty()) {
      LogWarning("status refused by the hub", {{"POD_UID", row.uid}, {"WHY", row.refused}});
    }
    batch.push_back(offline_store::AckStatus{row.uid, row.sequence});
  }
  statuses_.silences = 0;
  if (!batch.empty()) store_.Commit(std::move(batch), LogFailedCommit);
}

void Outbox::OnAck(const sync::EventAck& ack) {
  events_.silences = 0;
  store_.Commit({offline_store::AckEvents{ack.sequence}}, [this](const Status& status) {
    LogFailedCommit(status);
    if (status.ok()) KickEvents();
  });
}

}  // namespace edge::edged
