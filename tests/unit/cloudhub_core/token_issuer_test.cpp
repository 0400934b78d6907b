#include "cloudhub/core/session/token_issuer.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "cloudhub/core/resources.h"
#include "tests/fakes/fake_kube_api.h"
#include "tests/fakes/log_capture.h"
#include "tests/fakes/manual_executor.h"
#include "tests/unit/cloudhub_core/cloud.h"
#include "tests/unit/sync/fake_view.h"

namespace edge::cloudhub {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

Json PodWithToken(const std::string& name = "till") {
  Json pod = MakePod(name, "n1");
  pod["spec"]["serviceAccountName"] = "cashier";
  pod["spec"]["volumes"] = {
      {{"name", "kube-api-access"},
       {"projected",
        {{"sources",
          {{{"serviceAccountToken", {{"path", "token"}, {"expirationSeconds", 3607}}}},
           {{"serviceAccountToken",
             {{"path", "v"}, {"audience", "vault"}, {"expirationSeconds", 600}}}}}}}}}};
  return pod;
}

struct Issuer {
  fakes::ManualExecutor executor;
  SeededRandom random{7};
  fakes::FakeKubeApi api{executor};
  sync::FakeView view;
  std::vector<sync::TokenReply> replies;
  TokenIssuer issuer{
      "n1",   api,  executor,
      random, view, [this](sync::TokenReply reply) { replies.push_back(std::move(reply)); }};
  sync::TokenRequest request{{"uid-of-till", "", 3607}, "shop", "till", "cashier"};

