#pragma once

#include <optional>
#include <string>
#include <vector>

#include "certs/identity.h"
#include "edged/agent/agent.h"
#include "edged/agent/broker_mover.h"
#include "edged/agent/certificate_renewer.h"
#include "edged/agent/enrol/join.h"
#include "edged/agent/self.h"

namespace edge::edged {

/// An enrolled terminal: the agent, its identity, and what edgectl is answered. The identity is
/// renewed in time. When it is damaged the pods run all the same, and the terminal goes online once
/// the identity is mended or made anew with a join token.
///
/// Thread rule: the loop thread.
class Terminal {
 public:
  struct Options {
    AgentOptions agent;                    ///< its link comes from the identity
    JoinOptions join;                      ///< where the identity lies and tokens are looked for
    std::vector<std::string> broker_urls;  ///< instead of those of the identity; may be empty
  };

  Terminal(Options options, Agent::Ports ports, Executor& executor, Random& random);

  /// As `self`, whose node is `options.agent`'s, with what the store has. Errors: the store's.
  Status Start(const Self& self, const offline_store::Contents& contents);

  Json StatusJson() const;
  Json PodsJson() const { return agent_.PodsJson(); }

 private:
  void Connect(const certs::Identity& identity);
  void Mend();

  const Options options_;
  offline_store::Store& store_;
  const link::MqttClientFactory mqtt_;
  Executor& executor_;
  Random& random_;
  Agent agent_;
  std::optional<CertificateRenewer> renewer_;
  std::string kept_broker_;  ///< as the store had it
  std::optional<BrokerMover> mover_;
  Status damage_;   ///< of the identity; OK from Connect on
  Status problem_;  ///< the latest that keeps us from mending it
  std::optional<Join> join_;
};

}  // namespace edge::edged
