#include "cloudhub/adapters/kubernetes/call.h"

#include <utility>

#include "cloudhub/adapters/kubernetes/reply.h"

namespace edge::cloudhub::kubernetes {
namespace {

/// On top of what Retry-After says, so that those who were sent away together do not come together.
constexpr Duration kRetryJitter = std::chrono::seconds(1);

std::string AskedBy(const HttpRequest& request) { return request.method + " " + request.target; }

}  // namespace

Call::Call(HttpClient& http, Executor& executor, Random& random, HttpRequest request,
           Duration deadline, Done finish)
    : http_(http),
      executor_(executor),
      random_(random),
      request_(std::move(request)),
      allowed_(deadline),
      finish_(std::move(finish)) {}

void Call::Start() { Send(); }

void Call::OnSent() {
  sent_at_ = executor_.clock().Boot();
  if (deadline_at_) return;
  deadline_at_ = executor_.clock().Boot() + allowed_;
  deadline_ = executor_.After(allowed_, [this] {
    Finish(Unavailable(AskedBy(request_) + ": no answer in time; whether it was done is unknown"));
  });
}

void Call::Send() {
  head_ = {};
  reply_.clear();
  exchange_ = http_.Start(request_, *this);
}

void Call::OnBody(std::string_view bytes) {
  if (reply_.size() + bytes.size() <= kMaxObject) {
    reply_.append(bytes);
    return;
  }
  Finish(InvalidArgument(AskedBy(request_) + ": the answer is larger than any object may be"));
}

void Call::OnEnd(const Status& status) {
  exchange_.reset();
  if (status.code() == Code::kUnauthenticated) http_.RenewCredentials(sent_at_);
  if (!status.ok()) return Finish(status.WithContext(AskedBy(request_)));
  if (SendAgain()) return;
  Finish(JudgeReply(AskedBy(request_), head_.code, reply_));
}

bool Call::SendAgain() {
  if (head_.code == 401 && !std::exchange(renewed_, true) && http_.RenewCredentials(sent_at_)) {
    Send();
    return true;
  }
  if (head_.code != 429 || !head_.retry_after) return false;
  const Duration wait = *head_.retry_after + random_.Jitter(kRetryJitter);
  if (executor_.clock().Boot() + wait >= *deadline_at_) return false;
  again_ = executor_.After(wait, [this] { Send(); });
  return true;
}

void Call::Finish(Result<Json> answer) {
  exchange_.reset();
  deadline_.Cancel();
  // It may destroy this, and itself with it.
  const Done finish = std::exchange(finish_, nullptr);
  finish(std::move(answer));
}

}  // namespace edge::cloudhub::kubernetes
