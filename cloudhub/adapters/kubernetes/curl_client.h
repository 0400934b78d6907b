#pragma once

#include <memory>

#include "cloudhub/adapters/kubernetes/credentials.h"
#include "cloudhub/adapters/kubernetes/curl_pool.h"
#include "cloudhub/adapters/kubernetes/http.h"

namespace edge::cloudhub::kubernetes {

/// HttpClient with libcurl and HTTP/2. Watches and calls have connections of their own, so that
/// thousands of the one never keep the other waiting; calls have four at most, which is some
/// hundred at once.
class CurlClient final : public HttpClient {
 public:
  /// Errors: those of Credentials::Open.
  static Result<std::unique_ptr<CurlClient>> Open(Loop& loop, const std::string& kubeconfig_path);

  std::unique_ptr<HttpExchange> Start(HttpRequest request, HttpSink& sink) override;
  bool RenewCredentials() override { return credentials_->Renew(); }

 private:
  CurlClient(Loop& loop, std::unique_ptr<Credentials> credentials);

  const std::unique_ptr<Credentials> credentials_;
  CurlPool calls_, watches_;
};

}  // namespace edge::cloudhub::kubernetes
