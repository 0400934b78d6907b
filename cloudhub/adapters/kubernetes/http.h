#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/clock.h"

namespace edge::cloudhub::kubernetes {

/// Each has connections of its own, so that it never waits for what is in another.
enum class HttpLane {
  kCall,
  kUrgent,  ///< the few calls by which this replica stays at work
  kWatch,   ///< long-lived
};

struct HttpRequest {
  std::string method = "GET";
  std::string target;  ///< path and query
  std::string body, content_type;
  std::vector<std::string> headers;  ///< further ones, "Name: value"
  std::string node;                  ///< in whose name it is; empty: the hub's own
  HttpLane lane = HttpLane::kCall;
};

struct HttpHead {
  long code = 0;
  std::optional<Duration> retry_after;
};

/// Who gets an exchange's reply: that it was sent, the head once, the body in pieces, and the end.
/// Each but OnSent may destroy the exchange, and start others. Nothing comes after OnEnd.
class HttpSink {
 public:
  virtual ~HttpSink() = default;
  /// It has waited for its turn, and goes out now: time for an answer counts from here. May come
  /// within Start.
  virtual void OnSent() {}
  virtual void OnHead(const HttpHead& head) = 0;
  virtual void OnBody(std::string_view bytes) = 0;
  /// OK: the reply is whole. Errors: kUnavailable for a lost or refused connection,
  /// kUnauthenticated where TLS failed.
  virtual void OnEnd(const Status& status) = 0;
};

/// A request under way; destroying it abandons it, and its sink hears no more.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;
};

/// HTTP to one API server, with the hub's own credentials. It has no deadlines: who asks has.
///
/// Thread rule: the loop thread; the sink is called on it, but for OnSent never inside Start.
/// Exchanges go before the client.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual std::unique_ptr<HttpExchange> Start(HttpRequest request, HttpSink& sink) = 0;
  /// The API server said 401 to a request of the moment `sent_at`: credentials are read again for
  /// the next one. True if they are others by now than that request went out with.
  virtual bool RenewCredentials(BootTime sent_at) = 0;
};

}  // namespace edge::cloudhub::kubernetes
