#pragma once

#include <string>

#include "certs/identity.h"
#include "edged/agent/agent.h"
#include "edged/agent/certificate_renewer.h"
#include "edged/agent/local_api.h"

namespace edge::edged {

/// An enrolled terminal: the agent, the renewal of its certificate and what edgectl is answered.
///
/// Thread rule: the loop thread.
class Terminal {
 public:
  Terminal(AgentOptions options, const certs::Identity& identity,
           const std::string& identity_folder, Agent::Ports ports, Executor& executor,
           Random& random);

  /// `local` outlives the terminal. Errors: the store's, or an unreadable certificate's.
  Status Start(LocalApi& local);

 private:
  const certs::Identity identity_;
  const std::string identity_folder_;
  Executor& executor_;
  Random& random_;
  Agent agent_;
  std::optional<CertificateRenewer> renewer_;
};

}  // namespace edge::edged
