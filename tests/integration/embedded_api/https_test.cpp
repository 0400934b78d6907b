#include <curl/curl.h>

#include "certs/authority.h"
#include "common/file.h"
#include "common/json.h"
#include "tests/integration/embedded_api/server_fixture.h"

namespace edge::cloudhub::embedded {
namespace {

struct Reply {
  long code = 0;
  std::string headers, body;
};

/// One HTTPS request by libcurl, the server checked against its CA.
class Client {
 public:
  Client(const Server& server, const std::string& folder) : server_(server), folder_(folder) {
    token = *ReadFile(folder + "/api-token");
  }

  Reply Send(const std::string& method, const std::string& path, const std::string& body = {}) {
    const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
    Reply reply;
    curl_slist* headers = nullptr;
    if (!token.empty()) {
      headers = curl_slist_append(headers, ("Authorization: Bearer " + token).c_str());
    }
    headers = curl_slist_append(headers, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Expect:");
    for (const std::string& line : extra_headers)
      headers = curl_slist_append(headers, line.c_str());
    const std::string url = server_.url + path;
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_CAINFO, (folder_ + "/api-ca.crt").c_str());
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 20L);
    if (!body.empty()) {
      curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
      curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    }
    if (!cert.empty()) {
      curl_easy_setopt(curl.get(), CURLOPT_SSLCERT, cert.c_str());
      curl_easy_setopt(curl.get(), CURLOPT_SSLKEY, key.c_str());
    }
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &reply.body);
    constexpr auto kAppend = +[](char* data, std::size_t size, std::size_t count, void* to) {
      static_cast<std::string*>(to)->append(data, size * count);
      return size * count;
    };
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, kAppend);
    curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, kAppend);
    curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &reply.headers);
    curl_easy_setopt(curl.get(), CURLOPT_PATH_AS_IS, 1L);
    const CURLcode done = curl_easy_perform(curl.get());
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &reply.code);
    INFO(curl_easy_strerror(done));
    // A server that refuses a body may hang up before all of it was sent.
    CHECK((done == CURLE_OK || done == CURLE_SEND_ERROR || reply.code != 0));
    curl_slist_free_all(headers);
    return reply;
  }

  std::string token, cert, key;
  std::vector<std::string> extra_headers;

 private:
  const Server& server_;
  const std::string folder_;
};

struct Served {
  TempFolder folder;
  Server server{folder.path};
  Client client{server, folder.path};
};

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
  served.client.cert = served.folder.path + "/client.crt";
  served.client.key = served.folder.path + "/client.key";
  const SystemClock clock;
  const auto own = certs::CertificateAuthority::FromPem(
      *ReadFile(served.folder.path + "/api-ca.crt"), *ReadFile(served.folder.path + "/api-ca.key"));
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
  const TempFolder folder;
  std::string uid;
  const std::string body =
      R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"kept"},"data":{"k":"v"}})";
  {
    Server server(folder.path);
    uid = server.cluster_uid;
    Client client(server, folder.path);
    CHECK(client.Send("POST", "/api/v1/namespaces/default/configmaps", body).code == 201);
  }
  Server server(folder.path);
  Client client(server, folder.path);
  CHECK(server.cluster_uid == uid);
  CHECK(client.Send("GET", "/api/v1/namespaces/default/configmaps/kept").code == 200);
}

}  // namespace
}  // namespace edge::cloudhub::embedded
