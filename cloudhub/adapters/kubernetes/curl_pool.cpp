#include "cloudhub/adapters/kubernetes/curl_pool.h"

#include <sys/epoll.h>

#include <utility>

#include "common/log.h"

namespace edge::cloudhub::kubernetes {
namespace {

/// kube-apiserver takes 250 on a connection (Go's http2), and says so; more would only be refused.
constexpr long kStreamsPerConnection = 250;

}  // namespace

/// libcurl's callbacks: C functions that find the pool.
struct CurlPoolCallbacks {
  static int OnSocket(CURL*, curl_socket_t socket, int what, void* pool, void*) {
    static_cast<CurlPool*>(pool)->WatchSocket(socket, what);
    return 0;
  }
  static int OnTimer(CURLM*, long milliseconds, void* pool) {
    static_cast<CurlPool*>(pool)->SetTimer(milliseconds);
    return 0;
  }
};

CurlPool::CurlPool(Loop& loop, long max_connections) : loop_(loop), multi_(curl_multi_init()) {
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  curl_multi_setopt(multi_, CURLMOPT_MAX_CONCURRENT_STREAMS, kStreamsPerConnection);
  curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, max_connections);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, CurlPoolCallbacks::OnSocket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, CurlPoolCallbacks::OnTimer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
}

CurlPool::~CurlPool() {
  for (const auto& [transfer, held] : transfers_) {
    transfer->Abandon();
    curl_multi_remove_handle(multi_, transfer->handle());
  }
  curl_multi_cleanup(multi_);
}

void CurlPool::Add(const std::shared_ptr<CurlTransfer>& transfer) {
  transfers_.emplace(transfer.get(), transfer);
  if (transfer->handle() != nullptr) {
    curl_easy_setopt(transfer->handle(), CURLOPT_PRIVATE, transfer.get());
    if (curl_multi_add_handle(multi_, transfer->handle()) == CURLM_OK) return;
  }
  transfer->EndWith(Unavailable("libcurl takes no further request: out of memory"));
  loop_.Post([this, alive = std::weak_ptr(alive_), transfer] {
    if (!alive.expired()) Remove(*transfer);
    transfer->Deliver();
  });
}

void CurlPool::Remove(CurlTransfer& transfer) {
  const auto it = transfers_.find(&transfer);
  if (it == transfers_.end()) return;
  if (transfer.handle() != nullptr) curl_multi_remove_handle(multi_, transfer.handle());
  transfers_.erase(it);
}

void CurlPool::MarkReady(CurlTransfer& transfer) {
  if (std::exchange(transfer.queued, true)) return;
  const auto it = transfers_.find(&transfer);
  if (it != transfers_.end()) ready_.push_back(it->second);
}

void CurlPool::WatchSocket(curl_socket_t socket, int what) {
  if (what == CURL_POLL_REMOVE || what == CURL_POLL_NONE) return loop_.Unwatch(socket);
  const std::uint32_t events =
      ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0U) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U);
  const Status watched = loop_.Watch(socket, events, [this, socket](std::uint32_t ready) {
    const int bits = ((ready & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 ? CURL_CSELECT_IN : 0) |
                     ((ready & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                     ((ready & EPOLLERR) != 0 ? CURL_CSELECT_ERR : 0);
    Act(socket, bits);
  });
  if (!watched.ok()) LogError("a connection cannot be watched", {{"WHY", watched.ToString()}});
}

void CurlPool::SetTimer(long milliseconds) {
  if (milliseconds < 0) return timer_.Cancel();
  timer_ =
      loop_.After(std::chrono::milliseconds(milliseconds), [this] { Act(CURL_SOCKET_TIMEOUT, 0); });
}

void CurlPool::Act(curl_socket_t socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, events, &running);
  TakeEnded();
  Deliver();
}

void CurlPool::TakeEnded() {
  int left = 0;
  while (CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    char* of = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &of);
    // libcurl hands back as char* whatever pointer it was given.
    CurlTransfer& transfer = *static_cast<CurlTransfer*>(static_cast<void*>(of));
    transfer.End(message->data.result);
    MarkReady(transfer);
    Remove(transfer);
  }
}

void CurlPool::Deliver() {
  const std::weak_ptr<bool> alive = alive_;
  const auto ready = std::exchange(ready_, {});
  for (const auto& transfer : ready) {
    transfer->Deliver();
    if (alive.expired()) return;  // a sink ended the whole client
  }
}

}  // namespace edge::cloudhub::kubernetes
