#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "edged/agent/held_objects.h"
#include "edged/agent/pod_admission.h"
#include "edged/agent/pod_worker.h"
#include "edged/agent/token_keeper.h"

namespace edge::edged {

/// All pods of this node: which ones there should be, which ones the runtime has, and a worker for
/// each. A pod that is new here has to be admitted first. A new pod under a held name waits until
/// the old one is torn down. A pod that the runtime has and the store knows nothing of is left
/// running and counted: only a removal or a tombstone stops it (design.md 14).
///
/// Thread rule: the loop thread.
class PodManager {
 public:
  PodManager(PodWorkerContext& context, HeldObjectIndex& index, const sync::NodeSync& sync,
             TokenKeeper& tokens);

  /// Reads what was stored, then asks the runtime until it answers; workers start then.
  void Start(const offline_store::Contents& contents);
  /// What NodeSync says has changed.
  void OnHeldChange(const sync::HeldChange& change);
  /// The Node has other labels.
  void OnNodeChange() { admission_.OnNodeChange(); }
  /// The pod's tokens are others now.
  void OnTokens(const std::string& uid);
  /// False for a pod that has come to its end: it needs no token.
  bool IsLive(const std::string& uid) const;
  void OnRuntimeEvent(const RuntimeEvent& event);
  /// Events may have been missed, or time has passed: compare with the runtime's lists.
  void Relist();
  void ResendStatus(const std::string& uid);

  /// Whether the runtime has answered since the start.
  bool started() const { return started_; }
  std::size_t unknown_sandboxes() const { return unknown_.size(); }
  const std::map<std::string, std::unique_ptr<PodWorker>>& workers() const { return workers_; }

 private:
  void FirstLook();
  void OnFirstLook(const Result<NodeLook>& look);
  void OnRelist(const NodeLook& listed);
  void WarnOfForeignPods();
  void Want(const std::string& uid);
  void WantAll();
  void Unwant(const std::string& uid, const sync::ObjectKey& key);
  void RefreshPodsUsing(const sync::ObjectKey& key);
  bool RanBefore(const std::string& uid) const;
  bool Admit(const DesiredPod& pod);
  void AddWorker(DesiredPod desired);
  bool NameIsTaken(const DesiredPod& pod) const;
  void OnGone(const std::string& uid);
  void TidyAll();
  void ForgetGone();
  void DeleteFacts(const std::string& uid);
  DesiredPod DesiredOf(std::shared_ptr<const Pod> pod);
  void CountUnknown(const NodeLook& look);

  PodWorkerContext& context_;
  HeldObjectIndex& index_;
  const sync::NodeSync& sync_;
  TokenKeeper& tokens_;
  PodAdmission admission_;
  std::map<std::string, std::unique_ptr<PodWorker>> workers_;  ///< by pod UID
  std::map<std::string, StoredPod> stored_;                    ///< not yet taken by a worker
  std::map<std::string, sync::ObjectKey> tombstones_;
  NodeLook look_;                  ///< the first look, while the first workers take their parts
  bool fresh_look_ = false;        ///< that is now
  std::set<std::string> listed_;   ///< UIDs that the runtime had at the last list
  std::set<std::string> unknown_;  ///< UIDs of running sandboxes that nothing explains
  std::string runtime_error_;
  int looks_failed_ = 0;
  bool started_ = false;
  bool relisting_ = false;
  Timer retry_, relist_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::edged
