#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/executor.h"
#include "common/status.h"
#include "link/ports/mqtt_client.h"

namespace edge::cloudhub {

/// Ends the session that a node has at the broker, in the only way that every MQTT broker has:
/// another client connects under its client id. Ours takes its id from the certificate's name, so a
/// certificate of that name is made for the purpose, kept for as long as that takes, and shown to
/// the hubs' listener. A broker that was just told to read its list of revoked certificates does so
/// a moment later, and the node may have come back before: so it is done twice.
///
/// Failure modes: kUnavailable while the broker does not answer; kInternal when the certificate
/// cannot be made or written.
/// Thread rule: the executor's thread. `done` comes later, and not after destruction.
class SessionEnder {
 public:
  struct Credentials {
    std::string certificate_pem, key_pem;
  };
  struct Options {
    std::vector<std::string> broker_urls;  ///< hub listeners of one broker, tried in turn
    std::string ca_file;
    std::string folder;  ///< where a pair lies meanwhile
    /// A short-lived client certificate of that node's name.
    std::function<Result<Credentials>(const std::string& node)> certify;
    Duration again = std::chrono::seconds(5);
  };

  SessionEnder(Executor& executor, link::MqttClientFactory factory, Options options);
  ~SessionEnder();

  /// For one node at a time; the next waits.
  void End(const std::string& node, std::function<void(Status)> done);

 private:
  struct Job;

  void Next();
  Status Prepare();
  void Connect();
  void OnAnswer(const Status& status);
  void Finish(const Status& status);
  std::string File(const char* what) const { return options_.folder + "/ending-session." + what; }

  Executor& executor_;
  const link::MqttClientFactory factory_;
  const Options options_;
  std::deque<Job> jobs_;  ///< the first is in work
  std::unique_ptr<link::MqttClient> client_;
  Timer next_, limit_;
};

}  // namespace edge::cloudhub
