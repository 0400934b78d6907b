#include "edged/agent/enrol/join.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "certs/enrolment_codec.h"
#include "tests/fakes/fake_mqtt.h"
#include "tests/fakes/manual_executor.h"
#include "tests/fakes/temp_folder.h"
#include "tests/unit/certs/fixtures.h"

namespace edge::edged {

namespace {

using certs::testing::TestAuthority;
using std::chrono::seconds;

/// A terminal, a broker, and a hub that answers as the test says.
struct JoinWorld {
  fakes::TempFolder files;
  fakes::ManualExecutor executor;
  fakes::FakeBroker broker{executor};
  SystemRandom random;
  certs::EnrolmentServer server{TestAuthority()};
  std::optional<certs::AdmittedNode> node = certs::AdmittedNode{"retail-edge", false};
  std::optional<certs::StoredToken> stored;
  std::optional<certs::Identity> joined;
  std::vector<Status> problems;
  std::set<std::string> silent;  ///< tokens whose requests get no answer
  std::size_t answered = 0;
  std::unique_ptr<Join> join;

  JoinWorld() {
    JoinOptions options;
    options.token_folders = {files.path() + "/tokens"};
    options.identity_folder = files.path() + "/state";
    options.agent_version = "1.0";
    join =
        std::make_unique<Join>(options, executor, random, broker.Factory(),
                               Join::Handlers{[this](certs::Identity i) { joined = i; },
                                              [this](const Status& s) { problems.push_back(s); }});
  }

  certs::JoinToken PutToken(const std::string& file = "till-1.token.yaml") {
    certs::JoinToken token = certs::testing::TestToken(random);
    token.expires = executor.clock().Wall() + std::chrono::hours(24);
    files.Write("tokens/" + file, certs::FormatToken(token), 0600);
    stored = certs::StoredToken{token.id,     token.node_name, token.cluster_name,
                                token.secret, token.expires,   std::nullopt};
    return token;
  }

  /// The hub's answer to one request.
  certs::EnrolReply Answer(const certs::EnrolRequest& request) {
    if (const auto refused = server.Screen(request)) return *refused;
    if (const auto refused = server.Authenticate(request, stored ? &*stored : nullptr)) {
      return *refused;
    }
    certs::EnrolDecision decision =
        server.Decide(request, *stored, node ? &*node : nullptr, executor.clock().Wall(), random);
    if (decision.what == certs::EnrolDecision::What::kIssue) {
      stored->redemption = decision.redemption;
    }
    return decision.reply;
  }

