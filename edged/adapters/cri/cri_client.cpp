#include "edged/adapters/cri/cri_client.h"

#include <algorithm>

#include "edged/adapters/runtime_channel.h"

namespace edge::edged {
namespace {

// A runtime's error text goes into status and Events: no more of it than a reader can use.
constexpr std::size_t kMaxMessageBytes = 4096;

std::string Seconds(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(duration).count()) + " s";
}

}  // namespace

CriClient::CriClient(const std::string& socket, std::size_t max_reply_bytes) : socket_(socket) {
  const auto channel = OpenRuntimeChannel(socket, max_reply_bytes);
  runtime_ = cri::RuntimeService::NewStub(channel);
  images_ = cri::ImageService::NewStub(channel);
  tasks_ = ::containerd::services::tasks::v1::Tasks::NewStub(channel);
}

void CriClient::FinishCalls(Duration patience) {
  const auto deadline =
      Condition::Steady::now() + std::chrono::duration_cast<Condition::Steady::duration>(patience);
  const MutexLock lock(mutex_);
  finishing_ = true;
  while (!calls_.empty() && ended_.WaitUntil(mutex_, deadline)) continue;
  for (grpc::ClientContext* context : calls_) context->TryCancel();
}

CriClient::UnderWay::UnderWay(CriClient& client, grpc::ClientContext& context)
    : client_(client), context_(context) {
  const MutexLock lock(client_.mutex_);
  if (client_.finishing_) {
    context_.TryCancel();  // it ends as it begins
  } else {
    client_.calls_.insert(&context_);
  }
}

CriClient::UnderWay::~UnderWay() {
  const MutexLock lock(client_.mutex_);
  client_.calls_.erase(&context_);
  client_.ended_.NotifyAll();
}

Status CriClient::Translate(const grpc::Status& status, Duration deadline,
                            std::string_view what) const {
  if (status.ok()) return Status::Ok();
  const int number = static_cast<int>(status.error_code());
  const Code code = number >= 1 && number <= 16 ? static_cast<Code>(number) : Code::kUnknown;
  const std::string message =
      status.error_message().substr(0, std::min(status.error_message().size(), kMaxMessageBytes));
  std::string next_step;
  std::string text(what);
  switch (code) {
    case Code::kUnavailable:
      next_step = "check that the container runtime runs and listens on " + socket_;
      break;
    case Code::kDeadlineExceeded:
      text += ": no answer within " + Seconds(deadline);
      next_step = "look at the container runtime's log";
      break;
    case Code::kUnimplemented:
      next_step = "the container runtime on " + socket_ + " lacks this call: update it";
      break;
    default: break;
  }
  return {code, text + ": " + message, std::move(next_step)};
}

}  // namespace edge::edged
