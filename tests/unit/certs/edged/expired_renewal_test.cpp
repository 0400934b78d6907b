#include "edged/agent/enrol/expired_renewal.h"

#include <algorithm>

#include "tests/unit/certs/edged/hub_of_one.h"

namespace edge::edged {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

struct ExpiredWorld : testing::HubOfOne {
  std::vector<std::string> issued;
  std::vector<Status> problems;
  std::unique_ptr<ExpiredRenewal> renewal;

  ExpiredWorld() {
    LetItExpire();
    Boot();
  }
  void Boot() {
    ExpiredRenewalOptions options;
    options.enrol_urls = EnrolUrlsOf(identity, {});
    options.agent_version = "1.0";
    renewal = std::make_unique<ExpiredRenewal>(
        options, identity, folder, executor, random, broker.Factory(),
        ExpiredRenewal::Handlers{[this](const std::string& pem) { issued.push_back(pem); },
                                 [this](const Status& why) { problems.push_back(why); }});
  }
  bool Told(const std::string& text) const {
    return std::any_of(problems.begin(), problems.end(), [&](const Status& status) {
      return status.ToString().find(text) != std::string::npos;
    });
  }
};

}  // namespace

TEST_CASE("An expired certificate is renewed on the listener that the join token named",
          "[expired]") {
  ExpiredWorld world;
  world.renewal->Ask();
  world.LetHubAnswer();
  REQUIRE(world.issued.size() == 1);
  CHECK(world.folder.StoreNext(world.issued[0]).ok());
  REQUIRE_FALSE(world.broker.attempts.empty());
  const link::MqttOptions& options = world.broker.attempts[0];
  CHECK(options.url == "tls://mqtt.edge:8885");
  CHECK(options.tls.certificate_file.empty());
  CHECK(options.tls.ca_file == world.identity.ca_path);
  CHECK(options.client_id.compare(0, 11, "edge-enrol-") == 0);
}

TEST_CASE("A refusal is told and asked about again after minutes until it is lifted", "[expired]") {
  ExpiredWorld world;
  world.node.allow_expired_renewal = false;
  world.renewal->Ask();
  world.LetHubAnswer();
  CHECK(world.asked == 1);
  CHECK(world.Told("set spec.allowExpiredRenewal to true on EdgeNode till-1"));
  world.Live(seconds(55));
  CHECK(world.asked == 1);
  world.Live(std::chrono::hours(2));
  CHECK(world.asked >= 8);
  CHECK(world.asked <= 20);
  world.node.allow_expired_renewal = true;
  world.Live(minutes(16));
  CHECK(world.issued.size() == 1);
}

TEST_CASE("A lost answer is asked for again with the same key", "[expired]") {
  ExpiredWorld world;
  world.renewal->Ask();
  world.executor.RunReady();
  REQUIRE(world.broker.published.size() == 1);
  world.Answer(certs::DecodeEnrolRequest(world.broker.published[0].payload).value());
  world.answered = 1;
  world.Live(seconds(30));
  CHECK(world.issued.size() == 1);
  CHECK(world.certified.size() == 1);
}

TEST_CASE("A power cut while it asks leaves the key for the next attempt", "[expired]") {
  ExpiredWorld world;
  world.renewal->Ask();
  world.executor.RunReady();
  world.Answer(certs::DecodeEnrolRequest(world.broker.published[0].payload).value());
  world.answered = 1;
  const std::string key = world.files.Read("next/tls.key");
  world.Boot();
  world.renewal->Ask();
  world.LetHubAnswer();
  CHECK(world.issued.size() == 1);
  CHECK(world.files.Read("next/tls.key") == key);
}

TEST_CASE("A hub that has certified the key before is asked with another", "[expired]") {
  ExpiredWorld world;
  world.unable = AlreadyExists("the key was given a certificate before", "wait");
  world.renewal->Ask();
  world.executor.RunReady();
  const std::string first = world.files.Read("next/tls.key");
  world.LetHubAnswer();
  world.unable = Status::Ok();
  world.Live(minutes(3));
  REQUIRE(world.issued.size() == 1);
  CHECK(world.files.Read("next/tls.key") != first);
}

TEST_CASE("A forged answer is told and does not end the asking", "[expired]") {
  ExpiredWorld world;
  world.renewal->Ask();
  world.executor.RunReady();
  const auto request = certs::DecodeEnrolRequest(world.broker.published[0].payload).value();
  const auto other = certs::CertificateAuthority::Create("retail-edge MQTT CA", world.now());
  const certs::EnrolReply forged = certs::EnrolmentServer::AnswerExpired(
      request, other->SignNode(request.csr_pem, "till-1", world.now()).value(), world.random);
  const std::string topic = world.broker.published[0].topic;
  const std::string down = topic.substr(0, topic.rfind("/up")) + "/dn";
  world.broker.Inject({down, certs::EncodeEnrolReply(forged), 1});
  world.broker.Inject({down, "\xff\xff garbage", 1});
  world.executor.RunReady();
  CHECK(world.issued.empty());
  CHECK(world.Told("the answer is not the hub's"));
  world.LetHubAnswer();
  CHECK(world.issued.size() == 1);
}

TEST_CASE("A broker that is away is asked again for the renewal", "[expired]") {
  ExpiredWorld world;
  world.broker.refused_urls["tls://mqtt.edge:8885"] = Unavailable("refused", "start the broker");
  world.renewal->Ask();
  world.Live(seconds(5));
  CHECK(world.Told("refused"));
  world.broker.refused_urls.clear();
  world.Live(minutes(2));
  CHECK(world.issued.size() == 1);
}

TEST_CASE("Asking that was stopped begins anew when it is wanted again", "[expired]") {
  ExpiredWorld world;
  world.node.allow_expired_renewal = false;
  world.renewal->Ask();
  world.LetHubAnswer();
  world.renewal->Stop();
  world.Live(std::chrono::hours(1));
  CHECK(world.asked == 1);
  world.renewal->Ask();
  world.LetHubAnswer();
  CHECK(world.asked == 2);
}

TEST_CASE("An identity without enrolment listeners asks its brokers at the usual port",
          "[expired]") {
  certs::Identity identity;
  identity.broker_urls = {"tls://mqtt.edge:8883", "tls://[fd00::1]:8883", "tls://other", "junk"};
  using UrlList = std::vector<std::string>;
  CHECK(EnrolUrlsOf(identity, {}) ==
        UrlList{"tls://mqtt.edge:8885", "tls://[fd00::1]:8885", "tls://other:8885"});
  identity.enrol_urls = {"tls://mqtt.edge:443"};
  CHECK(EnrolUrlsOf(identity, {}) == identity.enrol_urls);
  CHECK(EnrolUrlsOf(identity, {"tls://moved:8883"}) ==
        UrlList{"tls://mqtt.edge:443", "tls://moved:8885"});
}

}  // namespace edge::edged
