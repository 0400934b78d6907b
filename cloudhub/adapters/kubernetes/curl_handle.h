#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

#include "cloudhub/adapters/kubernetes/kubeconfig.h"

namespace edge::cloudhub::kubernetes {

using CurlHandle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using CurlHeaders = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

/// Starts libcurl, once for the process. Errors: kInternal.
Status StartCurl();

/// What every request to the API server has: HTTPS alone, the server's certificate checked against
/// `config`'s CA, its client certificate shown, and dead peers noticed within about 30 s. The
/// handle refers to `config`, which outlives it.
void SetCommonOptions(CURL* curl, const Kubeconfig& config);

/// Adds a header line.
void AddHeader(CurlHeaders& headers, const std::string& line);
/// "Authorization" where `config` has a token, and what goes with every request.
CurlHeaders CommonHeaders(const Kubeconfig& config);

/// The Status for a request that got no whole reply: kUnauthenticated where TLS failed, else
/// kUnavailable. `detail`: libcurl's own words, or empty.
Status TransportStatus(CURLcode code, const std::string& server, const std::string& detail = {});

}  // namespace edge::cloudhub::kubernetes