  /// Lets the hub answer what has come since the last call.
  void LetHubAnswer() {
    executor.RunReady();
    while (answered < broker.published.size()) {
      const link::MqttMessage message = broker.published[answered++];
      const std::size_t up = message.topic.rfind("/up");
      if (up == std::string::npos) continue;
      const auto request = certs::DecodeEnrolRequest(message.payload);
      REQUIRE(request.ok());
      if (silent.count(request->token_id) > 0) continue;
      broker.Inject(
          {message.topic.substr(0, up) + "/dn", certs::EncodeEnrolReply(Answer(*request)), 1});
      executor.RunReady();
    }
  }
  bool Told(const std::string& text) const {
    return std::any_of(problems.begin(), problems.end(), [&](const Status& status) {
      return status.ToString().find(text) != std::string::npos;
    });
  }
};

}  // namespace

TEST_CASE("A terminal with a token file becomes a node without a keyboard", "[enrol]") {
  JoinWorld world;
  world.PutToken();
  world.join->Start();
  world.LetHubAnswer();
  REQUIRE(world.joined);
  CHECK(world.joined->node_name == "till-1");
  CHECK(certs::IdentityFolder(world.files.path() + "/state").Load()->has_value());
  REQUIRE_FALSE(world.broker.attempts.empty());
  const link::MqttOptions& options = world.broker.attempts[0];
  CHECK(options.tls.certificate_file.empty());
  CHECK(world.files.Read("state/enrol-ca.crt") == TestAuthority().certificate_pem());
  CHECK(options.client_id.compare(0, 11, "edge-enrol-") == 0);
}

TEST_CASE("A stick that is plugged in later is found", "[enrol]") {
  JoinWorld world;
  world.join->Start();
  world.LetHubAnswer();
  CHECK(world.Told("no join token was found"));
  CHECK(world.problems.size() == 1);
  world.PutToken();
  world.executor.Advance(seconds(10));
  world.LetHubAnswer();
  CHECK(world.joined);
}

TEST_CASE("A terminal that waits for its EdgeNode gets in by itself", "[enrol]") {
  JoinWorld world;
  world.PutToken();
  world.node.reset();
  world.join->Start();
  world.LetHubAnswer();
  CHECK_FALSE(world.joined);
  CHECK(world.Told("there is no EdgeNode till-1"));
  world.node = certs::AdmittedNode{"retail-edge", false};
  world.executor.Advance(seconds(10));
  world.LetHubAnswer();
  CHECK(world.joined);
}

TEST_CASE("A token that is refused for good is left for the next one", "[enrol]") {
  JoinWorld world;
  world.PutToken("1.token.yaml");
  world.stored.reset();
  world.join->Start();
  world.LetHubAnswer();
  CHECK(world.Told("the join token is not accepted"));
  CHECK_FALSE(world.joined);
  world.PutToken("2.token.yaml");
  world.executor.Advance(seconds(10));
  world.LetHubAnswer();
  CHECK(world.joined);
}

TEST_CASE("A mended copy of a token that was refused is tried", "[enrol]") {
  JoinWorld world;
  const certs::JoinToken good = world.PutToken();
  certs::JoinToken bad = good;
  bad.secret[0] ^= 1;
  world.files.Write("tokens/till-1.token.yaml", certs::FormatToken(bad), 0600);
  world.join->Start();
  world.LetHubAnswer();
  REQUIRE(world.Told("the join token is not accepted"));
  world.files.Write("tokens/till-1.token.yaml", certs::FormatToken(good), 0600);
  world.executor.Advance(seconds(10));
  world.LetHubAnswer();
  CHECK(world.joined);
}

TEST_CASE("A token that is replaced while it is tried in vain is let go", "[enrol]") {
  JoinWorld world;
  world.silent.insert(world.PutToken().id);
  world.join->Start();
  world.LetHubAnswer();
  CHECK_FALSE(world.joined);
  world.PutToken();  // the same file
  world.executor.Advance(seconds(10));
  world.LetHubAnswer();
  CHECK(world.joined);
}

TEST_CASE("A token without an answer does not hide another one", "[enrol]") {
  JoinWorld world;
  world.silent.insert(world.PutToken("1.token.yaml").id);
  world.PutToken("2.token.yaml");
  world.join->Start();
  world.LetHubAnswer();
  CHECK_FALSE(world.joined);
  for (int i = 0; i < 3; ++i) {  // its turn is 30 s
    CHECK_FALSE(world.joined);
    world.executor.Advance(seconds(10));
    world.LetHubAnswer();
  }
  CHECK(world.joined);
}

TEST_CASE("A token that is taken away or expires while it is tried is said to be missing",
          "[enrol]") {
  JoinWorld world;
  world.silent.insert(world.PutToken().id);
  world.join->Start();
  world.LetHubAnswer();
  SECTION("taken away") {
    std::filesystem::remove_all(world.files.path() + "/tokens");
    world.executor.Advance(seconds(10));
    CHECK(world.Told("no join token was found"));
    CHECK(world.Told("/tokens"));
  }
  SECTION("expired") {
    world.executor.Advance(std::chrono::hours(25));
    CHECK(world.Told("expired"));
  }
  const std::size_t sent = world.broker.published.size();
  world.executor.Advance(seconds(600));
  CHECK(world.broker.published.size() == sent);
  world.PutToken();
  world.executor.Advance(seconds(10));
  world.LetHubAnswer();
  CHECK(world.joined);
}

TEST_CASE("A reply that was lost is asked for again with the same key", "[enrol]") {
  JoinWorld world;
  world.PutToken();
  world.join->Start();
  world.executor.RunReady();
  REQUIRE(world.broker.published.size() == 1);
  const auto lost = certs::DecodeEnrolRequest(world.broker.published[0].payload);
  const certs::EnrolReply first = world.Answer(*lost);
  world.answered = 1;
  world.executor.Advance(seconds(30));
  world.LetHubAnswer();
  REQUIRE(world.joined);
  CHECK(world.files.Read("state/tls.crt") == first.certificate_pem);
}

TEST_CASE("A forged reply does not stop the enrolment", "[enrol]") {
  JoinWorld world;
  world.PutToken();
  world.join->Start();
  world.executor.RunReady();
  const auto request = certs::DecodeEnrolRequest(world.broker.published[0].payload);
  certs::EnrolReply forged;
  forged.nonce = request->nonce;
  forged.certificate_pem =
      TestAuthority().SignNode(request->csr_pem, "till-1", certs::testing::kNow).value();
  forged.mac = std::string(32, 'x');
  const std::string topic = world.broker.published[0].topic;
  const std::string down = topic.substr(0, topic.rfind("/up")) + "/dn";
  world.broker.Inject({down, certs::EncodeEnrolReply(forged), 1});
  world.broker.Inject({down, "\xff\xff garbage", 1});
  world.executor.RunReady();
  CHECK_FALSE(world.joined);
  CHECK(world.Told("does not prove"));
  world.LetHubAnswer();
  CHECK(world.joined);
}

TEST_CASE("A broker that is away is tried again", "[enrol]") {
  JoinWorld world;
  world.PutToken();
  world.broker.refused_urls["tls://mqtt.edge:8885"] = Unavailable("refused", "start the broker");
  world.join->Start();
  world.executor.Advance(seconds(5));
  CHECK(world.Told("refused"));
  world.broker.refused_urls.clear();
  world.executor.Advance(seconds(120));
  world.LetHubAnswer();
  CHECK(world.joined);
}

TEST_CASE("A power cut during enrolment ends in the same identity", "[enrol]") {
  JoinWorld world;
  const certs::JoinToken token = world.PutToken();
  world.join->Start();
  world.executor.RunReady();
  const auto lost = certs::DecodeEnrolRequest(world.broker.published[0].payload);
  const certs::EnrolReply first = world.Answer(*lost);
  world.join.reset();
  world.executor.RunReady();
  JoinWorld after;
  std::filesystem::copy(world.files.path(), after.files.path(),
                        std::filesystem::copy_options::recursive);
  after.stored = world.stored;
  after.join->StartWith(token);
  after.LetHubAnswer();
  REQUIRE(after.joined);
  CHECK(after.files.Read("state/tls.crt") == first.certificate_pem);
}

}  // namespace edge::edged
