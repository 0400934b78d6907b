#include "cloudhub/adapters/kubernetes/curl_handle.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>

namespace edge::cloudhub::kubernetes {
namespace {

constexpr long kConnectMs = 10000;
constexpr long kIdleSeconds = 10, kProbeSeconds = 5;
/// Also the time that an unanswered keepalive probe is waited for.
constexpr unsigned kDeadPeerMs = 30000;

/// The certificates are not copied: thousands of watches refer to one.
void SetBlob(CURL* curl, CURLoption option, const std::string& pem) {
  if (pem.empty()) return;
  curl_blob blob{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_NOCOPY};
  curl_easy_setopt(curl, option, &blob);
}

int BoundSilence(void*, curl_socket_t socket, curlsocktype) {
  setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &kDeadPeerMs, sizeof(kDeadPeerMs));
  return CURL_SOCKOPT_OK;
}

bool IsTlsTrouble(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR: return true;
    default: return false;
  }
}

}  // namespace

Status StartCurl() {
  // CURLOPT_NOSIGNAL leaves that to the program: a lost connection must not end it.
  signal(SIGPIPE, SIG_IGN);
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  return started == CURLE_OK ? Status::Ok() : Internal("libcurl cannot be started");
}

void SetCommonOptions(CURL* curl, const Kubeconfig& config) {
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPIDLE, kIdleSeconds);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPINTVL, kProbeSeconds);
  curl_easy_setopt(curl, CURLOPT_SOCKOPTFUNCTION, BoundSilence);
  SetBlob(curl, CURLOPT_CAINFO_BLOB, config.ca_pem);
  SetBlob(curl, CURLOPT_SSLCERT_BLOB, config.client_certificate_pem);
  SetBlob(curl, CURLOPT_SSLKEY_BLOB, config.client_key_pem);
}

void AddHeader(CurlHeaders& headers, const std::string& line) {
  curl_slist* longer = curl_slist_append(headers.get(), line.c_str());
  if (longer == nullptr) return;
  // The list's first entry stays the same once there is one.
  static_cast<void>(headers.release());
  headers.reset(longer);
}

CurlHeaders CommonHeaders(const Kubeconfig& config) {
  CurlHeaders headers(nullptr, curl_slist_free_all);
  AddHeader(headers, "Accept: application/json");
  AddHeader(headers, "Expect:");
  if (!config.token.empty()) AddHeader(headers, "Authorization: Bearer " + config.token);
  return headers;
}

Status TransportStatus(CURLcode code, const std::string& server, const std::string& detail) {
  const std::string words = detail.empty() ? curl_easy_strerror(code) : detail;
  const std::string message = "the Kubernetes API at " + server + ": " + words;
  if (IsTlsTrouble(code)) {
    return {Code::kUnauthenticated, message,
            "check that the kubeconfig belongs to this API server: its CA, the name in \"server\" "
            "and the client certificate, and that this machine's clock is right"};
  }
  return {Code::kUnavailable, message,
          "check that the server runs and that this machine reaches it"};
}

}  // namespace edge::cloudhub::kubernetes
