#pragma once

#include <functional>
#include <memory>

#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"

namespace edge::cloudhub {

/// The epoch under which this hub speaks to its nodes (design.md 6), kept in a Lease of the
/// cluster so that a restored or replaced hub goes on above it. Every start raises it, and so does
/// a node that has seen a higher one.
///
/// Thread rule: the loop thread.
class EpochKeeper {
 public:
  /// `holder` names this hub in the Lease. `on_epoch` is told each epoch that was taken.
  EpochKeeper(std::string holder, KubeApi& api, Executor& executor,
              std::function<void(std::uint64_t)> on_epoch);

  /// Takes an epoch above `floor` and above the Lease's. Tries until it succeeds.
  void RaiseAbove(std::uint64_t floor);
  /// 0 until the first was taken.
  std::uint64_t epoch() const { return epoch_; }

 private:
  void Read();
  void OnRead(const Result<Json>& lease);
  void Create();
  void OnWritten(const Result<Json>& written, std::uint64_t epoch);
  void TryAgain(std::string_view what, const Status& why);

  const std::string holder_;
  KubeApi& api_;
  Executor& executor_;
  const std::function<void(std::uint64_t)> on_epoch_;
  std::uint64_t epoch_ = 0;
  std::uint64_t floor_ = 0;
  BootTime taken_at_{};
  bool busy_ = false;
  bool told_ = false;  // that it does not succeed
  Timer retry_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::cloudhub
