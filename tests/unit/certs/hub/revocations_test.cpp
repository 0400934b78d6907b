#include "cloudhub/core/enrolment/revocations.h"

#include "cloudhub/core/resources.h"
#include "tests/fakes/fake_kube_api.h"
#include "tests/fakes/manual_executor.h"
#include "tests/unit/certs/fixtures.h"

namespace edge::cloudhub {

namespace {

using certs::testing::TestAuthority;

struct RevocationWorld {
  fakes::ManualExecutor executor;
  fakes::FakeKubeApi api{executor};
  RevocationWriter writer{api, executor};
  std::vector<std::string> published;
  std::vector<std::string> told;  ///< nodes that were said to be revoked
  Status publish_status;
  SeededRandom random{1};

  WallTime now() { return executor.clock().Wall(); }
  CertificateRecord Record(const std::string& serial) {
    return {serial, now(), now() + std::chrono::hours(1000)};
  }
  Status Revoke(std::vector<CertificateRecord> records) {
    std::optional<Status> status;
    writer.Revoke("till-1", std::move(records), [&](const Status& result) { status = result; });
    executor.RunReady();
    REQUIRE(status);
    return *status;
  }
  std::unique_ptr<RevocationList> List() {
    auto list = std::make_unique<RevocationList>(
        TestAuthority(), api, executor, random,
        [this](const std::string& crl) {
          published.push_back(crl);
          return publish_status;
        },
        [this](const std::string& node) { told.push_back(node); });
    executor.RunReady();
    return list;
  }
  std::vector<std::string> LastSerials() { return certs::ReadCrl(published.back())->serials; }
};

}  // namespace

TEST_CASE("Revocations add up in one ConfigMap", "[enrolment]") {
  RevocationWorld world;
  REQUIRE(world.Revoke({world.Record("aa")}).ok());
  REQUIRE(world.Revoke({world.Record("bb"), world.Record("cc")}).ok());
  REQUIRE(world.Revoke({}).ok());
  const auto rows = RevocationsOf(world.api.Peek(kConfigMaps, "edge-system", "edge-revocations"));
  CHECK(rows.size() == 3);
}

TEST_CASE("Rows of expired certificates leave when others are added", "[enrolment]") {
  RevocationWorld world;
  REQUIRE(world.Revoke({world.Record("aa")}).ok());
  world.executor.Advance(std::chrono::hours(1001));
  REQUIRE(world.Revoke({world.Record("bb")}).ok());
  const auto rows = RevocationsOf(world.api.Peek(kConfigMaps, "edge-system", "edge-revocations"));
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].serial == "bb");
}

TEST_CASE("A conflict while revoking is tried again and an outage is reported", "[enrolment]") {
  RevocationWorld world;
  REQUIRE(world.Revoke({world.Record("aa")}).ok());
  world.api.FailNext("patch", "configmaps", Aborted("conflict"), 2);
  CHECK(world.Revoke({world.Record("bb")}).ok());
  world.api.FailNext("patch", "configmaps", Aborted("conflict"), 50);
  CHECK(world.Revoke({world.Record("cc")}).code() == Code::kAborted);
  world.api.FailNext("get", "configmaps", Unavailable("down"));
  CHECK(world.Revoke({world.Record("dd")}).code() == Code::kUnavailable);
}

TEST_CASE("The list is published at start and at each change and each day", "[enrolment]") {
  RevocationWorld world;
  const auto list = world.List();
  REQUIRE(world.published.size() == 1);
  CHECK(world.LastSerials().empty());
  REQUIRE(world.Revoke({world.Record("aa")}).ok());
  REQUIRE(world.published.size() == 2);
  CHECK(world.LastSerials() == std::vector<std::string>{"aa"});
  CHECK(list->IsRevoked("aa"));
  CHECK_FALSE(list->IsRevoked("bb"));
  world.executor.Advance(std::chrono::hours(24));
  REQUIRE(world.published.size() == 3);
  CHECK(certs::ReadCrl(world.published[2])->number > certs::ReadCrl(world.published[1])->number);
}

TEST_CASE("A list that cannot be installed is tried again", "[enrolment]") {
  RevocationWorld world;
  world.publish_status = Unavailable("disk");
  const auto list = world.List();
  REQUIRE(world.published.size() == 1);
  world.publish_status = Status::Ok();
  world.executor.Advance(std::chrono::minutes(1));
  CHECK(world.published.size() == 2);
}

TEST_CASE("Deleting the ConfigMap brings no revoked certificate back", "[enrolment]") {
  RevocationWorld world;
  REQUIRE(world.Revoke({world.Record("aa")}).ok());
  const auto list = world.List();
  world.api.Erase(kConfigMaps, "edge-system", "edge-revocations");
  world.executor.RunReady();
  CHECK(world.LastSerials() == std::vector<std::string>{"aa"});
}

TEST_CASE("A node is told of once its new revocation is published and not at the start",
          "[enrolment]") {
  RevocationWorld world;
  REQUIRE(world.Revoke({world.Record("aa")}).ok());
  const auto list = world.List();
  CHECK(world.told.empty());
  world.publish_status = Unavailable("no disk");
  REQUIRE(world.Revoke({world.Record("bb")}).ok());
  CHECK(list->IsRevoked("bb"));
  CHECK(world.told.empty());
  world.publish_status = Status::Ok();
  world.executor.Advance(std::chrono::minutes(2));
  CHECK(world.told == std::vector<std::string>{"till-1"});
}

TEST_CASE("Brokers elsewhere find the list in a ConfigMap", "[enrolment]") {
  RevocationWorld world;
  const auto list = world.List();
  REQUIRE(world.Revoke({world.Record("aa")}).ok());
  const Json published = world.api.Peek(kConfigMaps, "edge-system", "edge-crl");
  CHECK(FindString(published, {"data", "nodes.crl"}) == world.published.back());
}

TEST_CASE("A node is told of when the API took the list, or the role does not allow to publish it",
          "[enrolment]") {
  RevocationWorld world;
  const auto list = world.List();
  REQUIRE(world.Revoke({}).ok());
  // The rows are made by the first create; the list by patches, as it was there.
  REQUIRE(world.Revoke({world.Record("aa")}).ok());
  world.told.clear();
  world.api.FailNext("create", "configmaps", Unavailable("restarting"), 3);
  REQUIRE(world.Revoke({world.Record("bb")}).ok());
  CHECK(world.told.empty());
  world.executor.Advance(std::chrono::minutes(1));
  CHECK(world.told == std::vector<std::string>{"till-1"});
  CHECK(FindString(world.api.Peek(kConfigMaps, "edge-system", "edge-crl"), {"data", "nodes.crl"}) ==
        world.published.back());
  world.told.clear();
  world.api.FailNext("create", "configmaps", PermissionDenied("not in the role"), 1);
  REQUIRE(world.Revoke({world.Record("cc")}).ok());
  CHECK(world.told == std::vector<std::string>{"till-1"});
}

TEST_CASE("Where no broker is beside the hub the list is followed all the same", "[enrolment]") {
  RevocationWorld world;
  std::vector<std::string> told;
  const RevocationList list(TestAuthority(), world.api, world.executor, world.random, nullptr,
                            [&](const std::string& node) { told.push_back(node); });
  world.executor.RunReady();
  REQUIRE(world.Revoke({world.Record("aa")}).ok());
  CHECK(list.IsRevoked("aa"));
  CHECK(told == std::vector<std::string>{"till-1"});
}

}  // namespace edge::cloudhub
