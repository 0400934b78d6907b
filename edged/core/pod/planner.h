#pragma once

#include "edged/core/pod/reconcile.h"
#include "edged/core/pod/view.h"

namespace edge::edged {

/// One run of Reconcile. Private to it; a class because the steps share what they are told and add
/// to one plan.
class Planner {
 public:
  Planner(const DesiredPod& desired, const ObservedPod& observed, const PodFacts& facts,
          const NodeContext& node, Now now);
  Plan Run() &&;

 private:
  // reconcile.cpp: what holds for every pod.
  bool LookFirst();
  void CheckDeadline();
  void CheckTerminal();
  bool WillNotRunAgain(const Container& container) const;
  bool MayRun(const std::string& key);
  void Emit(Action action);
  void Tidy(Action action);
  void WakeAt(BootTime when);
  bool MakingSomething() const;
  const Failure* FailureOf(const std::string& key) const;
  ContainerFacts FactsOf(const std::string& name) const;

  // reconcile_stop.cpp: down.
  void Remove();
  void StopPod();
  bool StopContainers(const std::string& message);
  bool StopSidecars(const std::string& message);
  void StopOne(const ContainerInfo& container, const std::string& message);
  bool StopSandboxes();
  bool TeardownVolumes();
  std::chrono::seconds GraceLeft() const;
  std::chrono::seconds FullGrace() const;
  bool IsSidecar(const std::string& name) const;

  // reconcile_start.cpp: up.
  void StartPod();
  void PrepareVolumes();
  void EnsureSandbox();
  bool WantsHostPorts() const;
  bool StopStrays();
  void StartInit(bool initialized);
  bool StartNextInit(const Container& container, bool initialized);
  void Bring(const Container& container);
  bool WantsToRun(const Container& container) const;
  bool AnythingToRun() const;
  bool InBackOff(const Container& container);
  void Launch(const Container& container);
  bool HadStartFailure(const Container& container);
  void Prefetch();
  void CleanUp();
  void CleanUpSandbox(const SandboxInfo& sandbox);

  // reconcile_image.cpp.
  bool EnsureImage(const Container& container);
  bool PullFor(const Container& container, const std::string& image, bool present);
  std::uint32_t NextAttempt(const std::string& name) const;

  const DesiredPod& desired_;
  const ObservedPod& observed_;
  const NodeContext& node_;
  const Now now_;
  const Pod* const pod_;
  const SandboxInfo* const sandbox_;  ///< the one to keep
  bool volumes_ready_ = false;
  Plan plan_;
};

}  // namespace edge::edged
