#include "edged/agent/certificate_renewer.h"

#include "common/file.h"
#include "tests/unit/certs/edged/hub_of_one.h"

namespace edge::edged {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

const Status kExpiredAlert = {Code::kUnauthenticated,
                              "the broker does not accept our certificate: certificate expired"};

/// The link and the renewer of a terminal, as Terminal wires them.
struct RenewerWorld : testing::HubOfOne {
  int requests = 0;  ///< for a renewal over the link
  std::unique_ptr<link::NodeLink> link;
  std::unique_ptr<CertificateRenewer> renewer;

  RenewerWorld() { Boot(); }
  void Boot() {
    renewer.reset();
    link::NodeLinkOptions options;
    options.broker_urls = identity.broker_urls;
    options.cluster_name = "retail-edge";
    options.node = "till-1";
    options.tls = {identity.ca_path, identity.certificate_path, identity.key_path};
    link::NodeLink::Handlers handlers;
    handlers.heartbeat = [] { return sync::Heartbeat{}; };
    handlers.on_message = [](const sync::Header&, const sync::DownMessage&) {};
    handlers.on_bad_message = [](const Status&) {};
    handlers.on_connected = [this] { renewer->OnConnected(); };
    handlers.on_disconnected = [this](const Status& why) { renewer->OnDisconnected(why); };
    link = std::make_unique<link::NodeLink>(executor, random, broker.Factory(), options,
                                            std::move(handlers));
    ExpiredRenewalOptions expired;
    expired.enrol_urls = EnrolUrlsOf(identity, {});
    renewer = std::make_unique<CertificateRenewer>(
        folder, identity,
        CertificateRenewer::Ports{*link, [this](const auto&) { ++requests; }, broker.Factory()},
        expired, executor, random);
    REQUIRE(renewer->Start().ok());
    link->Start();
  }
  /// The broker's TLS refuses the pair in use.
  void Refuse() { broker.refused_certificates[identity.certificate_path] = kExpiredAlert; }
  std::string next_path() const { return files.path() + "/next/tls.crt"; }
  WallTime Until() { return certs::ReadCertificate(files.Read("tls.crt"))->not_after; }
};

}  // namespace

TEST_CASE("A terminal that was off longer than its certificate lives comes back by itself",
          "[expired]") {
  RenewerWorld world;
  world.LetItExpire();
  world.Refuse();
  world.Boot();
  world.Live(minutes(2));
  CHECK(world.link->connected());
  CHECK(world.renewer->problem().ok());
  CHECK(world.Until() > world.now());
  CHECK_FALSE(world.files.Has("next/tls.crt"));
  CHECK(world.certified.size() == 1);
}

TEST_CASE("A certificate that runs out while the shop is offline is renewed when it is back",
          "[expired]") {
  RenewerWorld world;
  world.broker.refused_urls["tls://mqtt.edge:8883"] = Unavailable("no route");
  world.broker.refused_urls["tls://mqtt.edge:8885"] = Unavailable("no route");
  world.broker.Restart();
  world.executor.Advance(minutes(5));
  world.LetItExpire();
  world.executor.Advance(minutes(5));
  CHECK_FALSE(world.renewer->problem().ok());
  world.Refuse();
  world.broker.refused_urls.clear();
  world.Live(minutes(3));
  CHECK(world.link->connected());
  CHECK(world.Until() > world.now());
}

TEST_CASE("A clock that is behind does not keep an expired certificate from being renewed",
          "[expired]") {
  RenewerWorld world;
  world.hub_ahead = certs::kNodeLife + hours(24);
  world.Refuse();
  world.Boot();
  world.Live(minutes(2));
  CHECK(world.link->connected());
  CHECK(world.certified.size() == 1);
  CHECK(world.Until() > world.now() + world.hub_ahead);
}

TEST_CASE("A certificate that the broker refuses for another cause is told apart", "[expired]") {
  RenewerWorld world;
  world.Refuse();
  world.Boot();
  world.Live(minutes(2));
  CHECK_FALSE(world.link->connected());
  CHECK(world.asked >= 1);
  CHECK(world.renewer->problem().message().find("has not expired") != std::string::npos);
}

TEST_CASE("A clock that is ahead asks in vain and all is well once the link is back", "[expired]") {
  RenewerWorld world;
  world.broker.refused_urls["tls://mqtt.edge:8883"] = Unavailable("no route");
  world.unable = FailedPrecondition("the certificate of node till-1 has not expired", "wait");
  world.LetItExpire();
  world.Boot();
  world.Live(minutes(1));
  CHECK(world.asked == 1);
  CHECK_FALSE(world.renewer->problem().ok());
  world.broker.refused_urls.clear();
  world.Live(minutes(2));
  CHECK(world.link->connected());
  CHECK(world.renewer->problem().ok());
  const int asked = world.asked;
  world.Live(hours(1));
  CHECK(world.asked == asked);
  CHECK(world.requests == 0);
}

