#include "cloudhub/core/status/status_writer.h"

#include <algorithm>
#include <utility>

#include "cloudhub/core/resources.h"
#include "cloudhub/core/status/passing.h"
#include "cloudhub/core/status/status_patch.h"
#include "common/log.h"
#include "common/retry.h"

namespace edge::cloudhub {
namespace {

constexpr std::size_t kMaxObjects = 512;
constexpr Duration kFirstStatusRetry = std::chrono::milliseconds(500);
constexpr Duration kLastStatusRetry = std::chrono::seconds(60);

const Resource& WrittenTo(sync::Kind kind) { return kind == sync::Kind::kNode ? kNodes : kPods; }

/// Null where the report has no labels.
Json LabelsPatch(const std::string& uid, const Json& report) {
  const Json* labels = Find(report, {"metadata", "labels"});
  if (labels == nullptr) return nullptr;
  return {{"metadata", {{"uid", uid}, {"labels", *labels}}}};
}

}  // namespace

StatusWriter::StatusWriter(std::string node, KubeApi& api, Executor& executor, Random& random,
                           Callbacks callbacks)
    : node_(std::move(node)),
      api_(api),
      executor_(executor),
      random_(random),
      callbacks_(std::move(callbacks)) {}

void StatusWriter::StartAfresh() {
  for (auto& [uid, object] : objects_) object.row.sequence = 0;
}

void StatusWriter::Report(const sync::StatusReport& report) {
  for (const sync::StatusReport::Row& row : report.rows) Take(row);
}

void StatusWriter::Take(const sync::StatusReport::Row& row) {
  if (const auto refused = callbacks_.refuse(row.entry)) {
    LogWarning("status refused", {{"NODE", node_}, {"POD_UID", row.entry.uid}, {"WHY", *refused}});
    callbacks_.settled({row.entry.uid, row.sequence, *refused});
    return;
  }
  // The node sends the rest again.
  if (objects_.size() >= kMaxObjects && !objects_.contains(row.entry.uid)) return;
  Object& object = objects_[row.entry.uid];
  if (row.sequence < object.row.sequence) return;
  object.row = row;
  if (!object.in_flight && !object.retry.pending()) Write(row.entry.uid);
}

void StatusWriter::Write(const std::string& uid) {
  Object& object = objects_.at(uid);
  const Result<Json> report = ParseJson(object.row.bytes);
  if (!report.ok() || !Find(*report, {"status"})) {
    Settle(uid, "the reported status cannot be read: " + report.status().message());
    return;
  }
  object.in_flight = true;
  WriteStatus(uid, *report);
}

void StatusWriter::WriteStatus(const std::string& uid, const Json& report) {
  const Object& object = objects_.at(uid);
  const sync::ObjectKey& key = object.row.entry.key;
  const Json patch = BuildStatusPatch(key.kind, uid, *Find(report, {"status"}));
  // No more of the report than that: it waits for as long as the API takes.
  const bool finished = FindBool(report, {"finished"});
  api_.Patch(
      {node_}, WrittenTo(key.kind), key.ns, key.name, "status", PatchType::kStrategicMerge, patch,
      [this, uid, sequence = object.row.sequence, finished, labels = LabelsPatch(uid, report),
       alive = std::weak_ptr(alive_)](const Result<Json>& done) {
        if (alive.expired()) return;
        OnDone(uid, sequence, done.status(), [this, uid, finished, labels] {
          if (finished) return DeleteFinished(uid);
          if (!labels.is_null()) return WriteLabels(uid, labels);
          Settle(uid, "");
        });
      });
}

void StatusWriter::WriteLabels(const std::string& uid, const Json& patch) {
  const Object& object = objects_.at(uid);
  const sync::ObjectKey& key = object.row.entry.key;
  api_.Patch({node_}, WrittenTo(key.kind), key.ns, key.name, "", PatchType::kMerge, patch,
             [this, uid, sequence = object.row.sequence,
              alive = std::weak_ptr(alive_)](const Result<Json>& done) {
               if (alive.expired()) return;
               OnDone(uid, sequence, done.status(), [this, uid] { Settle(uid, ""); });
             });
}

void StatusWriter::DeleteFinished(const std::string& uid) {
  const Object& object = objects_.at(uid);
  const sync::ObjectKey& key = object.row.entry.key;
  api_.Delete({node_}, kPods, key.ns, key.name, uid, 0,
              [this, uid, sequence = object.row.sequence,
               alive = std::weak_ptr(alive_)](const Result<Json>& done) {
                if (alive.expired()) return;
                OnDone(uid, sequence, done.status(), [this, uid] { Settle(uid, ""); });
              });
}

void StatusWriter::OnDone(const std::string& uid, std::uint64_t sequence, const Status& status,
                          Task next) {
  const auto it = objects_.find(uid);
  if (it == objects_.end()) return;
  if (!status.ok() && IsPassing(status)) return Retry(uid, status);
  if (it->second.row.sequence != sequence) {  // a newer row came meanwhile: it speaks for both
    it->second.in_flight = false;
    it->second.failures = 0;
    return Write(uid);
  }
  if (status.ok()) return next();
  Settle(uid, status.ToString());
}

void StatusWriter::Retry(const std::string& uid, const Status& status) {
  Object& object = objects_.at(uid);
  object.in_flight = false;
  LogWarning("status not written, trying again",
             {{"NODE", node_}, {"POD_UID", uid}, {"WHY", status.ToString()}});
  object.retry = executor_.After(
      PauseBeforeRetry(random_, object.failures++, kFirstStatusRetry, kLastStatusRetry),
      [this, uid] { Write(uid); });
}

void StatusWriter::Settle(const std::string& uid, const std::string& refused) {
  const auto it = objects_.find(uid);
  sync::StatusAck::Row row{uid, it->second.row.sequence, refused};
  objects_.erase(it);
  if (!refused.empty()) {
    LogWarning("status refused by the API", {{"NODE", node_}, {"POD_UID", uid}, {"WHY", refused}});
  }
  callbacks_.settled(std::move(row));
}

}  // namespace edge::cloudhub
