#include "cloudhub/adapters/kubernetes/call_gate.h"

#include <utility>

namespace edge::cloudhub::kubernetes {

/// One request: first it waits, then it is passed on.
class CallGate::Ticket final : public HttpExchange, private HttpSink {
 public:
  Ticket(CallGate& gate, HttpRequest request, HttpSink& sink)
      : gate_(gate), node_(request.node), request_(std::move(request)), sink_(sink) {}
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  ~Ticket() override {
    exchange_.reset();
    if (is_waiting_) gate_.Forget(*this);
    if (std::exchange(is_counted_, false)) gate_.Leave();
  }

  HttpLane lane() const { return request_.lane; }
  const std::string& node() const { return node_; }

  void Wait(Queue::iterator place) {
    place_ = place;
    is_waiting_ = true;
    EndIn(gate_.limits_.longest_wait,
          Unavailable("waited too long for its turn behind other calls; it was not sent"));
  }
  Queue::iterator place() const { return place_; }
  void EndIn(Duration delay, Status why) {
    end_ = gate_.executor_.After(delay, [this, why = std::move(why)] {
      if (std::exchange(is_waiting_, false)) gate_.Forget(*this);
      sink_.OnEnd(why);
    });
  }
  /// It has lost its place.
  void Displace() { is_waiting_ = false; }
  void Send(bool is_counted) {
    end_.Cancel();
    is_waiting_ = false;
    is_counted_ = is_counted;
    exchange_ = gate_.http_.Start(std::move(request_), *this);
  }

 private:
  void OnSent() override { sink_.OnSent(); }
  void OnHead(const HttpHead& head) override { sink_.OnHead(head); }
  void OnBody(std::string_view bytes) override { sink_.OnBody(bytes); }
  void OnEnd(const Status& status) override {
    // First: the sink may end this, and the gate.
    if (std::exchange(is_counted_, false)) gate_.Leave();
    sink_.OnEnd(status);
  }

  CallGate& gate_;
  const std::string node_;
  HttpRequest request_;
  HttpSink& sink_;
  std::unique_ptr<HttpExchange> exchange_;
  Queue::iterator place_;
  bool is_waiting_ = false;
  bool is_counted_ = false;  ///< among those under way
  Timer end_;
};

CallGate::CallGate(HttpClient& http, Executor& executor, GateLimits limits)
    : http_(http), executor_(executor), limits_(limits) {}

std::unique_ptr<HttpExchange> CallGate::Start(HttpRequest request, HttpSink& sink) {
  auto ticket = std::make_unique<Ticket>(*this, std::move(request), sink);
  Enter(*ticket);
  return ticket;
}

void CallGate::Enter(Ticket& ticket) {
  if (ticket.lane() != HttpLane::kCall) return ticket.Send(false);
  if (under_way_ < limits_.under_way) {
    ++under_way_;
    return ticket.Send(true);
  }
  Queue& queue = queues_[ticket.node()];
  const bool too_many = waiting_ >= limits_.waiting ||
                        (!ticket.node().empty() && queue.size() >= limits_.waiting_of_node);
  if (too_many) {
    if (queue.empty()) queues_.erase(ticket.node());
    return ticket.EndIn(Duration::zero(),
                        ResourceExhausted("too many calls wait for their turn; it was not sent"));
  }
  ++waiting_;
  ticket.Wait(queue.insert(queue.end(), &ticket));
}

/// One that was under way has ended.
void CallGate::Leave() {
  --under_way_;
  if (is_closed_) return;
  if (Ticket* const next = TakeNext()) {
    ++under_way_;
    next->Send(true);
  }
}

void CallGate::Forget(Ticket& ticket) {
  const auto queue = queues_.find(ticket.node());
  queue->second.erase(ticket.place());
  --waiting_;
  if (queue->second.empty()) queues_.erase(queue);
}

CallGate::Queue* CallGate::NextQueue() {
  if (queues_.empty()) return nullptr;
  const auto own = queues_.find("");
  const bool others_wait = queues_.size() > (own == queues_.end() ? 0U : 1U);
  was_own_ = own != queues_.end() && (!was_own_ || !others_wait);
  if (was_own_) return &own->second;
  auto next = queues_.upper_bound(last_node_);
  if (next == queues_.end()) next = queues_.upper_bound("");
  last_node_ = next->first;
  return &next->second;
}

CallGate::Ticket* CallGate::TakeNext() {
  Queue* const queue = NextQueue();
  if (queue == nullptr) return nullptr;
  Ticket* const next = queue->front();
  Forget(*next);
  return next;
}

void CallGate::TurnAway(const Status& why) {
  for (auto& [node, queue] : std::exchange(queues_, {})) {
    for (Ticket* const ticket : queue) {
      ticket->Displace();
      ticket->EndIn(Duration::zero(), why);
    }
  }
  waiting_ = 0;
}

}  // namespace edge::cloudhub::kubernetes
