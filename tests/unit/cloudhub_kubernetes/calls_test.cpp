#include <catch2/catch.hpp>

#include "cloudhub/adapters/kubernetes/cluster_identity.h"
#include "cloudhub/adapters/kubernetes/kubernetes_api.h"
#include "tests/fakes/log_capture.h"
#include "tests/fakes/manual_executor.h"
#include "tests/unit/cloudhub_kubernetes/fake_http.h"

namespace edge::cloudhub::kubernetes {
namespace {

using std::chrono::seconds;

const Resource kConfigMaps{"", "v1", "configmaps"};
const std::string kNoNode = ApiStatus(404, "NotFound", "nodes \"x\" not found", "x");
const std::string kForbidden = ApiStatus(403, "Forbidden", "User \"hub\" cannot");

struct Caller {
  void Get(const std::string& name = "a", const Actor& actor = {}) {
    api.Get(actor, kConfigMaps, "default", name,
            [this](Result<Json> result) { answer = std::move(result); });
  }
  Code GetAnswered(long code, const std::string& body) {
    Get();
    http.Answer(code, body);
    return answer.value().status().code();
  }

  FakeHttp http;
  fakes::ManualExecutor executor;
  SeededRandom random{1};
  KubernetesApi api{http, executor, random};
  std::optional<Result<Json>> answer;
};

TEST_CASE("Answers of the API server carry the port's codes and its own words", "[kubernetes]") {
  Caller c;
  CHECK(c.GetAnswered(401, ApiStatus(401, "Unauthorized", "no")) == Code::kUnauthenticated);
  CHECK(c.GetAnswered(403, kForbidden) == Code::kPermissionDenied);
  CHECK(c.answer->status().message().find("GET /api/v1/namespaces/default/configmaps/a: User") ==
        0);
  CHECK(c.GetAnswered(409, ApiStatus(409, "AlreadyExists", "is")) == Code::kAlreadyExists);
  CHECK(c.GetAnswered(409, ApiStatus(409, "Conflict", "is")) == Code::kAborted);
  CHECK(c.GetAnswered(422, ApiStatus(422, "Invalid", "is")) == Code::kInvalidArgument);
  CHECK(c.GetAnswered(429, ApiStatus(429, "TooManyRequests", "is")) == Code::kResourceExhausted);
  CHECK(c.GetAnswered(500, ApiStatus(500, "InternalError", "is")) == Code::kUnavailable);
  CHECK(c.GetAnswered(500, ApiStatus(500, "", "etcdserver: request is too large")) ==
        Code::kInvalidArgument);
  CHECK(c.GetAnswered(503, "upstream connect error") == Code::kUnavailable);
  CHECK(c.GetAnswered(200, "{}") == Code::kOk);
  CHECK(c.GetAnswered(200, "<html>") == Code::kUnavailable);
  CHECK(c.GetAnswered(200, "[]") == Code::kUnavailable);
}

TEST_CASE("Only a Status that names the object is evidence that it is gone", "[kubernetes]") {
  Caller c;
  CHECK(c.GetAnswered(404, ApiStatus(404, "NotFound", "a not found", "a")) == Code::kNotFound);
  CHECK(c.GetAnswered(404, "404 page not found\n") == Code::kUnavailable);
  CHECK(c.GetAnswered(404, ApiStatus(404, "NotFound", "could not find the requested resource")) ==
        Code::kUnavailable);
}

TEST_CASE("A patch for another object of the name is a conflict", "[kubernetes]") {
  Caller c;
  Json status = Json::parse(ApiStatus(422, "Invalid", "field is immutable", "a"));
  status["details"]["causes"] = {{{"field", "metadata.uid"}}};
  CHECK(c.GetAnswered(422, DumpJson(status)) == Code::kAborted);
}

TEST_CASE("Requests have the path and body and type that the API server expects", "[kubernetes]") {
  Caller c;
  const auto ignore = [](const Result<Json>&) {};
  c.api.Create({}, {"apps", "v1", "deployments"}, {{"metadata", {{"namespace", "n"}}}}, ignore);
  CHECK(c.http.last().method == "POST");
  CHECK(c.http.last().target == "/apis/apps/v1/namespaces/n/deployments");
  c.api.CreateSub({}, {"", "v1", "serviceaccounts"}, "n", "sa", "token", {{"kind", "TokenRequest"}},
                  ignore);
  CHECK(c.http.last().method == "POST");
  CHECK(c.http.last().target == "/api/v1/namespaces/n/serviceaccounts/sa/token");
  CHECK(c.http.last().body == R"({"kind":"TokenRequest"})");
  c.api.Patch({}, kConfigMaps, "n", "a:b", "status", PatchType::kStrategicMerge, Json::object(),
              ignore);
  CHECK(c.http.last().target == "/api/v1/namespaces/n/configmaps/a%3Ab/status");
  CHECK(c.http.last().content_type == "application/strategic-merge-patch+json");
  c.api.Delete({}, kConfigMaps, "n", "a", "u1", 0, ignore);
  CHECK(Json::parse(c.http.last().body) == Json{{"apiVersion", "v1"},
                                                {"kind", "DeleteOptions"},
                                                {"gracePeriodSeconds", 0},
                                                {"preconditions", {{"uid", "u1"}}}});
}

TEST_CASE("Names that a path cannot hold are refused and not sent", "[kubernetes]") {
  Caller c;
  for (const std::string name : {"", ".", "..", "a/b", "a%2fb", "a\nb"}) {
    CAPTURE(name);
    c.answer.reset();
    c.Get(name);
    CHECK_FALSE(c.answer);
    c.executor.RunReady();
    CHECK(c.answer.value().status().code() == Code::kInvalidArgument);
  }
  CHECK(c.http.requests.empty());
}

TEST_CASE("A call without an answer ends after 30 seconds", "[kubernetes]") {
  Caller c;
  c.Get();
  c.executor.Advance(seconds(29));
  CHECK_FALSE(c.answer);
  c.executor.Advance(seconds(2));
  CHECK(c.answer.value().status().code() == Code::kUnavailable);
  CHECK_FALSE(c.http.last_is_open());
}

TEST_CASE("A call that is sent away with Retry-After comes back then", "[kubernetes]") {
  Caller c;
  c.Get();
  c.http.Answer(429, "later", seconds(5));
  c.executor.Advance(seconds(4));
  CHECK(c.http.requests.size() == 1);
  c.executor.Advance(seconds(3));
  REQUIRE(c.http.requests.size() == 2);
  c.http.Answer(429, "later", seconds(60));  // beyond the deadline
  CHECK(c.answer.value().status().code() == Code::kResourceExhausted);
}

TEST_CASE("Credentials that were renewed on disk are tried at once", "[kubernetes]") {
  Caller c;
  c.http.renewed_differ = GENERATE(false, true);
  c.Get();
  c.http.Answer(401, ApiStatus(401, "Unauthorized", "expired"));
  CHECK(c.http.requests.size() == (c.http.renewed_differ ? 2 : 1));
  if (c.http.renewed_differ) c.http.Answer(401, ApiStatus(401, "Unauthorized", "expired"));
  CHECK(c.http.requests.size() <= 2);
  CHECK(c.answer.value().status().code() == Code::kUnauthenticated);
}

TEST_CASE("How to act as a node is found out", "[kubernetes]") {
  Caller c;
  c.Get("a", {"till-1"});
  c.executor.RunReady();
  CHECK(c.answer.value().status().code() == Code::kUnavailable);
  c.api.Start();
  CHECK(c.http.last().headers.size() == 1);
  SECTION("constrained") {
    c.http.Answer(404, kNoNode);
    CHECK(c.api.impersonation() == Impersonation::kConstrained);
    c.Get("a", {"till-1"});
    CHECK(c.http.last().headers ==
          std::vector<std::string>{"Impersonate-User: system:node:till-1"});
  }
  SECTION("the older verb") {
    c.http.Answer(403, kForbidden);
    CHECK(c.http.last().headers.size() == 2);
    c.http.Answer(404, kNoNode);
    CHECK(c.api.impersonation() == Impersonation::kClassic);
    c.Get("a", {"till-1"});
    CHECK(c.http.last().headers[1] == "Impersonate-Group: system:nodes");
  }
  SECTION("neither until the role is mended") {
    const fakes::LogCapture log;
    for (int i = 0; i < 3; ++i) {
      c.http.Answer(403, kForbidden);
      c.http.Answer(403, kForbidden);
      CHECK(c.api.impersonation() == Impersonation::kNone);
      c.executor.Advance(seconds(31));
    }
    CHECK(log.LinesWith("impersonate:arbitrary-node") == 1);
    c.http.Answer(404, kNoNode);
    CHECK(c.api.impersonation() == Impersonation::kConstrained);
  }
  SECTION("an API server that does not answer is asked again") {
    c.executor.Advance(seconds(12));
    CHECK(c.http.requests.size() == 2);
    c.http.Answer(503, "starting");
    CHECK(c.api.impersonation() == Impersonation::kUnknown);
    c.executor.Advance(seconds(3));
    CHECK(c.http.requests.size() == 3);
  }
}

TEST_CASE("The cluster's identity is asked for until the API answers", "[kubernetes]") {
  Caller c;
  const fakes::LogCapture log;
  std::string uid;
  ClusterIdentity identity(c.api, c.executor, c.random, [&](const std::string& it) { uid = it; });
  identity.Start();
  for (int i = 0; i < 3; ++i) {
    CHECK(c.http.last().target == "/api/v1/namespaces/kube-system");
    c.http.End(Unavailable("connection refused"));
    c.executor.Advance(seconds(31));
  }
  c.http.Answer(200, R"({"metadata":{"uid":"u-1"}})");
  CHECK(uid == "u-1");
  CHECK(log.LinesWith("waiting for the cluster") == 1);
}

}  // namespace
}  // namespace edge::cloudhub::kubernetes
