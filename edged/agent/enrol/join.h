#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "certs/enrolment.h"
#include "certs/identity.h"
#include "common/executor.h"
#include "common/random.h"
#include "edged/agent/enrol/token_finder.h"
#include "link/enrol_client.h"

namespace edge::edged {

struct JoinOptions {
  std::vector<std::string> token_folders;
  std::string identity_folder;
  /// The only node that this machine may become, since it runs that one's pods; empty: any.
  std::string node_name;
  std::string agent_version;
  Duration rescan = std::chrono::seconds(10);      ///< a USB stick may be plugged in at any time
  int turn = 3;                                    ///< rescans after which another token is tried
  Duration retry_first = std::chrono::seconds(5);  ///< after a refusal that may pass, doubling
  Duration retry_max = std::chrono::minutes(5);
};

/// Gets the node its identity: finds a join token, enrols with it over the brokers' enrolment
/// listeners, and writes the identity folder; or finds the folder whole, because somebody mended it
/// or ran `edged join`. It goes on until it has succeeded: a refusal for good or a bad token makes
/// it look for another one; of several tokens each has its turn, so that one whose broker is away
/// does not hide the others; one whose file has gone or was replaced is let go. A power cut at any
/// instant leaves it repeatable.
///
/// Thread rule: the executor's thread; files of a few KB are read and written on it.
class Join {
 public:
  struct Handlers {
    std::function<void(certs::Identity)> on_joined;  ///< once; then nothing more happens
    /// What is in the way, with the next step; the same problem is not repeated.
    std::function<void(const Status&)> on_problem;
  };

  Join(JoinOptions options, Executor& executor, Random& random, link::MqttClientFactory factory,
       Handlers handlers);

  /// Looks for a token in the folders and at the identity folder, again and again.
  void Start();
  /// Enrols with this token first (the command `edged join FILE`), then as Start.
  void StartWith(certs::JoinToken token);

 private:
  void LookAtFolder();
  Status CheckName(const std::string& node_name, const std::string& where) const;
  void Scan();
  TokenSearch Tokens();
  Status NoToken() const;
  void LookAtTokens();
  void Enrol();
  Status Prepare();
  bool OnReply(const std::string& bytes);
  void Finish(const certs::Issued& issued);
  void TryLater(const Status& why);
  void GiveUpToken(const Status& why);
  void Report(const Status& problem);

  const JoinOptions options_;
  Executor& executor_;
  Random& random_;
  const link::MqttClientFactory factory_;
  const Handlers handlers_;
  const certs::IdentityFolder folder_;
  std::optional<certs::JoinToken> token_;
  std::set<certs::JoinToken> refused_;
  std::set<std::string> reported_;  ///< problems that were told
  std::optional<certs::EnrolmentClient> client_;
  std::unique_ptr<link::EnrolClient> carrier_;
  int attempts_ = 0;
  int looks_ = 0;  // at the folders, in the turn of token_
  Timer next_, look_;
};

}  // namespace edge::edged
