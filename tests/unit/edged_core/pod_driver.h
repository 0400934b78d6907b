#pragma once

#include <set>
#include <string>
#include <vector>

#include "edged/core/pod/container_config.h"
#include "edged/core/pod/pod_status.h"
#include "edged/core/pod/reconcile.h"
#include "tests/fakes/fake_runtime.h"
#include "tests/fakes/manual_executor.h"

namespace edge::edged {

/// A pod of `spec` with defaults: uid u1, default/app.
Json PodJson(Json spec);
Json ContainerJson(const std::string& name, const std::string& image = "img:1");
std::shared_ptr<const Pod> MakePod(const Json& object);

/// Drives one pod with Reconcile against the fake runtime, as the agent does.
class PodDriver {
 public:
  explicit PodDriver(const Json& pod);

  void SetPod(const Json& pod) { desired.pod = MakePod(pod); }
  /// One Reconcile; its actions are begun.
  const Plan& Step();
  /// Performs the nth action in flight and folds its outcome in.
  void Perform(std::size_t index = 0);
  /// Steps and performs until nothing is left to do now. False after `most` actions.
  bool Settle(int most = 300);
  /// As Settle, and lets time pass to each wake_at until `until` from now.
  bool SettleFor(Duration until);
  /// The agent's process dies; what was in flight may or may not have been done.
  void CrashAgent();
  /// The machine loses power and boots.
  void CutPower();
  Json Report();
  bool Did(const std::string& call) const;
  std::size_t Count(const std::string& prefix) const;
  /// The id of the running container of that name, or empty.
  std::string RunningId(const std::string& name) const;

  DesiredPod desired;
  ObservedPod observed;
  PodFacts facts;
  NodeContext node;
  Plan plan;
  fakes::FakeRuntime runtime;
  fakes::ManualClock clock;
  bool volumes_made = false;
  edge::Status prepared, torn_down;  ///< what the volumes answer; a failed Prepare leaves a folder
  std::string boot = "boot-1";
  Json status;
  std::vector<Action> in_flight;

 private:
  Now Time() const { return {clock.Boot(), clock.Wall()}; }
  Outcome Call(const Action& action);
  Outcome Run(const Action& action);
  Outcome Create(const Action& action);
  Outcome Look();
  Outcome Inspect(edge::Status result, const std::string& id);
  int boots_ = 1;
};

using Strings = std::vector<std::string>;
/// "Look", "CheckImage app", ...
Strings Names(const Plan& plan);

}  // namespace edge::edged
