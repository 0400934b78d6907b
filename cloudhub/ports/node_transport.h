#pragma once

#include <functional>
#include <string>

#include "common/status.h"
#include "sync/messages.h"

namespace edge::cloudhub {

/// How the hub's core speaks to a node. Nothing is promised but an attempt: what matters is sent
/// again until the node answers (design.md 3).
class NodeTransport {
 public:
  virtual ~NodeTransport() = default;
  /// Errors: kUnavailable while there is no link to the broker, kResourceExhausted when too much
  /// waits for that node already.
  virtual Status Send(const std::string& node, const sync::DownMessage& message) = 0;
  /// Ends the session that the node has at the broker. `done` comes later, on the loop: OK when the
  /// broker said so, and kUnavailable while it does not answer. One whose certificate the broker
  /// still accepts comes back.
  virtual void EndSession(const std::string& node, std::function<void(Status)> done) = 0;
  /// Answers a terminal that has no identity yet; it asks again until an answer arrives.
  virtual void SendEnrolReply(const std::string& client_id, std::string reply) = 0;
};

}  // namespace edge::cloudhub
