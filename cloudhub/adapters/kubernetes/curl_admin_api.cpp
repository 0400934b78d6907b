#include "cloudhub/adapters/kubernetes/curl_admin_api.h"

#include "cloudhub/adapters/kubernetes/curl_handle.h"
#include "cloudhub/adapters/kubernetes/reply.h"
#include "cloudhub/adapters/kubernetes/request_path.h"

namespace edge::cloudhub {
namespace kubernetes {
namespace {

constexpr long kTimeoutMs = 15000;
constexpr std::size_t kMaxReply = 16 * 1024 * 1024;

std::size_t CollectReply(char* data, std::size_t one, std::size_t size, void* into) {
  std::string& reply = *static_cast<std::string*>(into);
  if (reply.size() + one * size > kMaxReply) return 0;
  reply.append(data, one * size);
  return one * size;
}

class CurlAdminApi final : public AdminApi {
 public:
  explicit CurlAdminApi(Kubeconfig config) : config_(std::move(config)) {}

  Result<Json> Get(const Resource& resource, const std::string& ns,
                   const std::string& name) override {
    return Call("GET", ObjectPath(resource, ns, name), "");
  }
  Result<Json> List(const Resource& resource, const std::string& ns) override {
    return Call("GET", CollectionPath(resource, ns), "");
  }
  Result<Json> Create(const Resource& resource, const std::string& ns,
                      const Json& object) override {
    return Call("POST", CollectionPath(resource, ns), DumpJson(object));
  }
  Status Delete(const Resource& resource, const std::string& ns, const std::string& name) override {
    return Call("DELETE", ObjectPath(resource, ns, name), "").status();
  }

 private:
  Result<Json> Call(const char* method, const Result<std::string>& path, const std::string& body) {
    if (!path.ok()) return path.status();
    const CurlHandle curl(curl_easy_init(), curl_easy_cleanup);
    if (curl == nullptr) return Internal("libcurl cannot be started");
    CurlHeaders headers = CommonHeaders(config_);
    AddHeader(headers, "Content-Type: application/json");
    std::string reply;
    const std::string url = config_.server + *path;
    SetCommonOptions(curl.get(), config_);
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, kTimeoutMs);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, CollectReply);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &reply);
    if (!body.empty()) curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
    const CURLcode code = curl_easy_perform(curl.get());
    if (code != CURLE_OK) return TransportStatus(code, config_.server);
    long http = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &http);
    return JudgeReply(std::string(method) + " " + *path, http, reply, kMaxReply);
  }

  const Kubeconfig config_;
};

}  // namespace
}  // namespace kubernetes

Result<std::unique_ptr<AdminApi>> OpenKubeconfig(const std::string& kubeconfig_path) {
  EDGE_RETURN_IF_ERROR(kubernetes::StartCurl());
  EDGE_ASSIGN_OR_RETURN(Kubeconfig config, LoadKubeconfig(kubeconfig_path));
  return std::unique_ptr<AdminApi>(std::make_unique<kubernetes::CurlAdminApi>(std::move(config)));
}

}  // namespace edge::cloudhub
