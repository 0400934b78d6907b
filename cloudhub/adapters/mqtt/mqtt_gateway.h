#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "cloudhub/adapters/mqtt/session_ender.h"
#include "cloudhub/ports/node_transport.h"
#include "link/hub_link.h"

namespace edge::cloudhub {

/// The hub's core on the MQTT link.
///
/// Thread rule: the executor's thread.
class MqttGateway final : public NodeTransport {
 public:
  using Handlers = link::HubLink::Handlers;

  MqttGateway(Executor& executor, Random& random, link::MqttClientFactory factory,
              link::HubLinkOptions options, SessionEnder::Options ending, Handlers handlers);

  void Start() { link_.Start(); }
  bool connected() const { return link_.connected(); }
  Status Send(const std::string& node, const sync::DownMessage& message) override;
  void EndSession(const std::string& node, std::function<void(Status)> done) override {
    ender_.End(node, std::move(done));
  }
  void SendEnrolReply(const std::string& client_id, std::string reply) override;

 private:
  SessionEnder ender_;
  link::HubLink link_;
};

}  // namespace edge::cloudhub
