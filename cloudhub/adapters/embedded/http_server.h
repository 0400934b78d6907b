#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "cloudhub/adapters/embedded/api_types.h"
#include "common/executor.h"
#include "common/status.h"

namespace edge::cloudhub::embedded {

struct HttpServerOptions {
  std::string address;  ///< numeric
  std::uint16_t port = 0;
  std::string cert_pem, key_pem;
  std::string client_ca_pem;  ///< whoever shows a certificate of this CA is its CN
  std::string token;          ///< whoever shows this bearer token is "admin"
  std::size_t max_connections = 1000;
  Duration handshake_time = std::chrono::seconds(30);  ///< for TLS, from the accept on
  Duration idle_time = std::chrono::minutes(3);        ///< for a request to come, whole
};

/// HTTPS (TLS 1.2 and newer, HTTP/1.1) in front of a handler. It authenticates, and it bounds what
/// a peer may send or leave unread: 64 KB of header, 3 MB of body, 8 MB of unread watch events,
/// and what its options say.
///
/// Thread rule: the executor's thread. Sockets live on a thread of the server's own; requests are
/// posted to the executor and answers are posted back. Destruction ends all connections.
class HttpServer {
 public:
  using Handler = std::function<void(ApiRequest, ResponderPtr)>;

  /// Errors: kUnavailable when the address cannot be bound, kInvalidArgument for an address or
  /// key that is none.
  static Result<std::unique_ptr<HttpServer>> Start(Executor& executor, HttpServerOptions options,
                                                   Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const;

  struct Impl;

 private:
  explicit HttpServer(std::shared_ptr<Impl> impl);
  /// Shared with the connections, whose sockets belong to its io_context.
  std::shared_ptr<Impl> impl_;
};

}  // namespace edge::cloudhub::embedded
