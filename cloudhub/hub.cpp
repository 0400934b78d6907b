#include "cloudhub/hub.h"

#include <utility>

#include "common/log.h"

namespace edge::cloudhub {
namespace {

constexpr Duration kPublishRetry = std::chrono::seconds(10);

}  // namespace

Hub::Hub(HubOptions options, KubeApi& api, certs::CertificateAuthority authority,
         link::MqttClientFactory mqtt, Executor& executor, Random& random)
    : advertised_(std::move(options.advertised)),
      api_(api),
      executor_(executor),
      enrolment_(certs::EnrolmentServer(std::move(authority), options.node_life), api, executor,
                 random),
      gateway_(executor, random, std::move(mqtt), std::move(options.link), LinkHandlers()),
      fleet_(std::move(options.fleet), api, gateway_, executor, random,
             [this](const std::string& node, const std::string& csr_pem,
                    std::function<void(sync::CertificateReply)> done) {
               enrolment_.Renew(node, csr_pem, std::move(done));
             }) {}

link::HubLink::Handlers Hub::LinkHandlers() {
  link::HubLink::Handlers handlers;
  handlers.on_message = [this](const std::string& node, const sync::Header& header,
                               const sync::UpMessage& message) {
    fleet_.OnMessage(node, header, message);
  };
  handlers.on_bad_message = [this](const std::string& node, const Status& status) {
    fleet_.OnBadMessage(node, status);
  };
  handlers.on_enrol = [this](const std::string& client_id, const std::string& request) {
    enrolment_.Enrol(request, [this, client_id](std::string reply) {
      gateway_.SendEnrolReply(client_id, std::move(reply));
    });
  };
  handlers.on_connected = [] { LogInfo("connected to the broker"); };
  handlers.on_disconnected = [](const Status& status) {
    LogWarning("no connection to the broker", {{"WHY", status.ToString()}});
  };
  return handlers;
}

void Hub::Start() {
  Publish();
  fleet_.Start();
  gateway_.Start();
}

void Hub::Publish() {
  PublishLinkInfo(api_, advertised_, [this, alive = std::weak_ptr(alive_)](const Status& status) {
    if (alive.expired() || status.ok()) return;
    LogWarning("ConfigMap edge-system/edge-link not written, trying again",
               {{"WHY", status.ToString()}});
    publish_again_ = executor_.After(kPublishRetry, [this] { Publish(); });
  });
}

}  // namespace edge::cloudhub
