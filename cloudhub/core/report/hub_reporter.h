#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cloudhub/core/report/hub_status.h"
#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"

namespace edge::cloudhub {

/// Keeps the EdgeHub object of one replica: how it stands, for `kubectl get edgehubs`. Written on
/// change, and once a minute as a sign of life. A cluster that lacks the kind is asked again.
///
/// Thread rule: the executor's thread. The API outlives it.
class HubReporter {
 public:
  /// `facts` fills in all but the revision of the kinds, which is read here.
  HubReporter(std::string hub_id, KubeApi& api, Executor& executor,
              std::function<HubFacts()> facts);
  void Start();

 private:
  void Look();
  void ReadKinds();
  void OnKinds(const Result<Json>& crd);
  void Write();
  void Create();
  void OnWritten(const Json& status, const Result<Json>& written);

  const std::string hub_id_;
  KubeApi& api_;
  Executor& executor_;
  const std::function<HubFacts()> facts_;
  std::optional<int> kinds_revision_;
  BootTime kinds_read_at_{};
  Json written_;
  bool writing_ = false, told_ = false;
  Timer look_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::cloudhub
