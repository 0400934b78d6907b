#include "cloudhub/adapters/embedded/embedded_api.h"

#include "cloudhub/adapters/embedded/api_server.h"
#include "cloudhub/adapters/embedded/credentials.h"
#include "cloudhub/adapters/embedded/embedded_kube_api.h"
#include "cloudhub/adapters/embedded/http_server.h"
#include "cloudhub/adapters/embedded/janitor.h"
#include "common/file.h"
#include "common/log.h"

namespace edge::cloudhub::embedded {
namespace {

/// What a client on another machine would dial; a wildcard address is no destination.
std::string HostOf(const EmbeddedApiOptions& options) {
  if (!options.extra_sans.empty()) return options.extra_sans.front();
  if (options.listen_address == "0.0.0.0") return "127.0.0.1";
  if (options.listen_address == "::") return "::1";
  return options.listen_address;
}

std::vector<std::string> CertificateNames(const EmbeddedApiOptions& options) {
  std::vector<std::string> names = options.extra_sans;
  names.insert(names.end(), {"localhost", "127.0.0.1", "::1", HostOf(options)});
  return names;
}

/// A copy for the operator: without it, as on a full disk, the API serves all the same.
void WriteKubeconfig(const std::string& path, const std::string& text) {
  const Result<std::string> held = ReadFile(path);
  if (held.ok() && *held == text) return;
  const Status written = WriteFileAtomically(path, text, 0600);
  if (!written.ok()) LogError("the kubeconfig was not written", {{"WHY", written.ToString()}});
}

}  // namespace

struct EmbeddedApi::Parts {
  Parts(Executor& executor_in, Random& random, EmbeddedApiOptions options_in,
        std::unique_ptr<ObjectStore> store_in)
      : executor(executor_in),
        options(std::move(options_in)),
        kubeconfig_path(options.state_dir + "/kubeconfig"),
        store(std::move(store_in)),
        registry(*store, executor.clock(), random),
        hub(*store),
        janitor(registry, hub, executor),
        kube_api(registry, hub, executor),
        server(registry, hub, executor, random) {}

  Executor& executor;
  const EmbeddedApiOptions options;
  const std::string kubeconfig_path;
  Credentials credentials;
  std::string cluster_uid;
  std::unique_ptr<ObjectStore> store;
  Registry registry;
  WatchHub hub;
  Janitor janitor;
  EmbeddedKubeApi kube_api;
  ApiServer server;
  std::unique_ptr<HttpServer> http;  // last: it goes first, and its watches with it
};

Result<std::unique_ptr<EmbeddedApi>> EmbeddedApi::Open(Executor& executor, Random& random,
                                                       EmbeddedApiOptions options) {
  EDGE_RETURN_IF_ERROR(MakeDirectories(options.state_dir, 0700));
  // First of all: whoever has the database has the folder, and nobody else changes a file in it.
  EDGE_ASSIGN_OR_RETURN(auto store, ObjectStore::Open(options.state_dir + "/api.db"));
  SystemRandom kernel;
  EDGE_ASSIGN_OR_RETURN(Credentials credentials,
                        LoadOrMakeCredentials(options.state_dir, CertificateNames(options),
                                              executor.clock().Wall(), kernel));
  auto parts = std::make_unique<Parts>(executor, random, std::move(options), std::move(store));
  parts->credentials = std::move(credentials);
  EDGE_RETURN_IF_ERROR(parts->registry.Bootstrap());
  const Answer system =
      parts->registry.Get({kube::FindResource("", "v1", "namespaces"), "", "kube-system", ""});
  parts->cluster_uid = FindString(system.body, {"metadata", "uid"});
  parts->janitor.Start();
  return std::unique_ptr<EmbeddedApi>(new EmbeddedApi(std::move(parts)));
}

EmbeddedApi::EmbeddedApi(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
EmbeddedApi::~EmbeddedApi() = default;

KubeApi& EmbeddedApi::api() { return parts_->kube_api; }

Status EmbeddedApi::Listen() {
  Parts& parts = *parts_;
  const Credentials& credentials = parts.credentials;
  EDGE_ASSIGN_OR_RETURN(
      parts.http, HttpServer::Start(
                      parts.executor,
                      {.address = parts.options.listen_address,
                       .port = parts.options.port,
                       .cert_pem = credentials.cert_pem,
                       .key_pem = credentials.key_pem,
                       .client_ca_pem = credentials.ca_pem,
                       .token = credentials.token},
                      [server = &parts.server](const ApiRequest& request, ResponderPtr responder) {
                        server->Handle(request, std::move(responder));
                      }));
  std::string host = HostOf(parts.options);
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  const std::string url = "https://" + host + ":" + std::to_string(parts.http->port());
  WriteKubeconfig(parts.kubeconfig_path, MakeKubeconfig(credentials, url));
  return Status::Ok();
}

std::uint16_t EmbeddedApi::port() const {
  return parts_->http == nullptr ? 0 : parts_->http->port();
}
const std::string& EmbeddedApi::kubeconfig_path() const { return parts_->kubeconfig_path; }
const std::string& EmbeddedApi::cluster_uid() const { return parts_->cluster_uid; }

}  // namespace edge::cloudhub::embedded
