#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"
#include "common/random.h"

namespace edge::cloudhub {

/// What all retirements share; it outlives them.
struct RetirementContext {
  KubeApi& api;
  Executor& executor;
  Random& random;
  std::string cluster_name;
  /// Revokes all certificates on record on the EdgeNode. Null: there are none (tests).
  std::function<void(const Json& edge_node, std::function<void(Status)> done)> revoke_all;
  /// Ends the session that the terminal has at the broker.
  std::function<void(const std::string& node, std::function<void(Status)> done)> end_session;
};

/// A pod that is bound to the node.
struct BoundPod {
  std::string ns, name, uid;
  bool leaving = false;  ///< it is being deleted
};

/// Takes a terminal out of service whose EdgeNode is being deleted (design.md 20): deletes its pods
/// as the node and waits until the terminal has stopped them, revokes its certificates, ends its
/// session at the broker, deletes its Node, and lets the EdgeNode go. The wait is bounded, and left
/// out for a stolen terminal; every other step is tried until it is done, but for the session's
/// end, which a broker that is away cannot hold up for longer than a minute.
///
/// Each step can be done again, so another replica, or this one after a restart, begins anew; what
/// it has waited is in the EdgeNode's condition Retiring.
///
/// Thread rule: the loop thread.
class Retirement {
 public:
  enum class Stage { kStopping, kRevoking, kEnding, kRemoving, kReleasing, kReleased };

  /// How it stands with the terminal; asked again and again.
  struct Side {
    /// nullopt while that is not known.
    std::function<std::optional<std::vector<BoundPod>>()> pods;
    /// The terminal is connected and has acknowledged all that it was told.
    std::function<bool()> settled;
    /// The stage, or what is in its way, has changed.
    std::function<void()> on_change;
  };

  /// `wait`: there may be a terminal that runs pods.
  Retirement(const RetirementContext& context, const Json& edge_node, bool wait, Side side);

  /// The EdgeNode changed: it may have been marked as stolen.
  void SetEdgeNode(const Json& edge_node);
  /// The terminal acknowledged something, or its pods changed.
  void Look();

  Stage stage() const { return stage_; }
  /// Reason and message of the condition Retiring.
  std::string Reason() const;
  std::string Message() const;

 private:
  void Go(Stage stage);
  void Run();
  void Stop();
  bool Stopped() const;
  void DeletePod(const BoundPod& pod);
  void EndSession();
  void RemovePods();
  void RemoveNode();
  void Failed(const Status& why);
  void Fetch(void (Retirement::*then)(const Json& edge_node));
  void OnFetchedToRevoke(const Json& edge_node);
  void OnFetchedToRelease(const Json& edge_node);
  /// Wraps an answer so that it is dropped after destruction, or once the stage is over.
  template <typename T>
  std::function<void(T)> InStage(std::function<void(const std::remove_cvref_t<T>&)> then);

  const RetirementContext& context_;
  const std::string node_;
  const std::string uid_;
  const Side side_;
  bool wait_;
  Stage stage_ = Stage::kStopping;
  BootTime patience_;  ///< how long the stage may take
  std::string trouble_;
  int failures_ = 0;
  std::set<std::string> deleting_;  ///< UIDs of pods, calls under way
  Timer next_, limit_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::cloudhub
