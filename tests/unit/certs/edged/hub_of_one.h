#pragma once

#include <catch2/catch.hpp>

#include <optional>
#include <set>
#include <string>

#include "certs/enrolment_codec.h"
#include "certs/expired_renewal.h"
#include "certs/identity.h"
#include "tests/fakes/fake_mqtt.h"
#include "tests/fakes/manual_executor.h"
#include "tests/fakes/temp_folder.h"
#include "tests/unit/certs/fixtures.h"

namespace edge::edged::testing {

/// A terminal's identity on disk, a broker, and a hub that renews its expired certificate as the
/// test says.
struct HubOfOne {
  fakes::TempFolder files;
  fakes::ManualExecutor executor;
  fakes::FakeBroker broker{executor};
  SystemRandom random;
  certs::EnrolmentServer server{certs::testing::TestAuthority()};
  certs::IdentityFolder folder{files.path()};
  certs::Identity identity;
  certs::AdmittedNode node{"retail-edge", false, true};
  std::set<std::string> certified;  ///< requests that were given a certificate, by their text
  Status unable;                    ///< the hub's refusal, whatever is asked
  Duration hub_ahead{};             ///< of the terminal's clock
  int asked = 0;
  std::size_t answered = 0;

  HubOfOne() {
    const std::string csr = certs::testing::CsrOf(folder.EnrolmentKey().value());
    const std::string pem = certs::testing::TestAuthority().SignNode(csr, "till-1", now()).value();
    certs::JoinToken token = certs::testing::TestToken(random);
    identity =
        folder.Complete(token, {pem, certs::testing::TestAuthority().certificate_pem()}).value();
  }
  WallTime now() { return executor.clock().Wall(); }
  /// The terminal is off for longer than its certificate lives.
  void LetItExpire() { executor.manual_clock().Advance(certs::kNodeLife + std::chrono::hours(24)); }

  certs::EnrolReply Answer(const certs::EnrolRequest& request) {
    if (auto refused = server.Screen(request)) return *refused;
    if (auto refused = server.AuthenticateExpired(request, now() + hub_ahead)) return *refused;
    if (!unable.ok()) return certs::EnrolmentServer::Refuse(request, unable);
    if (Status may = server.AdmitExpired(request, &node); !may.ok()) {
      return certs::EnrolmentServer::Refuse(request, may);
    }
    certified.insert(request.csr_pem);
    const auto pem = certs::testing::TestAuthority().SignNode(request.csr_pem, request.node_name,
                                                              now() + hub_ahead);
    return certs::EnrolmentServer::AnswerExpired(request, pem.value(), random);
  }
  /// Lets the hub answer what has come since the last call.
  void LetHubAnswer() {
    executor.RunReady();
    while (answered < broker.published.size()) {
      const link::MqttMessage message = broker.published[answered++];
      const std::size_t up = message.topic.rfind("/up");
      if (!message.topic.starts_with("e1-enrol/") || up == std::string::npos) continue;
      const auto request = certs::DecodeEnrolRequest(message.payload);
      REQUIRE(request.ok());
      ++asked;
      broker.Inject(
          {message.topic.substr(0, up) + "/dn", certs::EncodeEnrolReply(Answer(*request)), 1});
      executor.RunReady();
    }
  }
  /// Time goes by in small steps, and the hub answers in each.
  void Live(Duration time) {
    constexpr Duration kStep = std::chrono::seconds(5);
    for (Duration passed{}; passed < time; passed += kStep) {
      executor.Advance(kStep);
      LetHubAnswer();
    }
  }
};

}  // namespace edge::edged::testing
