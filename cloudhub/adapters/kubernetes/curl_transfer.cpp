#include "cloudhub/adapters/kubernetes/curl_transfer.h"

#include <utility>

namespace edge::cloudhub::kubernetes {
namespace {

constexpr std::size_t kMaxHeaders = 64 * 1024;
/// A whole frame of HTTP/2. What does not fit stays within libcurl 7.88 until something else comes
/// on the connection: with less, an event of one watch would wait for the next of another.
constexpr long kBuffer = 16 * 1024;
constexpr Duration kLongestRetryAfter = std::chrono::minutes(5);

}  // namespace

CurlTransfer::CurlTransfer(HttpRequest request, std::shared_ptr<const Kubeconfig> config,
                           HttpSink& sink, std::function<void(CurlTransfer&)> on_ready)
    : request_(std::move(request)),
      config_(std::move(config)),
      sink_(&sink),
      on_ready_(std::move(on_ready)),
      curl_(curl_easy_init(), curl_easy_cleanup),
      headers_(CommonHeaders(*config_)) {
  if (curl_ != nullptr) SetOptions();
}

void CurlTransfer::SetOptions() {
  CURL* const curl = curl_.get();
  for (const std::string& line : request_.headers) AddHeader(headers_, line);
  if (!request_.content_type.empty()) {
    AddHeader(headers_, "Content-Type: " + request_.content_type);
  }
  SetCommonOptions(curl, *config_);
  const std::string url = config_->server + request_.target;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers_.get());
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  // Waits for a connection that is being made, to share it, rather than make another.
  curl_easy_setopt(curl, CURLOPT_PIPEWAIT, 1L);
  curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, kBuffer);
  if (request_.method != "GET") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request_.body.c_str());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(request_.body.size()));
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, OnBytes);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
}

std::size_t CurlTransfer::OnHeader(char* data, std::size_t one, std::size_t size, void* self) {
  CurlTransfer& transfer = *static_cast<CurlTransfer*>(self);
  transfer.header_bytes_ += one * size;
  if (transfer.header_bytes_ > kMaxHeaders) return 0;
  if (std::string_view(data, one * size) == "\r\n") transfer.TakeHead();
  return one * size;
}

std::size_t CurlTransfer::OnBytes(char* data, std::size_t one, std::size_t size, void* self) {
  CurlTransfer& transfer = *static_cast<CurlTransfer*>(self);
  transfer.inbox_.append(data, one * size);
  transfer.on_ready_(transfer);
  return one * size;
}

void CurlTransfer::TakeHead() {
  HttpHead head;
  curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &head.code);
  if (head.code < 200) return;  // an interim reply: the real one follows
  curl_off_t seconds = 0;
  curl_easy_getinfo(curl_.get(), CURLINFO_RETRY_AFTER, &seconds);
  if (seconds > 0) {
    head.retry_after = std::min<Duration>(std::chrono::seconds(std::min<curl_off_t>(seconds, 3600)),
                                          kLongestRetryAfter);
  }
  curl_easy_getinfo(curl_.get(), CURLINFO_HTTP_VERSION, &http_version_);
  head_ = head;
  on_ready_(*this);
}

void CurlTransfer::End(CURLcode code) {
  if (code == CURLE_OK) return EndWith(Status::Ok());
  if (header_bytes_ > kMaxHeaders) {
    return EndWith(Unavailable("the Kubernetes API at " + config_->server +
                               ": the answer has more than 64 KB of headers"));
  }
  EndWith(TransportStatus(code, config_->server));
}

void CurlTransfer::EndWith(Status status) {
  ended_ = true;
  end_ = std::move(status);
}

void CurlTransfer::Deliver() {
  queued = false;
  // Each call of the sink may abandon this transfer.
  if (sink_ != nullptr && head_ && !std::exchange(head_told_, true)) sink_->OnHead(*head_);
  if (sink_ != nullptr && !inbox_.empty()) {
    const std::string bytes = std::exchange(inbox_, {});
    sink_->OnBody(bytes);
  }
  if (sink_ != nullptr && ended_) std::exchange(sink_, nullptr)->OnEnd(end_);
}

}  // namespace edge::cloudhub::kubernetes
