#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cloudhub/adapters/kubernetes/backoff.h"
#include "cloudhub/adapters/kubernetes/http.h"
#include "cloudhub/adapters/kubernetes/impersonation.h"
#include "cloudhub/adapters/kubernetes/line_reader.h"
#include "cloudhub/adapters/kubernetes/list_reader.h"
#include "cloudhub/adapters/kubernetes/trouble_log.h"
#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"

namespace edge::cloudhub::kubernetes {

/// What followers share.
struct FollowContext {
  HttpClient& http;
  Executor& executor;
  Random& random;
  Impersonator& impersonator;
  TroubleLog& troubles;
};

/// One watch of the API server, for as long as it lives: lists in pages, then watches from the
/// list's version, and again from the last version seen when a stream ends. Where that version is
/// no longer known (410) it lists anew.
///
/// Thread rule: the executor's thread. `on_event` may stop it. Held by shared_ptr so that it
/// outlives the event in which it was stopped.
class Follower final : public std::enable_shared_from_this<Follower>, private HttpSink {
 public:
  using OnEvent = std::function<void(const WatchEvent&)>;

  Follower(FollowContext context, Actor actor, Resource resource, std::string collection_path,
           const ListOptions& options, OnEvent on_event);
  void Start();
  void Stop();

 private:
  enum class Phase { kListing, kWatching };

  // What to ask.
  void Ask();
  HttpRequest ListRequest() const;
  HttpRequest WatchRequest();
  std::string Asked() const;
  void AskIn(Duration delay);
  void GiveUpIn(Duration deadline);

  // What comes back.
  void OnSent() override;
  void OnHead(const HttpHead& head) override;
  void OnBody(std::string_view bytes) override;
  void OnEnd(const Status& status) override;
  bool TakeItem(std::string_view text);
  bool TakeLine(std::string_view text);
  void TakeError(const Json& api_status);
  void EndPage();
  void EndStream(const Status& status);
  void EndWithError();

  // What that means.
  void StartOver();
  void Expired();
  void Refused(const Status& status);
  void Trouble(const Status& status, Duration retry_after = Duration::zero());
  void Fine();
  std::string Kind() const;
  /// False when the event was the last: on_event stopped this.
  bool Emit(WatchEvent::Type type, Json object = nullptr);

  const FollowContext context_;
  const Actor actor_;
  const Resource resource_;
  const std::string path_, selectors_;
  const OnEvent on_event_;
  Backoff backoff_;
  std::unique_ptr<HttpExchange> exchange_;
  Timer timer_;  ///< the next attempt, or the deadline of the present one

  // Of the exchange under way.
  HttpHead head_;
  BootTime asked_at_{};
  Duration stream_life_{};
  std::unique_ptr<ListReader> list_;
  LineReader lines_;
  std::string error_body_;
  std::string item_kind_, item_api_version_;  ///< listed items do not say it themselves

  Phase phase_ = Phase::kListing;
  std::string version_, continue_;
  bool delivered_ = false;  ///< objects of a list were told, so that a new list is a kRelisted
  bool stopped_ = false;
  std::string trouble_;  ///< the present one's key in the log, or empty
};

}  // namespace edge::cloudhub::kubernetes
