#include "cloudhub/core/enrolment/certificate_records.h"
#include "cloudhub/core/enrolment/link_info.h"
#include "cloudhub/core/enrolment/token_secret.h"
#include "cloudhub/core/resources.h"
#include "common/bytes.h"
#include "tests/fakes/fake_kube_api.h"
#include "tests/fakes/manual_executor.h"
#include "tests/unit/certs/fixtures.h"

namespace edge::cloudhub {
using certs::testing::kNow;

namespace {

constexpr Duration kHour = std::chrono::hours(1);

certs::StoredToken Token() {
  return {"0123456789abcdef", "till-1", "retail-edge", std::string(32, '\1'), kNow, std::nullopt};
}

}  // namespace

TEST_CASE("A token survives its Secret with and without a redemption", "[enrolment]") {
  const Json secret = TokenToSecret(Token());
  CHECK(secret["metadata"]["name"] == "join-0123456789abcdef");
  CHECK(secret["metadata"]["labels"]["edge.kubeedge.io/node"] == "till-1");
  const certs::StoredToken back = TokenFromSecret(secret).value();
  CHECK(back.node_name == "till-1");
  CHECK(back.secret == Token().secret);
  CHECK(back.expires == kNow);
  CHECK_FALSE(back.redemption);
  Json redeemed = secret;
  redeemed.merge_patch(RedemptionPatch(secret, {kNow, "ff", "PEM"}));
  const auto redemption = TokenFromSecret(redeemed)->redemption.value();
  CHECK(redemption.at == kNow);
  CHECK(redemption.key_fingerprint == "ff");
  CHECK(redemption.certificate_pem == "PEM");
}

TEST_CASE("A Secret of another type or name or with a broken field is no token", "[enrolment]") {
  const Json good = TokenToSecret(Token());
  Json type = good;
  type["type"] = "Opaque";
  Json name = good;
  name["metadata"]["name"] = "join-other";
  Json field = good;
  field["data"]["expires"] = "!!";
  Json missing = good;
  missing["data"].erase("secret");
  for (const Json& bad : {type, name, field, missing, Json(), Json::array()}) {
    CHECK(TokenFromSecret(bad).status().code() == Code::kInvalidArgument);
  }
}

TEST_CASE("Certificate records survive their annotation and expired ones drop out", "[enrolment]") {
  Json node = {{"metadata", {{"uid", "u"}, {"resourceVersion", "7"}}}};
  const Json patch =
      RecordsPatch(node, {{"aa", kNow, kNow + kHour}, {"bb", kNow, kNow + 2 * kHour, "ff"}});
  CHECK(patch["metadata"]["uid"] == "u");
  CHECK(patch["metadata"]["resourceVersion"] == "7");
  node.merge_patch(patch);
  REQUIRE(RecordsOf(node).size() == 2);
  CHECK(RecordsOf(node)[0].serial == "aa");
  CHECK(RecordsOf(node)[0].key_fingerprint.empty());
  CHECK(RecordsOf(node)[1].key_fingerprint == "ff");
  CHECK(Pruned(RecordsOf(node), kNow + kHour).size() == 1);
}

TEST_CASE("Of the certificates of a node the best one says how it stands", "[enrolment]") {
  using What = CertificateState::What;
  std::string revoked;
  const auto state = [&](const std::vector<CertificateRecord>& records) {
    return StateOf(
        records, [&](const std::string& serial) { return serial == revoked; }, kNow);
  };
  const CertificateRecord old{"aa", kNow - 2 * kHour, kNow - kHour};
  const CertificateRecord short_one{"bb", kNow - kHour, kNow + kHour};
  const CertificateRecord long_one{"cc", kNow - kHour, kNow + 2 * kHour};
  CHECK(state({}) == CertificateState{});
  CHECK(state({old}) == CertificateState{What::kExpired, old.not_after});
  CHECK(state({long_one, short_one, old}) == CertificateState{What::kValid, long_one.not_after});
  revoked = "cc";
  CHECK(state({long_one, short_one, old}) == CertificateState{What::kValid, short_one.not_after});
  CHECK(state({long_one}) == CertificateState{What::kRevoked, long_one.not_after});
}

TEST_CASE("A broken annotation reads as no records", "[enrolment]") {
  for (const char* text : {"", "junk", "{}", "[1]", R"([{"serial":"a"}])"}) {
    const Json node = {{"metadata", {{"annotations", {{kCertificatesAnnotation, text}}}}}};
    CHECK(RecordsOf(node).empty());
  }
}

TEST_CASE("A certificate that is still valid is never left out of the records", "[enrolment]") {
  std::vector<CertificateRecord> records;
  for (int i = 0; i < 200; ++i) {
    records.push_back({std::to_string(i), kNow - i * kHour, kNow + 1000 * kHour});
  }
  const auto kept = Pruned(records, kNow);
  REQUIRE(kept.size() == 200);
  CHECK(kept.front().serial == "199");  // the oldest first
}

TEST_CASE("A node is given four certificates a day and told when to ask again", "[enrolment]") {
  const Duration life = 90 * 24 * kHour;
  std::vector<CertificateRecord> records;
  for (int i = 0; i < 4; ++i) {
    CHECK(MayHaveAnother("till-1", records, kNow + i * kHour, life).ok());
    records.push_back({std::to_string(i), kNow + i * kHour, kNow + life});
  }
  const Status fifth = MayHaveAnother("till-1", records, kNow + 4 * kHour, life);
  CHECK(fifth.code() == Code::kResourceExhausted);
  CHECK(fifth.message().find("till-1") != std::string::npos);
  CHECK(fifth.next_step().find(FormatTime(kNow + 24 * kHour)) != std::string::npos);
  CHECK(MayHaveAnother("till-1", records, kNow + 24 * kHour, life).ok());
}

TEST_CASE("The limit on renewals follows the life of certificates", "[enrolment]") {
  const Duration life = std::chrono::minutes(90);
  std::vector<CertificateRecord> records(4, {"a", kNow, kNow + life});
  CHECK_FALSE(MayHaveAnother("till-1", records, kNow + std::chrono::seconds(59), life).ok());
  CHECK(MayHaveAnother("till-1", records, kNow + std::chrono::seconds(60), life).ok());
}

TEST_CASE("A node with 128 valid certificates gets no other until one is gone", "[enrolment]") {
  const Duration life = 90 * 24 * kHour;
  const std::vector<CertificateRecord> records(128, {"a", kNow, kNow + life});
  const WallTime later = kNow + life / 2;
  const Status refused = MayHaveAnother("till-1", records, later, life);
  CHECK(refused.code() == Code::kResourceExhausted);
  CHECK(refused.message().find("128") != std::string::npos);
  CHECK(refused.next_step().find("join token") != std::string::npos);
}

TEST_CASE("The link facts survive their ConfigMap and a lacking one names what it lacks",
          "[enrolment]") {
  const LinkInfo info{"retail", "PEM", {"tls://a:1", "tls://b:2"}, {"tls://c:3"}};
  const LinkInfo back = LinkInfoFromConfigMap(LinkInfoToConfigMap(info)).value();
  CHECK(back.cluster_name == "retail");
  CHECK(back.ca_certificate_pem == "PEM");
  CHECK(back.enrol_urls == info.enrol_urls);
  CHECK(back.broker_urls == info.broker_urls);
  const Status status = LinkInfoFromConfigMap({{"data", {{"clusterName", "x"}}}}).status();
  CHECK(status.message().find("edge-link has no ca.crt") != std::string::npos);
}

TEST_CASE("The hub publishes the link facts and brings them up to date", "[enrolment]") {
  fakes::ManualExecutor executor;
  fakes::FakeKubeApi api(executor);
  LinkInfo info{"retail", "PEM", {"tls://a:1"}, {"tls://c:3"}};
  const auto publish = [&] {
    std::optional<Status> status;
    PublishLinkInfo(api, info, [&](const Status& result) { status = result; });
    executor.RunReady();
    REQUIRE(status);
    return *status;
  };
  REQUIRE(publish().ok());
  info.enrol_urls = {"tls://b:2"};
  REQUIRE(publish().ok());
  const Json map = api.Peek(kConfigMaps, "edge-system", "edge-link");
  CHECK(LinkInfoFromConfigMap(map)->enrol_urls == info.enrol_urls);
  CHECK_FALSE(api.Peek(kNamespaces, "", "edge-system").is_null());
  api.FailNext("create", "namespaces", Unavailable("down"));
  CHECK(publish().code() == Code::kUnavailable);
}

}  // namespace edge::cloudhub
