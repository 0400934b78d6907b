#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>

#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"
#include "common/random.h"
#include "sync/messages.h"

namespace edge::cloudhub {

/// Writes one node's Events to the API in their order, as that node, one at a time. An Event that
/// exists already is a repeat whose count, message and last time are brought up to date. A passing
/// failure holds the queue; an Event that the API refuses for good is logged and let go.
///
/// Thread rule: the loop thread.
class EventWriter {
 public:
  struct Callbacks {
    /// Calls `done`, now or later: OK to go ahead, kPermissionDenied with why this node may not
    /// speak of that object, else why that cannot be said yet.
    std::function<void(const Json& event, std::function<void(const Status&)> done)> judge;
    /// All Events up to and including the sequence are settled.
    std::function<void(std::uint64_t sequence)> settled;
  };

  EventWriter(std::string node, KubeApi& api, Executor& executor, Random& random,
              Callbacks callbacks);

  /// The node's store is another one than before: its sequences begin anew.
  void StartAfresh();
  void Report(const sync::EventReport& report);

 private:
  void WriteNext();
  void Create(const Json& event);
  void ReadRepeat(const Json& event);
  void UpdateRepeat(const Json& event);
  void OnDone(const Status& status);

  const std::string node_;
  KubeApi& api_;
  Executor& executor_;
  Random& random_;
  const Callbacks callbacks_;
  std::list<sync::EventReport::Row> queue_;
  std::uint64_t last_taken_ = 0;
  bool busy_ = false;
  int failures_ = 0;
  Timer retry_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::cloudhub
