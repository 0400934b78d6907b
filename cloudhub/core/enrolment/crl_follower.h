#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"
#include "common/random.h"

namespace edge::cloudhub {

/// Beside a broker that no hub can reach a file of: follows the ConfigMap edge-system/edge-crl, in
/// which the hubs publish the list of revoked certificates, and installs each. One that would lock
/// everybody out (certs::CheckCrl) is said in the log and left; the one before it stays.
///
/// Thread rule: the loop thread.
class CrlFollower {
 public:
  /// `install` writes the file and tells the broker; when it fails it is called again, with
  /// back-off.
  CrlFollower(std::string ca_pem, KubeApi& api, Executor& executor, Random& random,
              std::function<Status(const std::string& crl_pem)> install);

 private:
  void OnEvent(const WatchEvent& event);
  void Install();

  const std::string ca_pem_;
  Executor& executor_;
  Random& random_;
  const std::function<Status(const std::string&)> install_;
  std::string crl_pem_;
  int failures_ = 0;
  Timer retry_;
  std::unique_ptr<Watch> watch_;
};

}  // namespace edge::cloudhub
