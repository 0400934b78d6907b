#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cloudhub/adapters/kubernetes/curl_handle.h"
#include "cloudhub/adapters/kubernetes/http.h"

namespace edge::cloudhub::kubernetes {

/// One request in libcurl's hands. libcurl's callbacks only put by what came; Deliver hands it to
/// the sink.
///
/// Thread rule: the loop thread.
class CurlTransfer {
 public:
  /// `on_ready` is called, within libcurl, when there is something to deliver.
  CurlTransfer(HttpRequest request, std::shared_ptr<const Kubeconfig> config, HttpSink& sink,
               std::function<void(CurlTransfer&)> on_ready);
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  CURL* handle() const { return curl_.get(); }
  /// CURL_HTTP_VERSION_1_1 or so, once there is an answer; else 0.
  long http_version() const { return http_version_; }
  bool waited_in_vain() const { return !head_ && !ended_; }
  /// The sink hears no more.
  void Abandon() { sink_ = nullptr; }
  void End(CURLcode code);
  void EndWith(Status status);
  /// Tells the sink what has come.
  void Deliver();

  bool queued = false;  ///< its pool's: it is in the list of those that have something to deliver

 private:
  static std::size_t OnHeader(char* data, std::size_t one, std::size_t size, void* self);
  static std::size_t OnBytes(char* data, std::size_t one, std::size_t size, void* self);
  void TakeHead();
  void SetOptions();

  const HttpRequest request_;
  const std::shared_ptr<const Kubeconfig> config_;
  HttpSink* sink_;
  const std::function<void(CurlTransfer&)> on_ready_;
  const CurlHandle curl_;
  CurlHeaders headers_;
  std::string inbox_;
  std::size_t header_bytes_ = 0;
  long http_version_ = 0;
  std::optional<HttpHead> head_;
  bool head_told_ = false, ended_ = false;
  Status end_;
};

}  // namespace edge::cloudhub::kubernetes
