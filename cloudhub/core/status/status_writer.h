#pragma once

#include <functional>
#include <map>
#include <string>

#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"
#include "common/random.h"
#include "sync/messages.h"

namespace edge::cloudhub {

/// Writes the statuses that one node reports to the API, as that node, and says when each is
/// settled. Per object only the newest row counts; one write per object is in flight. A write that
/// the API could not take now is tried again with jittered back-off for as long as it takes; one
/// that it refuses for good is settled with the reason.
///
/// A row with `"finished": true` is of a pod with a deletionTimestamp whose containers are gone:
/// behind its status comes the DELETE with grace 0 and the UID as precondition
/// (kubelet-contract.md, "Graceful deletion").
///
/// Thread rule: the loop thread.
class StatusWriter {
 public:
  struct Callbacks {
    /// nullopt: go ahead. Else why this node may not write that object's status.
    std::function<std::optional<std::string>(const sync::Entry&)> refuse;
    std::function<void(sync::StatusAck::Row)> settled;
  };

  StatusWriter(std::string node, KubeApi& api, Executor& executor, Random& random,
               Callbacks callbacks);

  /// The node's store is another one than before: its sequences begin anew.
  void StartAfresh();
  void Report(const sync::StatusReport& report);
  /// Rows that wait or are being written.
  std::size_t pending() const { return objects_.size(); }

 private:
  struct Object {
    sync::StatusReport::Row row;
    bool in_flight = false;
    int failures = 0;
    Timer retry;
  };

  void Take(const sync::StatusReport::Row& row);
  void Write(const std::string& uid);
  void WriteStatus(const std::string& uid, const Json& report);
  void WriteLabels(const std::string& uid, const Json& patch);
  void DeleteFinished(const std::string& uid);
  void OnDone(const std::string& uid, std::uint64_t sequence, const Status& status, Task next);
  void Retry(const std::string& uid, const Status& status);
  void Settle(const std::string& uid, const std::string& refused);

  const std::string node_;
  KubeApi& api_;
  Executor& executor_;
  Random& random_;
  const Callbacks callbacks_;
  std::map<std::string, Object> objects_;  ///< by UID
  /// Answers that come after this object is gone find it expired.
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::cloudhub
