#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "cloudhub/adapters/kubernetes/http.h"
#include "common/executor.h"

namespace edge::cloudhub::kubernetes {

struct GateLimits {
  /// Calls at the API server at once. It takes some hundred of all its clients; what is above that
  /// it queues or sends away, the hub's own Leases with it.
  std::size_t under_way = 96;
  std::size_t waiting = 65536;
  std::size_t waiting_of_node = 600;  ///< more than the statuses that one may have on their way
  Duration longest_wait = std::chrono::minutes(2);
};

/// Lets a bounded number of calls through to the API server; the others wait here for their turn,
/// where each costs its own bytes and nothing of libcurl's. Calls in the hub's own name and those
/// in nodes' names go by turns, and of the latter one node's after the other's. Watches and urgent
/// calls pass at once.
///
/// What waited too long, and what is above the bounds, ends with kUnavailable or
/// kResourceExhausted: it was not sent.
///
/// Thread rule: the executor's thread. Exchanges go before it.
class CallGate final : public HttpClient {
 public:
  CallGate(HttpClient& http, Executor& executor, GateLimits limits = {});

  std::unique_ptr<HttpExchange> Start(HttpRequest request, HttpSink& sink) override;
  bool RenewCredentials(BootTime sent_at) override { return http_.RenewCredentials(sent_at); }
  /// What waits is not sent any more, and ends with `why`, soon.
  void TurnAway(const Status& why);
  /// Nothing that waits is sent any more, nor told of.
  void Close() { is_closed_ = true; }

 private:
  class Ticket;
  using Queue = std::list<Ticket*>;

  void Enter(Ticket& ticket);
  void Leave();
  void Forget(Ticket& ticket);
  Ticket* TakeNext();
  Queue* NextQueue();

  HttpClient& http_;
  Executor& executor_;
  const GateLimits limits_;
  std::size_t under_way_ = 0, waiting_ = 0;
  /// Those that wait, by the node in whose name they are; the hub's own under the empty one.
  std::map<std::string, Queue> queues_;
  std::string last_node_;  ///< that had its turn
  bool was_own_ = false;   ///< the last turn was the hub's own
  bool is_closed_ = false;
};

}  // namespace edge::cloudhub::kubernetes
