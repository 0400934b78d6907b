#pragma once

#include <memory>

#include "cloudhub/adapters/kubernetes/credentials.h"
#include "cloudhub/adapters/kubernetes/curl_pool.h"
#include "cloudhub/adapters/kubernetes/http.h"

namespace edge::cloudhub::kubernetes {

/// HttpClient with libcurl and HTTP/2. Each lane has connections of its own, so that
/// thousands of watches never keep a call waiting, nor calls an urgent one.
class CurlClient final : public HttpClient {
 public:
  /// Errors: those of Credentials::Open.
  static Result<std::unique_ptr<CurlClient>> Open(Loop& loop, const std::string& kubeconfig_path);

  std::unique_ptr<HttpExchange> Start(HttpRequest request, HttpSink& sink) override;
  bool RenewCredentials(BootTime sent_at) override { return credentials_->Renew(sent_at); }

 private:
  CurlPool& PoolOf(HttpLane lane);
  CurlClient(Loop& loop, std::unique_ptr<Credentials> credentials);

  const std::unique_ptr<Credentials> credentials_;
  CurlPool calls_, urgent_, watches_;
};

}  // namespace edge::cloudhub::kubernetes
