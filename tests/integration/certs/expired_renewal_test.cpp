#include <catch2/catch.hpp>
#include <filesystem>

#include "certs/identity.h"
#include "cloudhub/core/enrolment/certificate_records.h"
#include "cloudhub/core/enrolment/enrolment.h"
#include "cloudhub/core/resources.h"
#include "common/file.h"
#include "edged/agent/certificate_renewer.h"
#include "tests/fakes/fake_kube_api.h"
#include "tests/integration/link/peers.h"

// A terminal's certificate runs out, and both ends get over it through a real Mosquitto.

namespace edge::link::testing {
namespace {

constexpr const char* kNode = "till-1";
constexpr Duration kLife = std::chrono::seconds(4);

certs::CertificateAuthority AuthorityOf(const TestCa& ca) {
  const std::string base = ca.ca_file().substr(0, ca.ca_file().size() - 4);
  return certs::CertificateAuthority::FromPem(ReadFile(ca.ca_file()).value(),
                                              ReadFile(base + ".key").value())
      .value();
}

/// The hub's enrolment behind its link, with an API in memory.
struct Hub {
  explicit Hub(World& in) : world(in), api(*world.loop) {
    Restart();
    HubLinkOptions options;
    options.broker_urls = {world.broker.hub_url()};
    options.cluster_name = "retail-edge";
    options.hub_id = "a";
    options.tls = world.broker.HubTls();
    options.backoff_max = std::chrono::milliseconds(200);
    HubLink::Handlers handlers;
    handlers.on_message = [](const std::string&, const sync::Header&, const sync::UpMessage&) {};
    handlers.on_bad_message = [](const std::string&, const Status&) {};
    handlers.on_enrol = [this](const std::string& client, const std::string& request) {
      enrolment->Enrol(request, [this, client](std::string reply) {
        link->SendEnrolReply(client, std::move(reply), nullptr);
      });
    };
    handlers.on_connected = [this] { connected = true; };
    handlers.on_disconnected = [this](const Status&) { connected = false; };
    link = std::make_unique<HubLink>(*world.loop, world.random, world.factory, options,
                                     std::move(handlers));
    link->Start();
  }
  /// Forgets whom it has judged within the last minute.
  void Restart() {
    enrolment.emplace(certs::EnrolmentServer(AuthorityOf(world.broker.ca())), api, *world.loop,
                      world.random);
  }
  /// The EdgeNode, with this certificate on its record.
  void Admit(const std::string& certificate, bool allowed, WallTime now) {
    Json node = {{"metadata", {{"name", kNode}}},
                 {"spec", {{"clusterName", "retail-edge"}, {"allowExpiredRenewal", allowed}}}};
    node.merge_patch(cloudhub::RecordsPatch(node, {cloudhub::RecordOf(certificate, now).value()}));
    api.Put(cloudhub::kEdgeNodes, node);
  }

  World& world;
  bool connected = false;
  fakes::FakeKubeApi api;
  std::optional<cloudhub::Enrolment> enrolment;
  std::unique_ptr<HubLink> link;
};

/// An enrolled terminal whose certificate lives for seconds.
struct Terminal {
  explicit Terminal(World& in)
      : world(in), folder(world.broker.folder() + "/identity"), identity(Enrol()) {
    NodeLinkOptions options;
    options.broker_urls = identity.broker_urls;
    options.cluster_name = "retail-edge";
    options.node = kNode;
    options.tls = {identity.ca_path, identity.certificate_path, identity.key_path};
    options.heartbeat_interval = kInterval;
    options.backoff_first = std::chrono::milliseconds(50);
    options.backoff_max = std::chrono::milliseconds(200);
    NodeLink::Handlers handlers;
    handlers.heartbeat = [] { return sync::Heartbeat{}; };
    handlers.on_message = [](const sync::Header&, const sync::DownMessage&) {};
    handlers.on_bad_message = [](const Status&) {};
    handlers.on_connected = [this] { renewer->OnConnected(); };
    handlers.on_disconnected = [this](const Status& why) {
      down = why;
      renewer->OnDisconnected(why);
    };
    link = std::make_unique<NodeLink>(*world.loop, world.random, world.factory, options,
                                      std::move(handlers));
    edged::ExpiredRenewalOptions expired;
    expired.enrol_urls = edged::EnrolUrlsOf(identity, {});
    expired.retry_first = expired.retry_max = std::chrono::milliseconds(500);
    renewer = std::make_unique<edged::CertificateRenewer>(
        folder, identity,
        edged::CertificateRenewer::Ports{*link, [](const auto&) {}, world.factory}, expired,
        *world.loop, world.random);
    REQUIRE(renewer->Start().ok());
    link->Start();
  }
  certs::Identity Enrol() {
    certs::JoinToken token;
    token.cluster_name = "retail-edge";
    token.node_name = kNode;
    token.broker_urls = {world.broker.node_url()};
    token.enrol_urls = {world.broker.enrol_url()};
    const std::string csr = certs::MakeCsr(folder.EnrolmentKey().value(), kNode).value();
    const certs::CertificateAuthority authority = AuthorityOf(world.broker.ca());
    first = authority.SignNode(csr, kNode, now(), kLife).value();
    return folder.Complete(token, {first, authority.certificate_pem()}).value();
  }
  WallTime now() const { return world.loop->clock().Wall(); }
  WallTime Until() const {
    return certs::ReadCertificate(ReadFile(identity.certificate_path).value())->not_after;
  }

  World& world;
  std::string first;  ///< its first certificate
  Status down;
  certs::IdentityFolder folder;
  certs::Identity identity;
  std::unique_ptr<NodeLink> link;
  std::unique_ptr<edged::CertificateRenewer> renewer;
};

}  // namespace

TEST_CASE("a terminal whose certificate ran out comes back through the enrolment listener",
          "[certs]") {
  World world;
  Hub hub(world);
  Terminal terminal(world);
  hub.Admit(terminal.first, false, terminal.now());
  RunUntil(*world.loop, "both connected",
           [&] { return hub.connected && terminal.link->connected(); });
  RunUntil(*world.loop, "the end of the certificate",
           [&] { return terminal.now() > terminal.Until(); });
  terminal.link->Stop();
  terminal.link->Start();
  RunUntil(*world.loop, "the refusal of an EdgeNode that does not allow it", [&] {
    return terminal.renewer->problem().next_step().find("spec.allowExpiredRenewal") !=
           std::string::npos;
  });
  CHECK_FALSE(terminal.link->connected());
  CHECK(terminal.down.code() == Code::kUnauthenticated);
  CHECK(terminal.down.message().find("certificate expired") != std::string::npos);
  Json node = hub.api.Peek(cloudhub::kEdgeNodes, "", kNode);
  node["spec"]["allowExpiredRenewal"] = true;
  hub.api.Put(cloudhub::kEdgeNodes, node);
  hub.Restart();
  RunUntil(*world.loop, "the terminal with its next certificate",
           [&] { return terminal.link->connected() && terminal.renewer->problem().ok(); });
  CHECK(terminal.Until() > terminal.now() + std::chrono::hours(24));
  CHECK_FALSE(std::filesystem::exists(terminal.folder.path() + "/next/tls.crt"));
}

}  // namespace edge::link::testing