  Issuer() {
    Hold("till", PodWithToken());
    api.Put(kServiceAccounts, {{"metadata", {{"name", "cashier"}, {"namespace", "shop"}}}});
  }
  void Hold(const std::string& name, const Json& pod) {
    const std::string bytes = DumpJson(pod);
    view.objects["uid-of-" + name] = {
        {{sync::Kind::kPod, "shop", name}, "uid-of-" + name, sync::VersionOf(bytes)},
        std::make_shared<const std::string>(bytes)};
  }
  std::size_t Calls() const {
    return static_cast<std::size_t>(
        std::count_if(api.calls().begin(), api.calls().end(), [](const auto& call) {
          return call.verb == "create" && call.what == "serviceaccounts/token/shop/cashier";
        }));
  }
  std::string Refusal(const sync::TokenRequest& asked) {
    replies.clear();
    const std::size_t before = Calls();
    issuer.Ask(asked);
    executor.RunReady();
    REQUIRE(replies.size() == 1);
    CHECK(replies[0].token.empty());
    CHECK(Calls() == before);
    return replies[0].refused;
  }
};

TEST_CASE_METHOD(Issuer, "a token is asked for as the node and its lifetime is the API's",
                 "[tokens]") {
  issuer.Ask(request);
  executor.RunReady();
  REQUIRE(replies.size() == 1);
  CHECK(replies[0].key == request.key);
  CHECK(replies[0].token == "token-1 of serviceaccounts/shop/cashier");
  CHECK(replies[0].lifetime_seconds == 3607);
  CHECK(replies[0].expires_at == 1893456000);
  CHECK(replies[0].refused.empty());
  REQUIRE(Calls() == 1);
  CHECK(api.calls().back().actor == "n1");
}

TEST_CASE_METHOD(Issuer, "a doubled request is one call and a later one another", "[tokens]") {
  issuer.Ask(request);
  issuer.Ask(request);
  executor.RunReady();
  CHECK(Calls() == 1);
  issuer.Ask(request);
  executor.RunReady();
  CHECK(Calls() == 2);
  CHECK(replies.size() == 2);
}

TEST_CASE_METHOD(Issuer, "a node gets no token but what a volume of a pod of its own asks for",
                 "[tokens]") {
  sync::TokenRequest other = request;
  other.key.pod_uid = "uid-of-scale";
  CHECK(Refusal(other).find("the pod is not bound to it") != std::string::npos);
  other = request;
  other.name = "scale";
  CHECK(Refusal(other).find("the pod is not bound to it") != std::string::npos);
  other = request;
  other.ns = "kube-system";
  CHECK(Refusal(other).find("the pod is not bound to it") != std::string::npos);
  other = request;
  other.service_account = "admin";
  CHECK(Refusal(other) == "pod shop/till does not run as ServiceAccount admin");
  other = request;
  other.key.audience = "bank";
  CHECK(Refusal(other) == "no volume of pod shop/till asks for such a token");
  other = request;
  other.key.expiration_seconds = 86400;
  CHECK(Refusal(other) == "no volume of pod shop/till asks for such a token");
}

TEST_CASE_METHOD(Issuer, "while the pods are being listed there is no answer", "[tokens]") {
  view.unsynced.insert(sync::Kind::kPod);
  const auto till = view.objects.extract("uid-of-till");
  issuer.Ask(request);
  executor.Advance(minutes(1));
  CHECK(replies.empty());
  CHECK(Calls() == 0);
  Hold("till", PodWithToken());
  issuer.Ask(request);
  executor.RunReady();
  CHECK(replies.size() == 1);
}

TEST_CASE_METHOD(Issuer, "a passing failure is tried again and after a while left to the node",
                 "[tokens]") {
  api.FailNext("create", "serviceaccounts/token", Unavailable("down"), 3);
  issuer.Ask(request);
  executor.Advance(minutes(1));
  REQUIRE(replies.size() == 1);
  CHECK_FALSE(replies[0].token.empty());
  CHECK(Calls() == 4);
  api.FailNext("create", "serviceaccounts/token", Unavailable("down"), 7);
  issuer.Ask(request);
  executor.Advance(minutes(10));
  CHECK(replies.size() == 1);
  CHECK(Calls() == 11);
  issuer.Ask(request);
  executor.RunReady();
  CHECK(replies.size() == 2);
}

TEST_CASE_METHOD(Issuer, "a ServiceAccount that is missing is a refusal once it stays missing",
                 "[tokens]") {
  api.EraseUnseen(kServiceAccounts, "shop", "cashier");
  issuer.Ask(request);
  executor.RunReady();
  CHECK(replies.empty());
  executor.Advance(seconds(5));
  REQUIRE(replies.size() == 1);
  CHECK(replies[0].refused == "serviceaccounts/shop/cashier not found");
  CHECK(Calls() == 3);
  api.Put(kServiceAccounts, {{"metadata", {{"name", "cashier"}, {"namespace", "shop"}}}});
  issuer.Ask(request);
  executor.RunReady();
  CHECK_FALSE(replies.back().token.empty());
}

TEST_CASE_METHOD(Issuer, "an authorizer that learns late of the pod is asked again at once",
                 "[tokens]") {
  api.FailNext("create", "serviceaccounts/token", PermissionDenied("no relationship found"), 2);
  issuer.Ask(request);
  executor.Advance(seconds(2));
  REQUIRE(replies.size() == 1);
  CHECK_FALSE(replies[0].token.empty());
}

TEST_CASE_METHOD(Issuer, "what the API has not is a refusal that names the next step", "[tokens]") {
  api.FailNext("create", "serviceaccounts/token", Unimplemented("no tokens here", "leave it out"));
  issuer.Ask(request);
  executor.RunReady();
  REQUIRE(replies.size() == 1);
  CHECK(replies[0].refused == "no tokens here. leave it out");
}

TEST_CASE_METHOD(Issuer, "of many requests a few are under way at once", "[tokens]") {
  for (int i = 0; i < 20; ++i) {
    const std::string name = "till-" + std::to_string(i);
    Hold(name, PodWithToken(name));
    issuer.Ask({{"uid-of-" + name, "", 3607}, "shop", name, "cashier"});
  }
  CHECK(Calls() == 8);
  executor.RunReady();
  CHECK(Calls() == 20);
  CHECK(replies.size() == 20);
}

TEST_CASE_METHOD(Issuer, "no log line has a token in it", "[tokens]") {
  fakes::LogCapture log;
  issuer.Ask(request);
  executor.RunReady();
  api.FailNext("create", "serviceaccounts/token", Unavailable("down"), 1);
  issuer.Ask(request);
  executor.Advance(minutes(1));
  CHECK(log.LinesWith("token-") == 0);
}

TEST_CASE_METHOD(Cloud, "a node that asks for the token of its pod is answered", "[tokens]") {
  Heartbeat();
  const Json pod = api.Put(kPods, PodWithToken());
  api.Put(kServiceAccounts, {{"metadata", {{"name", "cashier"}, {"namespace", "shop"}}}});
  executor.Advance(seconds(1));
  const std::string uid = pod["metadata"]["uid"];
  Say(sync::TokenRequest{{uid, "vault", 600}, "shop", "till", "cashier"});
  const auto replies = transport.Of<sync::TokenReply>("n1");
  REQUIRE(replies.size() == 1);
  CHECK(replies[0].key == sync::TokenKey{uid, "vault", 600});
  CHECK_FALSE(replies[0].token.empty());
  api.Put(kEdgeNodes, MakeEdgeNode("n2"));
  executor.Advance(seconds(1));
  Say(sync::TokenRequest{{uid, "vault", 600}, "shop", "till", "cashier"}, "n2");
  REQUIRE(transport.Of<sync::TokenReply>("n2").size() == 1);
  CHECK(transport.Of<sync::TokenReply>("n2")[0].token.empty());
}

}  // namespace
}  // namespace edge::cloudhub
