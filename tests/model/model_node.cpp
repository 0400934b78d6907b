#include "tests/model/model_node.h"

#include <algorithm>

#include "sync/prune.h"

namespace edge::model {

using sync::Entry;
using sync::Kind;
using sync::Outcome;

ModelNode::ModelNode(Random& random, Mutation mutation, IsLive is_live)
    : random_(random), mutation_(mutation), is_live_(std::move(is_live)) {
  disk_.id = random_.Uuid();
  Restart();
}

void ModelNode::Restart() {
  if (committing_ && random_.Below(2) == 0) Write(*committing_);
  committing_.reset();
  // What is not held leaves its order behind in memory only.
  std::erase_if(disk_.applied, [this](const auto& each) {
    return std::none_of(disk_.objects.begin(), disk_.objects.end(),
                        [&each](const auto& held) { return held.first.second == each.first; });
  });
  sync::NodeStart start;
  for (const auto& [id, object] : disk_.objects) start.objects.push_back(object);
  start.tombstones = disk_.tombstones;
  start.cluster_uid = disk_.meta[sync::kMetaClusterUid];
  const std::string& epoch = disk_.meta[sync::kMetaEpoch];
  start.epoch = epoch.empty() ? 0 : std::stoull(epoch);
  for (const auto& [uid, entry] : disk_.statuses) start.statuses.push_back(entry);
  const bool blind = mutation_ == Mutation::kNoReferences;
  sync_ = std::make_unique<sync::NodeSync>(
      std::move(start), [blind](const std::string& bytes) -> Result<std::vector<sync::ObjectKey>> {
        if (blind) return std::vector<sync::ObjectKey>();
        return ModelReferences(bytes);
      });
  session_ = random_.Uuid();
  beats_ = 0;
}

void ModelNode::Replace(Disk disk) {
  committing_.reset();
  disk_ = std::move(disk);
  disk_.id = random_.Uuid();
  Restart();
}

/// kNoOrder: every message looks like the newest; what the hub really said is remembered.
sync::DownMessage ModelNode::Disorder(sync::DownMessage message) {
  const auto rewrite = [this](sync::Order* order) {
    const sync::Order sent = *order;
    *order = {sync_->epoch(), ++disorder_};
    as_sent_[*order] = sent;
  };
  if (auto* put = std::get_if<sync::Put>(&message)) rewrite(&put->order);
  if (auto* remove = std::get_if<sync::Remove>(&message)) rewrite(&remove->order);
  return message;
}

std::vector<sync::UpMessage> ModelNode::Receive(const sync::Header& header,
                                                const sync::DownMessage& message, bool faults) {
  if (const auto* ack = std::get_if<sync::StatusAck>(&message)) {
    for (const auto& row : ack->rows) {
      const auto at = disk_.outbox.find(row.uid);
      if (!sync_->FromOwnCluster(header)) continue;
      if (at != disk_.outbox.end() && at->second == row.sequence) disk_.outbox.erase(at);
    }
    return {};
  }
  if (const auto* put = std::get_if<sync::Put>(&message)) {
    removals_[{put->object.entry.uid, put->order}] = false;
  } else if (const auto* remove = std::get_if<sync::Remove>(&message)) {
    removals_[{remove->entry.uid, remove->order}] = true;
  }
  sync::Header seen = header;
  if (mutation_ == Mutation::kAnyCluster && !sync_->cluster_uid().empty()) {
    seen.cluster_uid = sync_->cluster_uid();
  }
  auto sent =
      Do(sync_->Receive(seen, mutation_ == Mutation::kNoOrder ? Disorder(message) : message));
  // The disk is often faster than the next message.
  if (random_.Below(3) == 0) {
    for (auto& each : FinishCommit(faults)) sent.push_back(std::move(each));
  }
  return sent;
}

std::vector<sync::UpMessage> ModelNode::FinishCommit(bool faults) {
  if (!committing_) return {};
  const auto changes = std::move(*committing_);
  committing_.reset();
  if (!faults || random_.Below(8) != 0) {
    Write(changes);
    if (mutation_ == Mutation::kAckBeforeCommit) return {};
    return Do(sync_->Committed(Status::Ok()));
  }
  if (mutation_ == Mutation::kFailedCommitIsGood) return Do(sync_->Committed(Status::Ok()));
  if (mutation_ == Mutation::kAckBeforeCommit) return {};
  return Do(sync_->Committed(ResourceExhausted("the disk is full")));
}

std::vector<sync::UpMessage> ModelNode::Do(sync::NodeOutput out) {
  std::vector<sync::UpMessage> sent = std::move(out.send);
  for (sync::UpMessage& message : sent) {
    if (auto* ack = std::get_if<sync::Ack>(&message)) {
      for (auto& row : ack->rows) CheckAck(&row);
    }
  }
  for (const std::string& uid : out.resend_statuses) {
    if (const auto at = disk_.statuses.find(uid); at != disk_.statuses.end()) PutStatus(at->second);
  }
  for (const sync::HeldChange& change : out.changed) {
    if (change.what == sync::HeldChange::What::kRemoved) {
      disk_.statuses.erase(change.entry.uid);
      disk_.outbox.erase(change.entry.uid);
      sync_->StatusForgotten(change.entry.key.kind, change.entry.uid);
    }
  }
  if (out.heartbeat_now) sent.push_back(Beat());
  if (out.commit.empty()) return sent;
  if (committing_) throw Violation{"a second commit was begun before the first was done"};
  committing_ = std::move(out.commit);
  if (mutation_ == Mutation::kAckBeforeCommit) {
    for (auto& each : Do(sync_->Committed(Status::Ok()))) sent.push_back(std::move(each));
  }
  return sent;
}

void ModelNode::Write(const std::vector<sync::StoreChange>& changes) {
  const auto before = disk_.objects;
  for (const sync::StoreChange& change : changes) WriteOne(change);
  for (const auto& [id, object] : before) {
    if (disk_.objects.count(id) == 0) CheckDrop(object);
  }
  CheckReferences(before);
}

void ModelNode::WriteOne(const sync::StoreChange& change) {
  if (const auto* put = std::get_if<sync::StoreObject>(&change)) {
    const Entry& entry = put->object.entry;
    if (disk_.buried.count(entry.uid) > 0 && !put->object.retained) {
      throw Violation{"removed object " + entry.uid + " came back"};
    }
    const auto sent = as_sent_.find(put->object.order);
    const sync::Order order = sent == as_sent_.end() ? put->object.order : sent->second;
    // Zero: the cluster was changed, and orders count afresh.
    if (order != sync::Order() && order < disk_.applied[entry.uid]) {
      throw Violation{"an older message overwrote a newer one of " + entry.uid};
    }
    disk_.applied[entry.uid] = order;
    if (mutation_ == Mutation::kNewUidReplaces) {
      std::erase_if(disk_.objects, [&entry](const auto& each) {
        return each.second.entry.key == entry.key && each.first.second != entry.uid;
      });
    }
    disk_.objects[{entry.key.kind, entry.uid}] = put->object;
  } else if (const auto* drop = std::get_if<sync::DropObject>(&change)) {
    disk_.objects.erase({drop->key.kind, drop->uid});
    disk_.dropped.insert(drop->uid);
  } else if (const auto* grave = std::get_if<sync::StoreTombstone>(&change)) {
    disk_.buried.insert(grave->tombstone.entry.uid);
    if (mutation_ != Mutation::kNoTombstones) disk_.tombstones.push_back(grave->tombstone);
  } else if (const auto* meta = std::get_if<sync::StoreMeta>(&change)) {
    disk_.meta[meta->name] = meta->value;
    if (meta->name == sync::kMetaClusterUid) disk_.applied.clear();
  }
}

/// No live pod goes, whoever says so.
void ModelNode::CheckDrop(const sync::StoredObject& gone) const {
  const Entry& entry = gone.entry;
  const auto cluster = disk_.meta.find(sync::kMetaClusterUid);
  const std::string held = cluster == disk_.meta.end() ? std::string() : cluster->second;
  if (entry.key.kind == Kind::kPod && is_live_(held, entry.uid)) {
    throw Violation{"live pod " + entry.uid + " was removed"};
  }
}

/// What a held pod refers to and was here, is here still.
void ModelNode::CheckReferences(
    const std::map<std::pair<Kind, std::string>, sync::StoredObject>& before) const {
  const auto holds = [](const auto& objects, const sync::ObjectKey& key) {
    return std::any_of(objects.begin(), objects.end(),
                       [&key](const auto& each) { return each.second.entry.key == key; });
  };
  for (const auto& [id, pod] : disk_.objects) {
    if (id.first != Kind::kPod) continue;
    const auto keys = ModelReferences(*pod.bytes).value();
    for (const auto& key : keys) {
      if (holds(before, key) && !holds(disk_.objects, key) && before.count(id) > 0) {
        throw Violation{key.name + " was lost while pod " + id.second + " refers to it"};
      }
    }
  }
}

/// What the node says it has done is on its disk, or was overtaken by something newer.
void ModelNode::CheckAck(sync::Ack::Row* row) const {
  const sync::Order order = row->order;
  if (const auto sent = as_sent_.find(order); sent != as_sent_.end()) row->order = sent->second;
  const auto removal = removals_.find({row->entry.uid, row->order});
  if (removal == removals_.end()) throw Violation{"an ack for what was never sent"};
  if (row->outcome != Outcome::kCommitted && row->outcome != Outcome::kAlreadyHeld) return;
  const auto at = disk_.objects.find({row->entry.key.kind, row->entry.uid});
  const bool here = at != disk_.objects.end();
  if (removal->second) {
    if (here && !(order < at->second.order)) throw Violation{"acked a removal that is not done"};
    if (row->outcome == Outcome::kCommitted && disk_.buried.count(row->entry.uid) == 0 &&
        disk_.dropped.count(row->entry.uid) == 0) {
      throw Violation{"acked a removal that left no trace"};
    }
  } else if (here ? at->second.entry.version != row->entry.version && !(order < at->second.order)
                  : disk_.dropped.count(row->entry.uid) == 0) {
    throw Violation{"acked " + row->entry.uid + " that is not on the disk"};
  }
}

void ModelNode::PutStatus(const Entry& entry) {
  disk_.statuses[entry.uid] = entry;
  disk_.outbox[entry.uid] = ++status_sequence_;
  sync_->StatusReported(entry);
}

void ModelNode::ChangeStatus() {
  for (const auto& [id, object] : disk_.objects) {
    if (id.first != Kind::kPod) continue;
    if (disk_.statuses.count(id.second) > 0 && random_.Below(4) != 0) continue;
    Entry entry = object.entry;
    entry.version = sync::VersionOf("status " + std::to_string(++status_values_));
    PutStatus(entry);
  }
}

sync::UpMessage ModelNode::Beat() {
  sync::Heartbeat heartbeat;
  heartbeat.store_id = disk_.id;
  heartbeat.session_id = session_;
  heartbeat.sequence = ++beats_;
  heartbeat.pending_statuses = static_cast<std::uint32_t>(disk_.outbox.size());
  sync::UpMessage sent = sync_->Beat(heartbeat);
  sync_->Fill(&heartbeat);
  said_[{session_, beats_}] = heartbeat;
  return sent;
}

std::optional<sync::StatusReport> ModelNode::Report() const {
  if (disk_.outbox.empty()) return std::nullopt;
  sync::StatusReport report;
  for (const auto& [uid, sequence] : disk_.outbox) {
    report.rows.push_back({sequence, disk_.statuses.at(uid), {}});
  }
  return report;
}

void ModelNode::Check() const {
  if (sync_->committing() || mutation_ == Mutation::kAckBeforeCommit) return;
  std::size_t same = 0;
  for (const auto& [id, held] : sync_->held()) {
    const auto at = disk_.objects.find(id);
    same += at != disk_.objects.end() && at->second.entry == held.object.entry &&
            at->second.retained == held.object.retained;
  }
  if (same != disk_.objects.size() || same != sync_->held().size()) {
    throw Violation{"memory and disk of the node differ"};
  }
}

}  // namespace edge::model
