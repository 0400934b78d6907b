#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cloudhub/adapters/embedded/registry.h"
#include "cloudhub/adapters/embedded/watch_hub.h"

namespace edge::cloudhub::embedded {

/// What the API does in the background: empties and ends deleted namespaces, collects objects whose
/// owners are gone, lets Events go an hour after they were last seen, and makes a namespace's
/// default ServiceAccount again.
///
/// Thread rule: the executor's thread. Failure: work that the store refuses is tried again at the
/// next sweep.
class Janitor {
 public:
  static constexpr Duration kEventLife = std::chrono::hours(1);
  static constexpr Duration kSweepPeriod = std::chrono::minutes(5);

  Janitor(Registry& registry, WatchHub& hub, Executor& executor);

  /// Follows the changes from now on, and looks once at what an earlier run left behind.
  void Start();

 private:
  bool OnEvent(const kube::ResourceInfo& resource, const SelectedEvent& event);
  void WorkSoon();
  void Work();
  void Sweep();
  void ExpireEvents();
  void TendNamespace(const std::string& name);
  void Collect(const std::string& owner_uid);
  void DeleteAt(const StoreKey& key);

  Registry& registry_;
  WatchHub& hub_;
  Executor& executor_;
  std::vector<std::shared_ptr<WatchHub::Subscription>> subscriptions_;
  std::set<std::string> namespaces_;  // to look at: they may be ending, or have lost something
  std::set<std::string> gone_;        // UIDs of owners
  Timer soon_, sweep_;
};

}  // namespace edge::cloudhub::embedded
