#include "cloudhub/hub.h"

#include <utility>

#include "common/log.h"

namespace edge::cloudhub {
namespace {

constexpr Duration kPublishRetry = std::chrono::seconds(10);

}  // namespace

Hub::Hub(HubOptions options, KubeApi& api, certs::CertificateAuthority authority,
         NodeTransport& transport, Executor& executor, Random& random)
    : advertised_(std::move(options.advertised)),
      api_(api),
      executor_(executor),
      transport_(transport),
      enrolment_(certs::EnrolmentServer(authority, options.node_life), api, executor, random),
      fleet_(
          std::move(options.fleet), api, transport, executor, random,
          [this](const std::string& node, const std::string& csr_pem,
                 std::function<void(sync::CertificateReply)> done) {
            enrolment_.Renew(node, csr_pem, std::move(done));
          },
          [this](const Json& edge_node) {
            const auto revoked = [this](const std::string& serial) {
              return revocations_ && revocations_->IsRevoked(serial);
            };
            return StateOf(RecordsOf(edge_node), revoked, executor_.clock().Wall());
          },
          [this](const Json& edge_node, std::function<void(Status)> done) {
            enrolment_.RevokeAll(edge_node, std::move(done));
          }) {
  revocations_.emplace(std::move(authority), api, executor, random, std::move(options.install_crl),
                       [this](const std::string& node) { OnRevoked(node); });
}

/// A broker keeps a session for as long as it is up, whatever its list says.
void Hub::OnRevoked(const std::string& node) {
  if (!fleet_.Serves(node)) return;
  transport_.EndSession(node, [node](const Status& done) {
    if (done.ok()) return;
    LogWarning("a session with a revoked certificate may still be up",
               {{"NODE", node}, {"WHY", done.ToString()}});
  });
}

void Hub::OnMessage(const std::string& node, const sync::Header& header,
                    const sync::UpMessage& message) {
  fleet_.OnMessage(node, header, message);
}

void Hub::OnBadMessage(const std::string& node, const Status& status) {
  fleet_.OnBadMessage(node, status);
}

void Hub::OnEnrol(const std::string& client_id, const std::string& request) {
  enrolment_.Enrol(
      request,
      [this, client_id](std::string reply) {
        transport_.SendEnrolReply(client_id, std::move(reply));
      },
      [this](const std::string& node) { return fleet_.Serves(node); });
}

void Hub::Start() {
  Publish();
  fleet_.Start();
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
