#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/loop.h"
#include "tests/fakes/temp_folder.h"

namespace edge::cloudhub::kubernetes {

/// An HTTPS server that says what a test tells it to, however wrong: one request a connection.
class ScriptedServer {
 public:
  /// Gets the request's head, returns the bytes to send. `close`: false keeps the connection open,
  /// saying nothing more.
  struct Reply {
    std::string bytes;
    bool close = true;
  };
  using Script = std::function<Reply(const std::string& request)>;

  explicit ScriptedServer(Script script);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  /// A kubeconfig with this server's CA, or with another that did not sign its certificate.
  std::string Kubeconfig(bool right_ca = true) const;
  int requests() const { return requests_; }

 private:
  void Accept();
  void Serve(int fd);

  const Script script_;
  fakes::TempFolder folder_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> tls_{SSL_CTX_new(TLS_server_method()),
                                                         SSL_CTX_free};
  UniqueFd listener_;
  int port_ = 0;
  std::string ca_pem_;
  std::atomic<int> requests_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
};

/// A whole reply with a length.
std::string Whole(const std::string& status, const std::string& body,
                  const std::string& headers = "");
/// The head of a stream, then one chunk for each piece; the stream is not ended.
std::string Streamed(const std::vector<std::string>& pieces);

}  // namespace edge::cloudhub::kubernetes
