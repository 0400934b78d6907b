#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cloudhub/core/fleet/edge_node_status.h"
#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"
#include "common/random.h"

namespace edge::cloudhub {

/// Keeps the status of one EdgeNode: changes within a moment are one write, and what is not worth
/// one waits for the next. One write at a time; one that fails is tried again.
///
/// Thread rule: the loop thread. The references outlive it.
class EdgeNodeReporter {
 public:
  /// How things stand; nullopt while nothing is to be written. `written`: the status as it was last
  /// written, but for what its conditions say; null where there is none.
  using Facts = std::function<std::optional<EdgeNodeFacts>(const Json& written)>;

  /// `edge_node` as it was found, with the status that an earlier hub wrote.
  EdgeNodeReporter(std::string node, KubeApi& api, Executor& executor, Random& random,
                   const Json& edge_node, Facts facts);

  /// Something changed.
  void WriteSoon();

 private:
  void WriteAfter(Duration delay);
  void Write();
  Json Written() const;

  const std::string node_;
  KubeApi& api_;
  Executor& executor_;
  Random& random_;
  const Facts facts_;
  std::string written_;  ///< condensed and as text, a tenth of what it is as Json; empty: none
  bool writing_ = false;
  int failures_ = 0;
  Timer next_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::cloudhub
