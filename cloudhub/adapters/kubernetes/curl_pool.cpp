#include "cloudhub/adapters/kubernetes/curl_pool.h"

#include <sys/epoll.h>

#include <algorithm>
#include <utility>

#include "common/log.h"

namespace edge::cloudhub::kubernetes {
namespace {

/// More than API servers take on one connection (kube-apiserver: 100, or 250 before 1.29); they say
/// how many it is.
constexpr long kMostStreams = 250;
/// What connections are reckoned to take, in the beginning and at least.
constexpr std::size_t kStreams = 100, kFewestStreams = 8;

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

CurlPool::CurlPool(Loop& loop, long max_connections)
    : loop_(loop), multi_(curl_multi_init()), is_bounded_(max_connections > 0), streams_(kStreams) {
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  curl_multi_setopt(multi_, CURLMOPT_MAX_CONCURRENT_STREAMS, kMostStreams);
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

/// libcurl 7.88 waits for a connection that is being made (PIPEWAIT) only where it is the first:
/// once that is full, each of a hundred new watches would open one of its own. So the pool says how
/// many there may be: twice what is needed, for those whose certificate has been replaced are used
/// up to their watches' end.
void CurlPool::BoundConnections() {
  if (is_bounded_) return;
  const std::size_t needed = transfers_.size() / streams_ + 1;
  curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(2 * needed));
}

void CurlPool::Add(const std::shared_ptr<CurlTransfer>& transfer) {
  transfers_.emplace(transfer.get(), transfer);
  BoundConnections();
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
  // Perhaps it was for a connection with a stream to spare that it waited.
  if (transfer.waited_in_vain()) {
    streams_ = std::max(streams_ / 2, std::min(streams_, kFewestStreams));
  }
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
    if (transfer->http_version() == CURL_HTTP_VERSION_1_1) streams_ = 1;
    transfer->Deliver();
    if (alive.expired()) return;  // a sink ended the whole client
  }
}

}  // namespace edge::cloudhub::kubernetes
