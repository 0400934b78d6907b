#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/executor.h"
#include "common/random.h"
#include "link/ports/mqtt_client.h"

namespace edge::link {

struct EnrolClientOptions {
  std::vector<std::string> broker_urls;  ///< of enrolment listeners, tried in turn
  std::string ca_file;                   ///< the CA from the join token
  std::string client_id;                 ///< "edge-" and 8 to 40 random [a-z0-9]; one per enrolment
  Duration answer_timeout = std::chrono::seconds(10);  ///< then the request is sent again
  Duration backoff_first = std::chrono::seconds(1);
  Duration backoff_max = std::chrono::seconds(60);
};

/// Carries enrolment requests to the hub and its replies back, over a connection that can do
/// nothing else. It repeats the request until a reply comes: what it says is for certs/ to judge.
///
/// Thread rule: the executor's thread only. Destroying it ends the attempt.
class EnrolClient {
 public:
  struct Handlers {
    /// A serialized EnrolReply, at most 64 KiB, not yet checked. Return true when it is the one:
    /// then the client disconnects. Else it goes on waiting (a forged or an old reply).
    std::function<bool(std::string reply)> on_reply;
    std::function<void(Status)> on_failed_attempt;  ///< and it tries again; for the log
  };

  EnrolClient(Executor& executor, Random& random, MqttClientFactory factory,
              EnrolClientOptions options, std::string request, Handlers handlers);
  ~EnrolClient();
  EnrolClient(const EnrolClient&) = delete;
  EnrolClient& operator=(const EnrolClient&) = delete;

  void Start();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace edge::link
