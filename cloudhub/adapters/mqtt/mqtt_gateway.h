#pragma once

#include <functional>
#include <memory>
#include <string>

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
              link::HubLinkOptions options, Handlers handlers);

  void Start() { link_.Start(); }
  bool connected() const { return link_.connected(); }
  Status Send(const std::string& node, const sync::DownMessage& message) override;
  void SendEnrolReply(const std::string& client_id, std::string reply) override;

 private:
  link::HubLink link_;
};

}  // namespace edge::cloudhub
