#include "certs/authority.h"
#include "common/file.h"
#include "tests/integration/embedded_api/client.h"

namespace edge::cloudhub::embedded {
namespace {

TEST_CASE("a request without credentials gets a 401 Status", "[embedded]") {
  Served served;
  for (const char* token : {"", "wrong"}) {
    served.client.token = token;
    const Reply reply = served.client.Send("GET", "/api/v1/pods");
    CHECK(reply.code == 401);
    CHECK(Json::parse(reply.body)["reason"] == "Unauthorized");
  }
}

TEST_CASE("health and version are told to anyone but not to one with wrong credentials",
          "[embedded]") {
  Served served;
  served.client.token.clear();
  for (const char* path : {"/healthz", "/livez", "/readyz", "/readyz?verbose", "/version"}) {
    INFO(path);
    CHECK(served.client.Send("GET", path).code == 200);
    CHECK(served.client.Send("POST", path).code == 401);
  }
  CHECK(served.client.Send("GET", "/healthzz").code == 401);
  CHECK(served.client.Send("GET", "/healthz/../api/v1/pods").code == 401);
  served.client.token = "wrong";
  CHECK(served.client.Send("GET", "/healthz").code == 401);
}

TEST_CASE("a field that is there twice is refused or warned of or ignored as asked", "[embedded]") {
  Served served;
  const std::string path = "/api/v1/namespaces/default/configmaps?dryRun=All&fieldValidation=";
  const std::string body = R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},
      "data":{"k":"1","k":"2"}})";
  const Reply strict = served.client.Send("POST", path + "Strict", body);
  CHECK(strict.code == 400);
  CHECK_THAT(strict.body, Catch::Contains(R"(strict decoding error: duplicate field \"data.k\")"));
  const Reply warned = served.client.Send("POST", path + "Warn", body);
  CHECK(warned.code == 201);
  CHECK_THAT(warned.headers, Catch::Contains(R"(299 - "duplicate field \"data.k\"")"));
  const Reply ignored = served.client.Send("POST", path + "Ignore", body);
  CHECK(ignored.code == 201);
  CHECK_THAT(ignored.headers, !Catch::Contains("duplicate"));
}

TEST_CASE("a certificate of the API's CA is a credential and another CA's is none", "[embedded]") {
  Served served;
  served.client.token.clear();
  served.client.cert = served.folder.path() + "/client.crt";
  served.client.key = served.folder.path() + "/client.key";
  const SystemClock clock;
  const auto own =
      certs::CertificateAuthority::FromPem(*ReadFile(served.folder.path() + "/api-ca.crt"),
                                           *ReadFile(served.folder.path() + "/api-ca.key"));
  const auto foreign = certs::CertificateAuthority::Create("foreign", clock.Wall());
  const std::string key = *certs::GenerateKey();
  REQUIRE(WriteFileAtomically(served.client.key, key, 0600).ok());
  for (const auto& [ca, code] : {std::pair(&*own, 200L), std::pair(&*foreign, 401L)}) {
    const auto cert = ca->SignHub(*certs::MakeCsr(key, "operator"), clock.Wall());
    REQUIRE(cert.ok());
    REQUIRE(WriteFileAtomically(served.client.cert, *cert, 0600).ok());
    CHECK(served.client.Send("GET", "/api/v1/pods").code == code);
  }
}

TEST_CASE("a body over three megabytes is refused and the server lives on", "[embedded]") {
  Served served;
  const Reply reply = served.client.Send("POST", "/api/v1/namespaces/default/configmaps",
                                         std::string(4 * 1024 * 1024, 'x'));
  CHECK((reply.code == 413 || reply.code == 0));
  CHECK(served.client.Send("GET", "/readyz").body == "ok");
}

TEST_CASE("a header over sixty-four kilobytes is refused and the server lives on", "[embedded]") {
  Served served;
  served.client.extra_headers = {"X-Long: " + std::string(70 * 1024, 'x')};
  const Reply reply = served.client.Send("GET", "/readyz");
  CHECK((reply.code == 400 || reply.code == 0));
  served.client.extra_headers.clear();
  CHECK(served.client.Send("GET", "/readyz").body == "ok");
}

TEST_CASE("a stream of a pod is refused with where its log is", "[embedded]") {
  Served served;
  const std::string pods = "/api/v1/namespaces/default/pods";
  CHECK(served.client.Send("GET", pods + "/till/log").code == 404);
  const std::string body = R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"till"},
      "spec":{"nodeName":"shop-7","containers":[{"name":"c","image":"web:1"}]}})";
  REQUIRE(served.client.Send("POST", pods, body).code == 201);
  for (const bool upgrade : {false, true}) {
    if (upgrade) served.client.extra_headers = {"Connection: Upgrade", "Upgrade: websocket"};
    for (const char* stream : {"log", "exec", "attach", "portforward"}) {
      INFO(stream);
      const Reply reply = served.client.Send("GET", pods + "/till/" + stream);
      CHECK(reply.code == 501);
      const std::string message = Json::parse(reply.body)["message"];
      CHECK_THAT(message, Catch::Contains("not part of this release") &&
                              Catch::Contains("on the terminal shop-7") &&
                              Catch::Contains("/var/log/pods/default_till_"));
    }
  }
}

TEST_CASE("an upgrade is refused so that clients fall back", "[embedded]") {
  Served served;
  served.client.extra_headers = {"Connection: Upgrade", "Upgrade: websocket"};
  CHECK(served.client.Send("GET", "/api/v1/namespaces/default/pods").code == 400);
}

TEST_CASE("garbage paths and bodies are refused in words", "[embedded]") {
  Served served;
  CHECK(served.client.Send("GET", "/api/v1/pods?labelSelector=%zz").code == 400);
  CHECK(served.client.Send("GET", "/api/v1/pods?labelSelector=a=(").code == 400);
  const std::string path = "/api/v1/namespaces/default/configmaps";
  CHECK(served.client.Send("POST", path, "{").code == 400);
  CHECK(served.client.Send("POST", path, "[1]").code == 400);
  CHECK(served.client.Send("POST", path, std::string(200, '[')).code == 400);
  CHECK(served.client.Send("PUT", path, "{}").code == 405);
}

TEST_CASE("objects and the cluster's identity outlive a restart", "[embedded]") {
  const fakes::TempFolder folder;
  std::string uid;
  const std::string body =
      R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"kept"},"data":{"k":"v"}})";
  {
    Server server(folder.path());
    uid = server.cluster_uid;
    Client client(server, folder.path());
    CHECK(client.Send("POST", "/api/v1/namespaces/default/configmaps", body).code == 201);
  }
  Server server(folder.path());
  Client client(server, folder.path());
  CHECK(server.cluster_uid == uid);
  CHECK(client.Send("GET", "/api/v1/namespaces/default/configmaps/kept").code == 200);
}

}  // namespace
}  // namespace edge::cloudhub::embedded
