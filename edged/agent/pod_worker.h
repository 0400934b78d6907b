#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/executor.h"
#include "edged/agent/action_runner.h"
#include "edged/core/event/event.h"
#include "edged/core/pod/reconcile.h"
#include "offline-store/store.h"

namespace edge::edged {

/// What all pods' workers share; it outlives them.
struct PodWorkerContext {
  Executor& executor;
  ActionRunner& runner;
  offline_store::Store& store;
  std::string boot_id;
  /// The node as pods see it now; replaced, never changed.
  std::shared_ptr<const NodeContext> node;
  /// A status was committed to the outbox.
  std::function<void(const sync::Entry& status)> on_status;
  std::function<void(const EventDraft&)> on_event;
  /// Nothing is left of the pod. Called last in a turn; the callee may destroy the worker later,
  /// from the executor.
  std::function<void(const std::string& uid)> on_gone;
  /// No pod is being started any more: see PodWorker::Tidy.
  std::function<void()> on_calm = {};
  /// UIDs of the pods that are being started.
  std::set<std::string> making = {};
};

/// What was stored of a pod before this process began.
struct StoredPod {
  PodFacts facts;
  Json status;  ///< the last that was computed, null if none was
};

/// Reads the store's row; an unreadable one is an empty StoredPod (safe, see FactsFromJson).
StoredPod ReadStoredPod(const offline_store::PodFacts& row, const std::string& boot_id,
                        BootTime now);

/// Drives one pod: asks the core for a plan, stores what must be stored, has the actions performed,
/// and turns results into observations. reconcile.h describes the turn.
///
/// Actions do not wait for the disk: the next attempt's number follows from what the runtime has,
/// so that a cut of power between the two makes nothing twice. A store that cannot write therefore
/// stops no pod; what was not stored is tried again.
///
/// Thread rule: the loop thread.
class PodWorker {
 public:
  PodWorker(PodWorkerContext& context, DesiredPod desired, StoredPod stored);
  ~PodWorker();
  PodWorker(const PodWorker&) = delete;
  PodWorker& operator=(const PodWorker&) = delete;

  void SetDesired(DesiredPod desired);
  /// What the runtime has of the pod, whole; and whether its folder is there.
  void SetLook(PodLook look, bool volumes_on_disk);
  /// Nothing is known of the pod yet: look before anything is done.
  void LookFirst();
  /// The runtime may know more than we do.
  void LookAgain();
  /// Something happened to one of the pod's containers or sandboxes.
  void OnRuntimeEvent(const RuntimeEvent& event);
  /// Does what waited until no pod is being started.
  void Tidy();
  /// Puts the current status into the outbox again, under a new sequence.
  void ResendStatus();
  /// Whether a list from the runtime says anything that was not observed.
  bool Differs(const PodLook& listed) const;

  const DesiredPod& desired() const { return desired_; }
  const PodFacts& facts() const { return facts_; }
  const ObservedPod& observed() const { return observed_; }
  const Json& status() const { return status_; }

 private:
  void StepSoon();
  void Step();
  void Inspect(const std::string& id, bool exited, int attempt);
  void Perform(const std::vector<Action>& actions, offline_store::Batch batch);
  void Run(const Action& action);
  void RunLook(const Action& action);
  void OnOutcome(const Action& action, const Outcome& outcome, Duration took);
  void UpdateStatus(const Plan& plan, Now now);
  /// True while the changes of a plan are kept back, because more of them follow at once.
  bool IsSettling(const Plan& plan);
  void TellMaking(bool making);
  bool MayTidy();
  offline_store::Batch ChangesToStore(Now now);
  void OnCommitted(const Status& status, const std::optional<sync::Entry>& reported);
  sync::Entry StatusEntry() const;
  SandboxInfo ReadySandbox() const;
  ImageFact ImageOf(const std::string& container) const;
  Now ReadNow() const;

  PodWorkerContext& context_;
  DesiredPod desired_;
  ObservedPod observed_;
  PodFacts facts_;
  Json status_;
  Plan plan_;  ///< the last one, to tell what is new
  bool status_unsaved_ = false, facts_unsaved_ = false;
  bool step_posted_ = false;
  bool unsupported_told_ = false;
  bool settled_ = false;  ///< what was kept back is due
  bool tidy_overdue_ = false;
  Timer wake_, store_retry_, second_look_, settling_, tidy_;
  std::map<std::string, Timer> inspections_;  ///< by container id, while its exit is awaited
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::edged
