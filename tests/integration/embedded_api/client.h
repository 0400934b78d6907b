#pragma once

#include <curl/curl.h>

#include "common/file.h"
#include "common/json.h"
#include "tests/integration/embedded_api/server_fixture.h"

namespace edge::cloudhub::embedded {

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
  fakes::TempFolder folder;
  Server server{folder.path()};
  Client client{server, folder.path()};
};

}  // namespace edge::cloudhub::embedded
