#include "tests/bench/kube_client.h"

namespace edge::bench {
namespace {

std::size_t Collect(char* data, std::size_t one, std::size_t size, void* into) {
  static_cast<std::string*>(into)->append(data, one * size);
  return one * size;
}

void SetBlob(CURL* curl, CURLoption option, const std::string& pem) {
  if (pem.empty()) return;
  curl_blob blob{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_COPY};
  curl_easy_setopt(curl, option, &blob);
}

}  // namespace

Result<std::unique_ptr<KubeClient>> KubeClient::Open(const std::string& kubeconfig) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return Internal("libcurl does not start");
  EDGE_ASSIGN_OR_RETURN(cloudhub::Kubeconfig config, cloudhub::LoadKubeconfig(kubeconfig));
  return std::unique_ptr<KubeClient>(new KubeClient(std::move(config)));
}

KubeClient::KubeClient(cloudhub::Kubeconfig config)
    : config_(std::move(config)), multi_(curl_multi_init()) {
  headers_ = curl_slist_append(nullptr, "Content-Type: application/json");
  if (!config_.token.empty()) {
    headers_ = curl_slist_append(headers_, ("Authorization: Bearer " + config_.token).c_str());
  }
}

KubeClient::~KubeClient() {
  for (CURL* handle : {call_, watch_}) {
    if (handle == nullptr) continue;
    curl_multi_remove_handle(multi_, handle);
    curl_easy_cleanup(handle);
  }
  curl_multi_cleanup(multi_);
  curl_slist_free_all(headers_);
}

CURL* KubeClient::NewHandle() {
  CURL* curl = curl_easy_init();
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers_);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
  SetBlob(curl, CURLOPT_CAINFO_BLOB, config_.ca_pem);
  SetBlob(curl, CURLOPT_SSLCERT_BLOB, config_.client_certificate_pem);
  SetBlob(curl, CURLOPT_SSLKEY_BLOB, config_.client_key_pem);
  return curl;
}

Result<Json> KubeClient::Call(const char* method, const std::string& path,
                              const std::string& body) {
  EDGE_ASSIGN_OR_RETURN(const std::string reply, Text(method, path, body));
  return ParseJson(reply);
}

Result<std::string> KubeClient::Text(const char* method, const std::string& path,
                                     const std::string& body) {
  std::string reply;
  call_ = NewHandle();
  const std::string url = config_.server + path;
  curl_easy_setopt(call_, CURLOPT_URL, url.c_str());
  curl_easy_setopt(call_, CURLOPT_CUSTOMREQUEST, method);
  if (!body.empty()) curl_easy_setopt(call_, CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(call_, CURLOPT_WRITEFUNCTION, Collect);
  curl_easy_setopt(call_, CURLOPT_WRITEDATA, &reply);
  curl_easy_setopt(call_, CURLOPT_TIMEOUT_MS, 15000L);
  call_done_ = false;
  curl_multi_add_handle(multi_, call_);
  while (!call_done_) Turn();
  long http = 0;
  curl_easy_getinfo(call_, CURLINFO_RESPONSE_CODE, &http);
  curl_multi_remove_handle(multi_, call_);
  curl_easy_cleanup(call_);
  call_ = nullptr;
  if (call_code_ != CURLE_OK) return Unavailable(url + ": " + curl_easy_strerror(call_code_));
  if (http >= 300) return Internal(std::string(method) + " " + path + ": " + reply);
  return reply;
}

void KubeClient::Watch(const std::string& path, OnEvent on_event) {
  on_event_ = std::move(on_event);
  watch_ = NewHandle();
  curl_easy_setopt(watch_, CURLOPT_URL, (config_.server + path).c_str());
  curl_easy_setopt(watch_, CURLOPT_WRITEFUNCTION, &KubeClient::OnWatchBytes);
  curl_easy_setopt(watch_, CURLOPT_WRITEDATA, this);
  curl_multi_add_handle(multi_, watch_);
}

Status KubeClient::RunUntil(const std::function<bool()>& done, std::chrono::milliseconds patience,
                            const std::string& what) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!done()) {
    if (watch_ended_) return Unavailable("the API server ended the watch");
    if (std::chrono::steady_clock::now() > end) return DeadlineExceeded("waited for " + what);
    Turn();
  }
  return Status::Ok();
}

void KubeClient::Turn() {
  int running = 0, left = 0;
  curl_multi_perform(multi_, &running);
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    if (message->easy_handle == watch_) watch_ended_ = true;
    if (message->easy_handle != call_) continue;
    call_done_ = true;
    call_code_ = message->data.result;
  }
  if (!call_done_ || call_ == nullptr) curl_multi_poll(multi_, nullptr, 0, 50, nullptr);
}

std::size_t KubeClient::OnWatchBytes(char* data, std::size_t one, std::size_t size, void* self) {
  auto* client = static_cast<KubeClient*>(self);
  client->watch_bytes_.append(data, one * size);
  for (std::size_t end = 0; (end = client->watch_bytes_.find('\n')) != std::string::npos;) {
    const std::string line = client->watch_bytes_.substr(0, end);
    client->watch_bytes_.erase(0, end + 1);
    client->TakeLine(line);
  }
  return one * size;
}

void KubeClient::TakeLine(const std::string& line) {
  const Result<Json> event = ParseJson(line);
  if (!event.ok()) return;
  const Json* object = Find(*event, {"object"});
  if (object != nullptr) on_event_(FindString(*event, {"type"}), *object);
}

}  // namespace edge::bench
