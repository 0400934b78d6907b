#include "tests/integration/kubernetes_adapter/scripted_server.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>

#include <stdexcept>

#include "certs/authority.h"
#include "certs/x509.h"

namespace edge::cloudhub::kubernetes {
namespace {

void Need(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

}  // namespace

ScriptedServer::ScriptedServer(Script script)
    : script_(std::move(script)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  signal(SIGPIPE, SIG_IGN);  // clients that give up are what it is for
  const SystemClock clock;
  const auto ca = certs::CertificateAuthority::Create("scripted", clock.Wall());
  ca_pem_ = ca->certificate_pem();
  const std::string key = *certs::GenerateKey();
  const std::string certificate =
      *ca->SignServer(*certs::MakeCsr(key, "127.0.0.1"), {{}, {"127.0.0.1"}}, clock.Wall());
  const std::string key_file = folder_.Write("key", key);
  const std::string certificate_file = folder_.Write("crt", certificate);
  Need(SSL_CTX_use_certificate_file(tls_.get(), certificate_file.c_str(), SSL_FILETYPE_PEM) == 1 &&
           SSL_CTX_use_PrivateKey_file(tls_.get(), key_file.c_str(), SSL_FILETYPE_PEM) == 1,
       "the scripted server's certificate");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  Need(bind(listener_.get(), generic, size) == 0 && listen(listener_.get(), 32) == 0 &&
           getsockname(listener_.get(), generic, &size) == 0,
       "the scripted server's port");
  port_ = ntohs(address.sin_port);
  threads_.emplace_back([this] { Accept(); });
}

ScriptedServer::~ScriptedServer() {
  stop_ = true;
  shutdown(listener_.get(), SHUT_RDWR);
  threads_.front().join();
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_) shutdown(fd, SHUT_RDWR);
  }
  for (std::size_t i = 1; i < threads_.size(); ++i) threads_[i].join();
}

void ScriptedServer::Accept() {
  while (!stop_) {
    const int fd = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    const std::lock_guard lock(mutex_);
    open_.push_back(fd);
    threads_.emplace_back([this, fd] { Serve(fd); });
  }
}

void ScriptedServer::Serve(int fd) {
  const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(tls_.get()), SSL_free);
  SSL_set_fd(tls.get(), fd);
  std::string request;
  char buffer[4096];
  if (SSL_accept(tls.get()) == 1) {
    while (request.find("\r\n\r\n") == std::string::npos) {
      const int got = SSL_read(tls.get(), buffer, sizeof(buffer));
      if (got <= 0) break;
      request.append(buffer, static_cast<std::size_t>(got));
    }
  }
  if (!request.empty()) {
    ++requests_;
    const Reply reply = script_(request);
    SSL_write(tls.get(), reply.bytes.data(), static_cast<int>(reply.bytes.size()));
    if (!reply.close) SSL_read(tls.get(), buffer, sizeof(buffer));
  }
  const std::lock_guard lock(mutex_);
  std::erase(open_, fd);
  close(fd);
}

std::string ScriptedServer::Kubeconfig(bool right_ca) const {
  const SystemClock clock;
  const auto other = certs::CertificateAuthority::Create("another", clock.Wall());
  folder_.Write("ca", right_ca ? ca_pem_ : other->certificate_pem());
  return folder_.Write(
      "kc",
      "current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n"
      "clusters: [{name: c, cluster: {server: \"https://127.0.0.1:" +
          std::to_string(port_) +
          "\", certificate-authority: ca}}]\nusers: [{name: u, user: {token: t}}]\n");
}

std::string Whole(const std::string& status, const std::string& body, const std::string& headers) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         headers + "Connection: close\r\n\r\n" + body;
}

std::string Streamed(const std::vector<std::string>& pieces) {
  std::string bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  char size[32];
  for (const std::string& piece : pieces) {
    snprintf(size, sizeof(size), "%zx\r\n", piece.size());
    bytes += size + piece + "\r\n";
  }
  return bytes;
}

}  // namespace edge::cloudhub::kubernetes
