#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"
#include "common/random.h"

namespace edge::cloudhub {

/// Where the hub's own Leases are, and the label that all of them carry.
inline constexpr const char* kHubNamespace = "edge-system";
inline constexpr const char* kHubLeaseLabel = "edge.kubeedge.io/hub-lease";

/// In the hub's own name, before all else: without its Leases it may write nothing.
inline const Actor kUrgent{"", true};

struct MemberTimes {
  Duration life = std::chrono::seconds(10);  ///< how long a renewal counts
  Duration renew = std::chrono::seconds(2);  ///< from one renewal to the next
};

/// Which replicas of the hub are at work. Each keeps one Lease, renews it, and watches those of the
/// others. Whoever sees one stand still for its whole life ends it by a conditional write before
/// anybody takes what it held; and its owner, counting from before each renewal was sent on a clock
/// that nobody sets, has stopped by then. Wall clocks decide nothing.
///
/// A replica that starts takes over the Lease of its predecessor with the same hub_id at once: the
/// two cannot be at work together unless a hub_id was given twice, which is logged, and the older
/// one stops.
///
/// Thread rule: the loop thread. The references outlive it.
class Membership {
 public:
  Membership(const std::string& hub_id, KubeApi& api, Executor& executor, Random& random,
             MemberTimes times, std::function<void()> on_change);

  /// Tries until it has the Lease. Call once, after OnLease was told of all that there are.
  void Join();
  /// The Lease of a replica came or changed; with `deleted` it is gone.
  void OnLease(const Json& lease, bool deleted);
  /// Gives the Lease up, so that the others need not wait; `done` when that was tried.
  void Leave(Task done);

  /// What this run of the replica is called in Leases: "<hub_id>_<random>".
  const std::string& identity() const { return identity_; }
  /// False: the hub may write nothing more for its nodes.
  bool Valid() const;
  /// Those at work; empty while this one is not.
  std::set<std::string> Live() const;
  /// Whether another replica's Lease names that one: until it is ended, what it holds is its own.
  bool Named(const std::string& identity) const;

  static std::string LeaseName(const std::string& hub_id) { return "edge-hub-" + hub_id; }

 private:
  struct Other {
    std::string identity;
    std::string renewed;  ///< spec.renewTime: only whether it changes counts
    BootTime seen{};      ///< when it last changed, here
    bool ending = false;
  };

  void OnOwn(const Result<Json>& found);
  bool IsNamesakeAtWork(const Json& lease);
  Json Signed(Json lease) const;
  void OnJoined(const Result<Json>& written, BootTime sent);
  void Renew();
  void OnRenewed(const Status& status, BootTime sent);
  void Lost();
  void OnOwnSeen(const std::string& holder);
  void Extend(BootTime sent);
  void Lapse();
  void Retry(Task task);
  void ArmEnds();
  void EndDead();
  void End(const std::string& name);
  void OnDead(const std::string& name, const Result<Json>& found);
  void OnEnded(const std::string& name, const Json& lease, const Status& status);

  const std::string hub_id_;
  const std::string identity_;
  KubeApi& api_;
  Executor& executor_;
  const MemberTimes times_;
  const std::function<void()> on_change_;
  std::string uid_;  ///< of the own Lease
  BootTime valid_until_{};
  bool joined_ = false, joining_ = false, was_joined_ = false, left_ = false;
  bool told_ = false;     ///< that the Lease cannot be taken
  std::string namesake_;  ///< whom the own Lease names, where that is not this run
  Other stood_back_for_;
  std::map<std::string, Other> others_;  ///< by name of their Lease
  Timer renew_, lapse_, retry_, ends_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::cloudhub
