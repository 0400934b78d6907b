#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "certs/expired_renewal.h"
#include "certs/identity.h"
#include "common/executor.h"
#include "common/random.h"
#include "link/enrol_client.h"

namespace edge::edged {

struct ExpiredRenewalOptions {
  std::vector<std::string> enrol_urls;
  std::string agent_version;
  Duration retry_first = std::chrono::minutes(2);  ///< after a refusal, doubling
  Duration retry_max = std::chrono::minutes(15);
};

/// Where a node with an expired certificate asks: on the enrolment listeners of its identity. When
/// the brokers are set anew (`broker_urls`), or an older edged made the identity, then on those
/// brokers' hosts too, at the port that "cloudhub broker-config" gives the listener.
std::vector<std::string> EnrolUrlsOf(const certs::Identity& identity,
                                     const std::vector<std::string>& broker_urls);

/// Asks the hub on the brokers' enrolment listeners for the renewal of a certificate that has
/// expired, with the key kept in the identity folder's next/, until it has one. A refusal is asked
/// about again after minutes, since the operator may allow it later. A power cut at any instant
/// leaves it repeatable.
///
/// Thread rule: the executor's thread; files of a few KB are read and written on it. Destroyed from
/// none of its callbacks.
class ExpiredRenewal {
 public:
  struct Handlers {
    std::function<void(const std::string& certificate_pem)> on_issued;  ///< once for each Ask
    /// What is in the way, with the next step; the same may be told again.
    std::function<void(const Status&)> on_problem;
  };

  ExpiredRenewal(ExpiredRenewalOptions options, certs::Identity identity,
                 certs::IdentityFolder folder, Executor& executor, Random& random,
                 link::MqttClientFactory factory, Handlers handlers);

  /// Begins to ask. Nothing happens while it is asking.
  void Ask();
  /// Asks no more. The next Ask begins with short pauses again.
  void Stop();

 private:
  void Attempt();
  Result<certs::EnrolRequest> Prepare();
  bool OnReply(const std::string& bytes);
  void Finish(const std::string& certificate_pem);
  void TryLater(const Status& why);

  const ExpiredRenewalOptions options_;
  const certs::Identity identity_;
  const certs::IdentityFolder folder_;
  Executor& executor_;
  Random& random_;
  const link::MqttClientFactory factory_;
  const Handlers handlers_;
  std::optional<certs::ExpiredRenewalClient> client_;
  std::unique_ptr<link::EnrolClient> carrier_;
  int attempts_ = 0;
  bool asking_ = false;
  Timer next_;
};

}  // namespace edge::edged
