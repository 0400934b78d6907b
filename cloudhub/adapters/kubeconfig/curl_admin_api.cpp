#include "cloudhub/adapters/kubeconfig/curl_admin_api.h"

#include <curl/curl.h>

#include "cloudhub/adapters/kubeconfig/kubeconfig.h"

namespace edge::cloudhub {
namespace {

constexpr long kTimeoutMs = 15000;
constexpr std::size_t kMaxReply = 16 * 1024 * 1024;

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

std::size_t Collect(char* data, std::size_t one, std::size_t size, void* into) {
  std::string& reply = *static_cast<std::string*>(into);
  if (reply.size() + one * size > kMaxReply) return 0;
  reply.append(data, one * size);
  return one * size;
}

Code CodeOf(long http, const std::string& reason) {
  switch (http) {
    case 401: return Code::kUnauthenticated;
    case 403: return Code::kPermissionDenied;
    case 404: return Code::kNotFound;
    case 409: return reason == "AlreadyExists" ? Code::kAlreadyExists : Code::kAborted;
    case 400:
    case 422: return Code::kInvalidArgument;
    case 429: return Code::kResourceExhausted;
    default: return http >= 500 ? Code::kUnavailable : Code::kUnknown;
  }
}

class CurlAdminApi final : public AdminApi {
 public:
  explicit CurlAdminApi(Kubeconfig config) : config_(std::move(config)) {}

  Result<Json> Get(const Resource& resource, const std::string& ns,
                   const std::string& name) override {
    return Call("GET", Path(resource, ns) + "/" + name, "");
  }
  Result<Json> List(const Resource& resource, const std::string& ns) override {
    return Call("GET", Path(resource, ns), "");
  }
  Result<Json> Create(const Resource& resource, const std::string& ns,
                      const Json& object) override {
    return Call("POST", Path(resource, ns), DumpJson(object));
  }
  Status Delete(const Resource& resource, const std::string& ns, const std::string& name) override {
    return Call("DELETE", Path(resource, ns) + "/" + name, "").status();
  }

 private:
  /// Names come from our own checks (DNS names), so that no escaping is needed.
  static std::string Path(const Resource& resource, const std::string& ns) {
    const std::string group = resource.group.empty() ? "/api/" : "/apis/" + resource.group + "/";
    return group + resource.version + (ns.empty() ? "" : "/namespaces/" + ns) + "/" +
           resource.plural;
  }

  static void SetBlob(CURL* curl, CURLoption option, const std::string& pem) {
    if (pem.empty()) return;
    curl_blob blob{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_COPY};
    curl_easy_setopt(curl, option, &blob);
  }

  Result<Json> Call(const char* method, const std::string& path, const std::string& body) {
    const Handle curl(curl_easy_init(), curl_easy_cleanup);
    if (curl == nullptr) return Internal("libcurl cannot be started");
    Headers headers(curl_slist_append(nullptr, "Content-Type: application/json"),
                    curl_slist_free_all);
    if (!config_.token.empty()) {
      const std::string bearer = "Authorization: Bearer " + config_.token;
      curl_slist_append(headers.get(), bearer.c_str());
    }
    std::string reply;
    const std::string url = config_.server + path;
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, kTimeoutMs);
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, Collect);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &reply);
    if (!body.empty()) curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
    SetBlob(curl.get(), CURLOPT_CAINFO_BLOB, config_.ca_pem);
    SetBlob(curl.get(), CURLOPT_SSLCERT_BLOB, config_.client_certificate_pem);
    SetBlob(curl.get(), CURLOPT_SSLKEY_BLOB, config_.client_key_pem);
    const CURLcode code = curl_easy_perform(curl.get());
    if (code != CURLE_OK) return Unreachable(code);
    long http = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &http);
    return Judge(method, path, http, reply);
  }

  Status Unreachable(CURLcode code) const {
    const bool tls = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR;
    return {tls ? Code::kUnauthenticated : Code::kUnavailable,
            "the Kubernetes API at " + config_.server + ": " + curl_easy_strerror(code),
            tls ? "check that the kubeconfig belongs to this API server"
                : "check that the server runs and that this machine reaches it"};
  }

  static Result<Json> Judge(const char* method, const std::string& path, long http,
                            const std::string& reply) {
    JsonLimits limits;
    limits.max_bytes = kMaxReply;
    Result<Json> json = ParseJson(reply, limits);
    if (http >= 200 && http < 300) return json;
    const std::string reason = json.ok() ? FindString(*json, {"reason"}) : "";
    const std::string message =
        json.ok() ? FindString(*json, {"message"}, "no message") : "HTTP " + std::to_string(http);
    return Status(CodeOf(http, reason), std::string(method) + " " + path + ": " + message);
  }

  const Kubeconfig config_;
};

}  // namespace

Result<std::unique_ptr<AdminApi>> OpenKubeconfig(const std::string& kubeconfig_path) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) return Internal("libcurl cannot be started");
  EDGE_ASSIGN_OR_RETURN(Kubeconfig config, LoadKubeconfig(kubeconfig_path));
  return std::unique_ptr<AdminApi>(std::make_unique<CurlAdminApi>(std::move(config)));
}

}  // namespace edge::cloudhub
