#include "cloudhub/core/status/event_writer.h"

#include <algorithm>
#include <utility>

#include "cloudhub/core/resources.h"
#include "cloudhub/core/status/passing.h"
#include "common/log.h"
#include "common/retry.h"

namespace edge::cloudhub {
namespace {

/// What one node may have waiting here; the node sends the rest again after the acks.
constexpr std::size_t kMaxQueued = 512;
constexpr Duration kFirstEventRetry = std::chrono::seconds(1);
constexpr Duration kLastEventRetry = std::chrono::minutes(1);

}  // namespace

EventWriter::EventWriter(std::string node, KubeApi& api, Executor& executor, Random& random,
                         Callbacks callbacks)
    : node_(std::move(node)),
      api_(api),
      executor_(executor),
      random_(random),
      callbacks_(std::move(callbacks)) {}

void EventWriter::StartAfresh() {
  // One that is being written keeps its place: its answer takes the front off the queue. Its
  // sequence means nothing to the new store, so it is not acked.
  while (queue_.size() > (busy_ ? 1U : 0U)) queue_.pop_back();
  if (busy_) queue_.front().sequence = 0;
  last_taken_ = 0;
}

void EventWriter::Report(const sync::EventReport& report) {
  for (const sync::EventReport::Row& row : report.rows) {
    if (row.sequence <= last_taken_ || queue_.size() >= kMaxQueued) continue;
    // Rows are in order, and a gap is one that the node dropped: take it as it comes.
    last_taken_ = row.sequence;
    queue_.push_back(row);
  }
  if (queue_.empty() && !report.rows.empty()) {  // the ack was lost; no more than was sent
    callbacks_.settled(std::min(last_taken_, report.rows.back().sequence));
  }
  WriteNext();
}

void EventWriter::WriteNext() {
  if (busy_ || retry_.pending() || queue_.empty()) return;
  const Result<Json> event = ParseJson(queue_.front().bytes, {.max_bytes = 64 * 1024});
  busy_ = true;
  if (!event.ok()) return OnDone(event.status());
  callbacks_.judge(*event,
                   [this, event = *event, alive = std::weak_ptr(alive_)](const Status& may) {
                     if (alive.expired()) return;
                     if (!may.ok()) return OnDone(may);
                     Create(event);
                   });
}

void EventWriter::Create(const Json& event) {
  api_.Create({node_}, kEvents, event,
              [this, event, alive = std::weak_ptr(alive_)](const Result<Json>& done) {
                if (alive.expired()) return;
                if (done.status().code() == Code::kAlreadyExists) return ReadRepeat(event);
                OnDone(done.status());
              });
}

void EventWriter::ReadRepeat(const Json& event) {
  // In the hub's own name: nodes have no right to read Events.
  api_.Get({}, kEvents, FindString(event, {"metadata", "namespace"}),
           FindString(event, {"metadata", "name"}),
           [this, event, alive = std::weak_ptr(alive_)](const Result<Json>& held) {
             if (alive.expired()) return;
             if (!held.ok()) return OnDone(held.status());
             const auto same = [&](std::initializer_list<std::string_view> path) {
               return FindString(*held, path) == FindString(event, path);
             };
             // The name alone could be anybody's Event.
             if (same({"involvedObject", "uid"}) && same({"source", "host"}) && same({"reason"}) &&
                 same({"involvedObject", "name"})) {
               return UpdateRepeat(event);
             }
             OnDone(PermissionDenied("an Event of that name is about something else"));
           });
}

void EventWriter::UpdateRepeat(const Json& event) {
  Json patch = Json::object();
  for (const char* field : {"count", "lastTimestamp", "message", "series"}) {
    if (const Json* value = Find(event, {field})) patch[field] = *value;
  }
  api_.Patch({node_}, kEvents, FindString(event, {"metadata", "namespace"}),
             FindString(event, {"metadata", "name"}), "", PatchType::kMerge, patch,
             [this, alive = std::weak_ptr(alive_)](const Result<Json>& done) {
               if (!alive.expired()) OnDone(done.status());
             });
}

void EventWriter::OnDone(const Status& status) {
  busy_ = false;
  if (IsPassing(status)) {
    retry_ =
        executor_.After(PauseBeforeRetry(random_, failures_++, kFirstEventRetry, kLastEventRetry),
                        [this] { WriteNext(); });
    return;
  }
  failures_ = 0;
  if (!status.ok()) {
    LogWarning("event refused", {{"NODE", node_}, {"WHY", status.ToString()}});
  }
  const std::uint64_t sequence = queue_.front().sequence;
  queue_.pop_front();
  if (queue_.empty() && sequence > 0) callbacks_.settled(sequence);
  WriteNext();
}

}  // namespace edge::cloudhub
