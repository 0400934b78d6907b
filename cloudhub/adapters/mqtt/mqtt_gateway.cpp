#include "cloudhub/adapters/mqtt/mqtt_gateway.h"

#include <utility>

#include "common/log.h"

namespace edge::cloudhub {

MqttGateway::MqttGateway(Executor& executor, Random& random, link::MqttClientFactory factory,
                         link::HubLinkOptions options, SessionEnder::Options ending,
                         Handlers handlers)
    : ender_(executor, factory, std::move(ending)),
      link_(executor, random, std::move(factory), std::move(options), std::move(handlers)) {}

Status MqttGateway::Send(const std::string& node, const sync::DownMessage& message) {
  if (!link_.connected()) return Unavailable("no connection to the broker");
  link_.Send(node, message, [node](const Status& sent) {
    if (!sent.ok()) LogDebug("not sent", {{"NODE", node}, {"WHY", sent.ToString()}});
  });
  return Status::Ok();
}

void MqttGateway::SendEnrolReply(const std::string& client_id, std::string reply) {
  link_.SendEnrolReply(client_id, std::move(reply), [client_id](const Status& sent) {
    // The terminal asks again until it is answered.
    if (!sent.ok()) {
      LogWarning("enrolment reply not sent", {{"CLIENT", client_id}, {"WHY", sent.ToString()}});
    }
  });
}

}  // namespace edge::cloudhub
