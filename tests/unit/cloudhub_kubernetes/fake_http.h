#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cloudhub/adapters/kubernetes/http.h"
#include "common/json.h"

namespace edge::cloudhub::kubernetes {

/// An API server that the test plays by hand: requests are put by, and answered when it says so.
class FakeHttp final : public HttpClient {
 public:
  struct Open {
    HttpRequest request;
    HttpSink* sink;  ///< null once it was abandoned or has ended
  };

  std::unique_ptr<HttpExchange> Start(HttpRequest request, HttpSink& sink) override {
    requests.push_back({std::move(request), &sink});
    sink.OnSent();
    return std::make_unique<Exchange>(*this, requests.size() - 1);
  }
  bool RenewCredentials(BootTime) override {
    ++renewals;
    return renewed_differ;
  }

  const HttpRequest& last() const { return requests.back().request; }
  bool last_is_open() const { return requests.back().sink != nullptr; }

  void Head(long code, std::optional<Duration> retry_after = std::nullopt) {
    if (HttpSink* sink = requests.back().sink) sink->OnHead({code, retry_after});
  }
  void Body(const std::string& bytes) {
    if (HttpSink* sink = requests.back().sink) sink->OnBody(bytes);
  }
  void End(const Status& status = Status::Ok()) {
    if (HttpSink* sink = std::exchange(requests.back().sink, nullptr)) sink->OnEnd(status);
  }
  /// A whole answer to the last request; nothing more if that was answered by a new one.
  void Answer(long code, const std::string& body,
              std::optional<Duration> retry_after = std::nullopt) {
    const std::size_t at = requests.size() - 1;
    Head(code, retry_after);
    if (requests.size() - 1 == at) Body(body);
    if (requests.size() - 1 == at) End();
  }

  std::vector<Open> requests;
  int renewals = 0;
  bool renewed_differ = false;

 private:
  class Exchange final : public HttpExchange {
   public:
    Exchange(FakeHttp& http, std::size_t at) : http_(http), at_(at) {}
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    ~Exchange() override { http_.requests[at_].sink = nullptr; }

   private:
    FakeHttp& http_;
    const std::size_t at_;
  };
};

/// A Status object of the API.
inline std::string ApiStatus(int code, const std::string& reason, const std::string& message,
                             const std::string& name = "") {
  Json status = {{"kind", "Status"}, {"apiVersion", "v1"}, {"status", "Failure"},
                 {"code", code},     {"reason", reason},   {"message", message}};
  if (!name.empty()) status["details"] = {{"name", name}};
  return DumpJson(status);
}

}  // namespace edge::cloudhub::kubernetes
