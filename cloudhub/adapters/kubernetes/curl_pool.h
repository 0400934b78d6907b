#pragma once

#include <curl/curl.h>

#include <memory>
#include <unordered_map>
#include <vector>

#include "cloudhub/adapters/kubernetes/curl_transfer.h"
#include "common/loop.h"

namespace edge::cloudhub::kubernetes {

/// Transfers multiplexed over the connections of one libcurl multi handle, on our loop: no thread
/// of its own (but libcurl's, which looks up names).
///
/// Thread rule: the loop thread. Sinks are called outside of libcurl, so that they may start and
/// end transfers.
class CurlPool {
 public:
  /// `max_connections` 0: as many as there is need for.
  CurlPool(Loop& loop, long max_connections);
  ~CurlPool();
  CurlPool(const CurlPool&) = delete;
  CurlPool& operator=(const CurlPool&) = delete;

  /// Errors come to the sink, later.
  void Add(const std::shared_ptr<CurlTransfer>& transfer);
  /// Its sink hears no more.
  void Remove(CurlTransfer& transfer);
  /// There is something to deliver once libcurl is done; it may be within libcurl now.
  void MarkReady(CurlTransfer& transfer);

 private:
  friend struct CurlPoolCallbacks;
  void BoundConnections();
  void WatchSocket(curl_socket_t socket, int what);
  void SetTimer(long milliseconds);
  void Act(curl_socket_t socket, int events);
  void TakeEnded();
  void Deliver();

  Loop& loop_;
  CURLM* const multi_;
  const bool is_bounded_;
  std::size_t streams_;  ///< that a connection is reckoned to take
  Timer timer_;
  std::unordered_map<CurlTransfer*, std::shared_ptr<CurlTransfer>> transfers_;
  std::vector<std::shared_ptr<CurlTransfer>> ready_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::cloudhub::kubernetes