TEST_CASE("An outage of the line alone asks for no certificate", "[expired]") {
  RenewerWorld world;
  world.broker.refused_urls["tls://mqtt.edge:8883"] = Unavailable("no route");
  world.broker.Restart();
  world.Live(hours(1));
  CHECK(world.asked == 0);
  CHECK(world.renewer->problem().ok());
}

TEST_CASE("A refusal is the terminal's problem until the operator allows the renewal",
          "[expired]") {
  RenewerWorld world;
  world.node.allow_expired_renewal = false;
  world.LetItExpire();
  world.Refuse();
  world.Boot();
  world.Live(minutes(10));
  CHECK_FALSE(world.link->connected());
  CHECK(world.renewer->problem().next_step().find("spec.allowExpiredRenewal") != std::string::npos);
  CHECK(world.files.Has("tls.crt"));
  world.node.allow_expired_renewal = true;
  world.Live(minutes(20));
  CHECK(world.link->connected());
  CHECK(world.renewer->problem().ok());
}

TEST_CASE("The old pair stays until the new one has connected", "[expired]") {
  RenewerWorld world;
  const std::string old = world.files.Read("tls.crt");
  world.LetItExpire();
  world.Refuse();
  world.broker.refused_certificates[world.next_path()] = Unavailable("the broker is away");
  world.Boot();
  world.Live(minutes(10));
  CHECK(world.files.Read("tls.crt") == old);
  CHECK(world.files.Has("next/tls.crt"));
  CHECK(world.certified.size() == 1);
  world.broker.refused_certificates.erase(world.next_path());
  world.Live(minutes(16));
  CHECK(world.link->connected());
  CHECK(world.Until() > world.now());
  CHECK(world.certified.size() == 1);
}

TEST_CASE("A power cut before the new pair has connected asks for no other", "[expired]") {
  RenewerWorld world;
  world.LetItExpire();
  world.Refuse();
  world.broker.refused_certificates[world.next_path()] = Unavailable("the broker is away");
  world.Boot();
  world.Live(minutes(1));
  REQUIRE(world.certified.size() == 1);
  world.broker.refused_certificates.erase(world.next_path());
  world.Boot();
  world.Live(minutes(3));
  CHECK(world.link->connected());
  CHECK(world.certified.size() == 1);
}

TEST_CASE("A new pair that the broker refuses for an hour is given up for another", "[expired]") {
  RenewerWorld world;
  world.LetItExpire();
  world.Refuse();
  world.broker.refused_certificates[world.next_path()] = kExpiredAlert;
  world.Boot();
  world.Live(minutes(15));
  CHECK(world.certified.size() == 1);
  world.Live(hours(2));
  CHECK(world.certified.size() >= 2);
  CHECK(world.certified.size() <= 4);
}

TEST_CASE("A pair that a renewal left and that has expired as well is not tried", "[expired]") {
  RenewerWorld world;
  const std::string csr = certs::testing::CsrOf(world.folder.NextKey().value());
  const std::string left =
      certs::testing::TestAuthority().SignNode(csr, "till-1", world.now()).value();
  REQUIRE(world.folder.StoreNext(left).ok());
  world.LetItExpire();
  world.Refuse();
  world.broker.refused_certificates[world.next_path()] = kExpiredAlert;
  world.Boot();
  world.executor.RunReady();
  world.Live(std::chrono::seconds(5));
  CHECK(world.certified.size() == 1);
}

TEST_CASE("A renewed certificate that the broker refuses leaves the good one in use", "[expired]") {
  RenewerWorld world;
  world.broker.refused_certificates[world.next_path()] = kExpiredAlert;
  world.executor.manual_clock().Advance(hours(24 * 61));
  world.Live(minutes(1));
  REQUIRE(world.requests > 0);
  REQUIRE(world.link->connected());
  const std::string key = ReadFile(world.files.path() + "/next/tls.key").value();
  const std::string pem = certs::testing::TestAuthority()
                              .SignNode(certs::testing::CsrOf(key), "till-1", world.now())
                              .value();
  world.renewer->OnReply({pem, ""});
  world.Live(minutes(1));
  CHECK(world.link->connected());
  CHECK(world.asked == 0);
  CHECK_FALSE(world.files.Has("next/tls.crt"));
}

}  // namespace edge::edged
