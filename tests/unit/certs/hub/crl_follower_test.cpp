#include "cloudhub/core/enrolment/crl_follower.h"

#include "cloudhub/core/enrolment/revocations.h"
#include "cloudhub/core/resources.h"
#include "tests/fakes/fake_kube_api.h"
#include "tests/fakes/manual_executor.h"
#include "tests/unit/certs/fixtures.h"

namespace edge::cloudhub {
namespace {

using certs::testing::TestAuthority;

struct CrlWorld {
  fakes::ManualExecutor executor;
  fakes::FakeKubeApi api{executor};
  SeededRandom random{1};
  std::vector<std::string> installed;
  Status install_status;
  std::unique_ptr<CrlFollower> follower;

  void Start() {
    follower = std::make_unique<CrlFollower>(TestAuthority().certificate_pem(), api, executor,
                                             random, [this](const std::string& crl) {
                                               installed.push_back(crl);
                                               return install_status;
                                             });
    executor.RunReady();
  }
  std::string List(std::uint64_t number, Duration life = certs::kCrlLife) {
    return *TestAuthority().MakeCrl({}, number, executor.clock().Wall(), life);
  }
  void Publish(const std::string& crl) {
    api.Put(kConfigMaps, {{"apiVersion", "v1"},
                          {"kind", "ConfigMap"},
                          {"metadata", {{"name", "edge-crl"}, {"namespace", "edge-system"}}},
                          {"data", {{"nodes.crl", crl}}}});
    executor.RunReady();
  }
};

}  // namespace

TEST_CASE("Each list that a hub publishes is installed, once", "[enrolment]") {
  CrlWorld world;
  const std::string first = world.List(1);
  const std::string second = world.List(2);
  world.Publish(first);
  world.Start();
  world.Publish(second);
  world.Publish(second);
  CHECK(world.installed == std::vector<std::string>{first, second});
}

TEST_CASE("A list by which a broker would refuse everybody is left", "[enrolment]") {
  CrlWorld world;
  world.Start();
  const auto other = certs::CertificateAuthority::Create("other", world.executor.clock().Wall());
  REQUIRE(other.ok());
  world.Publish(*other->MakeCrl({}, 1, world.executor.clock().Wall()));
  world.Publish("no list");
  const std::string short_lived = world.List(1, std::chrono::hours(1));
  const std::string early =
      *TestAuthority().MakeCrl({}, 9, world.executor.clock().Wall() + std::chrono::hours(24 * 9));
  world.Publish(early);
  world.executor.Advance(std::chrono::hours(2));
  world.Publish(short_lived);
  CHECK(world.installed.empty());
  // A hub that is a day ahead makes good ones.
  world.Publish(
      *TestAuthority().MakeCrl({}, 10, world.executor.clock().Wall() + std::chrono::hours(24)));
  CHECK(world.installed.size() == 1);
}

TEST_CASE("A broker that cannot be told yet is told again", "[enrolment]") {
  CrlWorld world;
  world.install_status = NotFound("no PID file");
  world.Publish(world.List(1));
  world.Start();
  CHECK(world.installed.size() == 1);
  world.executor.Advance(std::chrono::seconds(1));
  world.install_status = Status::Ok();
  world.executor.Advance(std::chrono::seconds(40));
  const std::size_t tries = world.installed.size();
  CHECK(tries >= 2);
  world.executor.Advance(std::chrono::minutes(5));
  CHECK(world.installed.size() == tries);
}

}  // namespace edge::cloudhub
