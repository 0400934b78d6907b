#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"
#include "common/random.h"

namespace edge::cloudhub {

/// What all registrars share; it outlives them.
struct RegistrarContext {
  KubeApi& api;
  Executor& executor;
  Random& random;
  std::string cluster_name;
  Json default_taints = Json::array();  ///< of Nodes whose EdgeNode names none
  /// The watch of Nodes has told of all that there are: one that it has not is looked for.
  bool nodes_listed = false;
};

/// How it stands with the Node of one EdgeNode.
struct Registration {
  bool known = false;    ///< false: nothing was found out yet
  bool ours = false;     ///< the Node exists, and is this EdgeNode's
  bool foreign = false;  ///< it exists, and is somebody else's
  /// Empty: it is as the EdgeNode wants it. Else what is wrong, and what to do.
  std::string trouble;
  std::int64_t generation = 0;  ///< of the EdgeNode that this answers
  bool operator==(const Registration&) const = default;
};

/// Keeps the core/v1 Node of one EdgeNode: creates it, again when somebody deleted it, and sets
/// right what differs from desired_node.h's rules, whoever changed it. Of the Node nothing is kept
/// here: it is judged as the watch delivers it, or read when the EdgeNode has changed. Passing
/// failures and conflicts are tried again with back-off, refusals ever so seldom; a change that
/// somebody else makes again and again is set right every ten seconds at most.
///
/// Thread rule: the loop thread.
class NodeRegistrar {
 public:
  /// `on_change` is told each change of how it stands.
  NodeRegistrar(std::string node, const RegistrarContext& context,
                std::function<void(const Registration&)> on_change);

  /// The EdgeNode came or changed.
  void Want(const Json& edge_node);
  /// It is another cluster's: nothing is done any more.
  void Release();
  /// The Node as the watch delivered it.
  void OnNode(const Json& node);
  void OnNodeGone();
  /// The first list of Nodes is through.
  void OnNodesListed();

 private:
  void Look();
  void OnFound(const Result<Json>& found);
  void Create();
  void Write(const Json& patch);
  void OnWritten(const Status& status, bool created);
  void OnFailure(const Status& status);
  void TryAgain(Duration at_most);
  void Done();
  void Tell(bool ours, std::string trouble, bool foreign = false);
  void TellForeign(const Json& node);

  const std::string node_;
  const RegistrarContext& context_;
  const std::function<void(const Registration&)> on_change_;
  std::string spec_;  ///< what the EdgeNode asks for, as JSON; empty: nothing
  std::int64_t generation_ = 0;
  Registration told_;
  bool wanted_ = false;
  bool busy_ = false;   ///< a call is under way
  bool again_ = false;  ///< something changed meanwhile
  int failures_ = 0;
  BootTime next_repair_{};
  Timer retry_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::cloudhub
