#include "cloudhub/adapters/embedded/http_server.h"

#include <netinet/tcp.h>

#include <boost/asio/post.hpp>

#include "cloudhub/adapters/embedded/http_session.h"
#include "common/log.h"

namespace edge::cloudhub::embedded {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kAcceptPause = std::chrono::seconds(1);

Status SetUpTls(asio::ssl::context& tls, const HttpServerOptions& options) {
  boost::system::error_code error;
  const auto pem = [](const std::string& text) { return asio::buffer(text); };
  tls.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                  asio::ssl::context::no_tlsv1_1 | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(tls.native_handle(), SSL_SESS_CACHE_OFF);
  tls.use_certificate_chain(pem(options.cert_pem), error);
  if (!error) tls.use_private_key(pem(options.key_pem), asio::ssl::context::pem, error);
  if (!error) tls.add_certificate_authority(pem(options.client_ca_pem), error);
  if (error) return InvalidArgument("serving certificate or key: " + error.message());
  // Whether a certificate was good is asked after the handshake: a bad one gets a 401 in words.
  tls.set_verify_mode(asio::ssl::verify_peer);
  tls.set_verify_callback([](bool, asio::ssl::verify_context&) { return true; });
  return Status::Ok();
}

Status Bind(tcp::acceptor& acceptor, const HttpServerOptions& options) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) {
    return InvalidArgument("listen address '" + options.address + "': " + error.message(),
                           "Write a numeric IPv4 or IPv6 address");
  }
  const tcp::endpoint endpoint(address, options.port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) return Status::Ok();
  return Unavailable("cannot listen on " + options.address + " port " +
                         std::to_string(options.port) + ": " + error.message(),
                     "Choose another port, or stop what uses this one");
}

/// A peer that vanished without a word is noticed within about a minute.
void SetKeepAlive(tcp::socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  socket.set_option(tcp::no_delay(true), ignored);
  const int idle_s = 30;
  const int interval_s = 10;
  const int unacked_ms = 60'000;
  const int fd = socket.native_handle();
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacked_ms, sizeof unacked_ms);
}

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::Start(Executor& executor, HttpServerOptions options,
                                                      Handler handler) {
  auto impl = std::make_shared<Impl>(executor, std::move(options), std::move(handler));
  EDGE_RETURN_IF_ERROR(SetUpTls(impl->tls, impl->options));
  EDGE_RETURN_IF_ERROR(Bind(impl->acceptor, impl->options));
  impl->Accept();
  impl->thread = std::thread([raw = impl.get()] {
    pthread_setname_np(pthread_self(), "api-http");
    raw->io.run();
  });
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() {
  impl_->stopped = true;  // from here on no answer is posted to the I/O thread
  asio::post(impl_->io, [impl = impl_.get()] {
    boost::system::error_code ignored;
    impl->acceptor.close(ignored);
    impl->accept_pause.cancel();
    const std::set<HttpSession*> sessions = impl->sessions;
    for (HttpSession* session : sessions) session->Close();
  });
  impl_->thread.join();
}

std::uint16_t HttpServer::port() const { return impl_->acceptor.local_endpoint().port(); }

void HttpServer::Impl::Accept() {
  acceptor.async_accept([this](boost::system::error_code error, tcp::socket socket) {
    if (!acceptor.is_open()) return;
    if (error) return AcceptLater(error);
    if (sessions.size() < options.max_connections) {
      SetKeepAlive(socket);
      std::make_shared<HttpSession>(shared_from_this(), std::move(socket))->Start();
    } else {
      LogWarning("refused a connection: the limit is reached",
                 {{"LIMIT", std::to_string(options.max_connections)}});
    }
    Accept();
  });
}

/// Out of descriptors or memory: the connection stays in the kernel's queue, and to accept it at
/// once would fail at once.
void HttpServer::Impl::AcceptLater(const boost::system::error_code& why) {
  LogWarning("a connection waits to be accepted", {{"WHY", why.message()}});
  accept_pause.expires_after(kAcceptPause);
  accept_pause.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled && acceptor.is_open()) Accept();
  });
}

}  // namespace edge::cloudhub::embedded
