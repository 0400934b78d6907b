#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/executor.h"
#include "common/lane.h"
#include "edged/core/node/node_status.h"
#include "edged/ports/node_facts.h"
#include "edged/ports/runtime.h"
#include "offline-store/store.h"
#include "sync/node_side.h"

namespace edge::edged {

/// Name of the stored meta value that holds the last Node status.
inline constexpr const char* kMetaNodeStatus = "agent.node_status";

/// Computes the Node's status from the machine's facts and the runtime's conditions, and puts it
/// into the outbox when it changed. Nothing is written to say that nothing changed: heartbeats say
/// that, and an idle terminal's flash is spared.
///
/// Thread rule: the loop thread; facts are read on a lane.
class NodeReporter {
 public:
  struct Ports {
    NodeFactsSource& facts;
    RuntimeInfo& runtime;
    ImageRuntime& images;
    offline_store::Store& store;
  };
  struct Callbacks {
    /// UID of the Node object that the hub registered; empty while it is not held.
    std::function<std::string()> node_uid;
    std::function<void(const NodeFacts&)> on_facts;
    std::function<void(const sync::Entry& status)> on_status;
  };

  NodeReporter(std::string node, std::string version, Ports ports, Executor& executor,
               Callbacks callbacks);

  void Start(const Json& previous);
  /// Looks now: something about the runtime or the Node object changed.
  void LookNow();
  /// Puts the status into the outbox again.
  void Resend();

 private:
  struct Look {
    Result<NodeFacts> facts;
    NodeStatusInputs inputs;
  };

  void OnLook(const Look& look);
  void Store(const NodeFacts& facts);

  const std::string node_;
  const std::string version_;
  Ports ports_;
  Executor& executor_;
  const Callbacks callbacks_;
  Json status_;           ///< the last that was put into the outbox
  std::string told_uid_;  ///< the Node that it was for
  bool resend_ = false, looking_ = false, look_again_ = false;
  Timer timer_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Lane lane_{"edge-facts", 1};  ///< last: its calls use what is above
};

}  // namespace edge::edged
