#pragma once

#include <curl/curl.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "cloudhub/adapters/kubernetes/kubeconfig.h"
#include "common/json.h"

namespace edge::bench {

/// One watch and calls beside it, on connections that stay open: what a controller pays, not what
/// a new kubectl costs. Thread rule: one thread; callbacks run within Call and RunUntil.
class KubeClient {
 public:
  /// Gets type ("ADDED", ...) and object of each event, when its last byte has arrived.
  using OnEvent = std::function<void(const std::string& type, const Json& object)>;

  static Result<std::unique_ptr<KubeClient>> Open(const std::string& kubeconfig);
  ~KubeClient();

  Result<Json> Call(const char* method, const std::string& path, const std::string& body = {});
  /// The same, of what is no JSON.
  Result<std::string> Text(const char* method, const std::string& path,
                           const std::string& body = {});
  /// Call once. `path` with its query ("...?watch=1&resourceVersion=7").
  void Watch(const std::string& path, OnEvent on_event);
  /// Serves the watch until `done` is true. Errors: kDeadlineExceeded naming `what`.
  Status RunUntil(const std::function<bool()>& done, std::chrono::milliseconds patience,
                  const std::string& what);

 private:
  explicit KubeClient(cloudhub::Kubeconfig config);
  CURL* NewHandle();
  void Turn();
  static std::size_t OnWatchBytes(char* data, std::size_t one, std::size_t size, void* self);
  void TakeLine(const std::string& line);

  const cloudhub::Kubeconfig config_;
  CURLM* multi_;
  curl_slist* headers_ = nullptr;
  CURL* call_ = nullptr;
  CURL* watch_ = nullptr;
  bool call_done_ = false, watch_ended_ = false;
  CURLcode call_code_ = CURLE_OK;
  std::string watch_bytes_;
  OnEvent on_event_;
};

}  // namespace edge::bench
