#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cloudhub/adapters/kubernetes/backoff.h"
#include "cloudhub/adapters/kubernetes/http.h"
#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"

namespace edge::cloudhub::kubernetes {

/// How the hub acts as a node (design.md 16).
enum class Impersonation {
  kUnknown,      ///< the API server has not answered yet
  kConstrained,  ///< Kubernetes 1.36: as nodes alone, and for what the role lists
  kClassic,      ///< the older verb "impersonate", which reaches any user and group
  kNone,         ///< the hub's role has neither
};

/// Finds out which impersonation this cluster has and the hub's role allows: it asks for a Node
/// that is not there, in its own name. Asked again with back-off until there is an answer, and
/// then until there is one that works.
///
/// Thread rule: the executor's thread.
class Impersonator final : private HttpSink {
 public:
  using OnChange = std::function<void(Impersonation)>;

  Impersonator(HttpClient& http, Executor& executor, Random& random, OnChange on_change);
  void Start();
  /// An answer showed that what was found out no longer holds: asks again, once a minute at most.
  void Doubt();
  Impersonation found() const { return found_; }

  /// The headers of a request in `actor`'s name. Errors: kInvalidArgument for what cannot be a
  /// node's name; kUnavailable while no impersonation works.
  Result<std::vector<std::string>> Headers(const Actor& actor) const;

 private:
  void Ask(bool with_group);
  void OnHead(const HttpHead& head) override { http_code_ = head.code; }
  void OnBody(std::string_view bytes) override;
  void OnEnd(const Status& status) override;
  void Judge();
  void Find(Impersonation found);
  void AskLater();

  HttpClient& http_;
  Executor& executor_;
  Backoff backoff_;
  const OnChange on_change_;
  std::unique_ptr<HttpExchange> exchange_;
  Timer timer_, deadline_;
  bool with_group_ = false;
  long http_code_ = 0;
  std::string reply_;
  std::optional<BootTime> asked_at_;
  Impersonation found_ = Impersonation::kUnknown;
};

}  // namespace edge::cloudhub::kubernetes
