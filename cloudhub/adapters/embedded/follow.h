#pragma once

#include <functional>
#include <memory>

#include "cloudhub/adapters/embedded/node_authority.h"
#include "cloudhub/adapters/embedded/watch_hub.h"
#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"

namespace edge::cloudhub::embedded {

/// A watch of the embedded API by the hub itself: the present objects, kSynced, then every change.
/// Nothing can come between, so it never lists anew.
///
/// Thread rule: the executor's thread; events are posted.
class FollowWatch final : public Watch {
 public:
  using OnEvent = std::function<void(const WatchEvent&)>;

  FollowWatch(const ObjectStore& store, WatchHub& hub, Executor& executor, Selection selection,
              OnEvent on_event);

  /// Begins once `allowed` says so: kRefused until then, every second.
  void Begin(std::function<Status()> allowed);

 private:
  void Subscribe();
  void Send(const SelectedEvent& event);
  void Post(WatchEvent::Type type, StoredPtr object);

  const ObjectStore& store_;
  WatchHub& hub_;
  Executor& executor_;
  const Selection selection_;
  /// Posted events hold it weakly: none is delivered once the watch is gone.
  std::shared_ptr<OnEvent> on_event_;
  std::shared_ptr<WatchHub::Subscription> subscription_;
  Timer retry_;
};

}  // namespace edge::cloudhub::embedded
