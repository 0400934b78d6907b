#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sync/node_side.h"
#include "tests/model/faults.h"
#include "tests/model/truth.h"
#include "tests/model/violation.h"

namespace edge::model {

/// The node's disk: what survives a power cut.
struct Disk {
  std::string id;
  std::map<std::pair<sync::Kind, std::string>, sync::StoredObject> objects;
  std::vector<sync::StoredTombstone> tombstones;
  std::map<std::string, std::string> meta;
  std::map<std::string, sync::Entry> statuses;  ///< last put into the outbox, by UID
  std::map<std::string, std::uint64_t> outbox;  ///< UID to sequence, not yet acked
  std::set<std::string> buried;                 ///< UIDs that must not come back
  std::set<std::string> dropped;                ///< UIDs that were here once
  std::map<std::string, sync::Order> applied;   ///< order as sent, of what is held
};

/// A terminal: its disk, its agent's NodeSync, and the checks of what it does to the disk.
class ModelNode {
 public:
  using IsLive = std::function<bool(const std::string& cluster_uid, const std::string& uid)>;

  ModelNode(Random& random, Mutation mutation, IsLive is_live);

  /// The agent starts (again) from the disk. A commit under way is on the disk or is not.
  void Restart();
  /// The disk is replaced by an older copy, or by an empty one; a restart follows.
  void Replace(Disk disk);

  /// Messages that the node sends in answer.
  std::vector<sync::UpMessage> Receive(const sync::Header& header, const sync::DownMessage& message,
                                       bool faults);
  /// The disk finishes the commit under way, if there is one.
  std::vector<sync::UpMessage> FinishCommit(bool faults);
  /// A pod's status changes.
  void ChangeStatus();
  /// Whole or short, as NodeSync chooses.
  sync::UpMessage Beat();
  /// What the heartbeat of that session and sequence had in it, however it was sent.
  const sync::Heartbeat& Said(const std::string& session, std::uint64_t sequence) const {
    return said_.at({session, sequence});
  }
  std::optional<sync::StatusReport> Report() const;
  /// Disk and memory agree, and the rules hold. Throws Violation.
  void Check() const;

  const Disk& disk() const { return disk_; }
  sync::NodeSync& sync() { return *sync_; }

 private:
  std::vector<sync::UpMessage> Do(sync::NodeOutput out);
  void Write(const std::vector<sync::StoreChange>& changes);
  void WriteOne(const sync::StoreChange& change);
  void CheckDrop(const sync::StoredObject& gone) const;
  void CheckReferences(
      const std::map<std::pair<sync::Kind, std::string>, sync::StoredObject>& before) const;
  void CheckAck(sync::Ack::Row* row) const;
  void PutStatus(const sync::Entry& entry);
  sync::DownMessage Disorder(sync::DownMessage message);

  Random& random_;
  const Mutation mutation_;
  const IsLive is_live_;
  Disk disk_;
  std::unique_ptr<sync::NodeSync> sync_;
  std::optional<std::vector<sync::StoreChange>> committing_;
  std::string session_;
  std::uint64_t beats_ = 0, status_sequence_ = 0, status_values_ = 0;
  std::uint64_t disorder_ = 1000000;
  std::map<std::pair<std::string, std::uint64_t>, sync::Heartbeat> said_;
  std::map<sync::Order, sync::Order> as_sent_;  // kNoOrder: the order that the hub gave
  std::map<std::pair<std::string, sync::Order>, bool> removals_;  // what an ack answers
};

}  // namespace edge::model
