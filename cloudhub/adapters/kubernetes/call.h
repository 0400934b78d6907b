#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cloudhub/adapters/kubernetes/http.h"
#include "cloudhub/adapters/kubernetes/impersonation.h"
#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"

namespace edge::cloudhub::kubernetes {

/// One call to the API server, with a deadline that counts from when it is first sent.
///
/// What was refused before it was done is sent again, once for 401 where the credentials on disk
/// are others by now, and for 429 after the time that Retry-After names, as long as the deadline
/// allows: the API server sheds load per flow, so that waiting is each call's own, and no gate
/// keeps those of other flows back.
///
/// Thread rule: the executor's thread.
class Call final : private HttpSink {
 public:
  using Done = std::function<void(Result<Json>)>;

  /// `finish` is called once, last, with the answer; it may destroy the call.
  Call(HttpClient& http, Executor& executor, Random& random, HttpRequest request, Duration deadline,
       Done finish);
  void Start();

 private:
  void Send();
  void OnSent() override;
  void OnHead(const HttpHead& head) override { head_ = head; }
  void OnBody(std::string_view bytes) override;
  void OnEnd(const Status& status) override;
  bool SendAgain();
  void Finish(Result<Json> answer);

  HttpClient& http_;
  Executor& executor_;
  Random& random_;
  const HttpRequest request_;
  const Duration allowed_;
  std::optional<BootTime> deadline_at_;
  BootTime sent_at_{};
  Done finish_;
  std::unique_ptr<HttpExchange> exchange_;
  Timer deadline_, again_;
  HttpHead head_;
  std::string reply_;
  bool renewed_ = false;
};

}  // namespace edge::cloudhub::kubernetes
