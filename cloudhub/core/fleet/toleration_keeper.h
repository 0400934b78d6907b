#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"
#include "common/random.h"

namespace edge::cloudhub {

/// Sees to it that pods stay bound to a terminal that is away for as long as its EdgeNode says
/// (pod_tolerations.h). It does so a while after a pod was bound: a change of the spec is another
/// version, which goes to the node again, and then not amid the start of its containers; a pod that
/// is over by then is left alone. That is early enough: eviction takes five minutes.
///
/// A few writes are under way at a time. What fails is tried again: a refusal every ten minutes.
///
/// Thread rule: the loop thread.
class TolerationKeeper {
 public:
  /// A pod of ours as it is now; nullopt once it is none.
  using Read = std::function<std::optional<Json>(const std::string& uid)>;

  TolerationKeeper(KubeApi& api, Executor& executor, Random& random, Read read)
      : api_(api), executor_(executor), random_(random), read_(std::move(read)) {}

  /// nullopt: for ever. True when that is news: then OnPod is due for the node's pods.
  bool SetPolicy(const std::string& node, std::optional<std::int64_t> seconds);
  void OnPod(const Json& pod);

 private:
  struct Waiting {
    BootTime due{};
    int failures = 0;
    bool in_flight = false;
  };

  std::optional<std::int64_t> PolicyOf(const Json& pod) const;
  void Queue(const std::string& uid, Duration delay);
  void Arm();
  void Pump();
  void Write(const std::string& uid);
  void OnWritten(const std::string& uid, const Status& status);

  KubeApi& api_;
  Executor& executor_;
  Random& random_;
  const Read read_;
  std::map<std::string, std::int64_t> seconds_;  ///< by node; absent: for ever
  std::map<std::string, Waiting> waiting_;       ///< by UID
  std::multimap<BootTime, std::string> queue_;   ///< those of them that are not in flight
  int in_flight_ = 0;
  Timer next_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::cloudhub
