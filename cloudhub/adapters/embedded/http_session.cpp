#include "cloudhub/adapters/embedded/http_session.h"

#include <openssl/crypto.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <cstdio>

#include "cloudhub/adapters/embedded/status_answer.h"
#include "cloudhub/adapters/embedded/url.h"

namespace edge::cloudhub::embedded {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr const char* kAnonymous = "system:anonymous";
constexpr std::size_t kMaxBody = 3 * 1024 * 1024;
constexpr std::uint32_t kMaxHeader = 64 * 1024;
constexpr std::size_t kMaxBacklog = 8 * 1024 * 1024;
constexpr auto kWriteTime = std::chrono::minutes(1);

std::string FrameChunk(const std::string& data) {
  std::array<char, 20> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", data.size());
  return size.data() + data + "\r\n";
}

bool SameSecret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// The common name of the peer's certificate if our CA vouches for it; else empty.
std::string NameFromCertificate(SSL* ssl) {
  X509* cert = SSL_get0_peer_certificate(ssl);
  if (cert == nullptr || SSL_get_verify_result(ssl) != X509_V_OK) return {};
  std::array<char, 256> name{};
  const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName,
                                             name.data(), name.size());
  return size > 0 ? std::string(name.data(), static_cast<std::size_t>(size)) : std::string();
}

bool ShowsCertificate(const SSL* ssl) { return SSL_get0_peer_certificate(ssl) != nullptr; }

/// What the role system:public-info-viewer lets anybody read: probes have no credentials.
bool IsPublic(const ApiRequest& request) {
  static constexpr std::array<std::string_view, 4> kPublic = {"/healthz", "/livez", "/readyz",
                                                              "/version"};
  return request.method == "GET" &&
         std::find(kPublic.begin(), kPublic.end(), request.path) != kPublic.end();
}

/// These are answered in words of their own, whether or not the client asks for an upgrade.
bool IsStreamOfPod(std::string_view path) {
  return path.ends_with("/exec") || path.ends_with("/attach") || path.ends_with("/portforward") ||
         path.ends_with("/log");
}

ApiResponse ToResponse(const Answer& answer) {
  return {answer.code, "application/json", {}, DumpJson(answer.body)};
}

/// An answer's way from the executor's thread to its connection.
class HttpResponder final : public Responder {
 public:
  explicit HttpResponder(std::shared_ptr<HttpSession> session) : session_(std::move(session)) {}
  /// A handler that forgot its request must not leave the peer waiting.
  ~HttpResponder() override {
    if (!answered_) {
      session_->PostResponse(ToResponse(InternalAnswer("the request was dropped")), false);
    } else if (streaming_) {
      session_->PostEnd();
    }
  }
  HttpResponder(const HttpResponder&) = delete;
  HttpResponder& operator=(const HttpResponder&) = delete;

  void Respond(ApiResponse response) override {
    answered_ = true;
    session_->PostResponse(std::move(response), false);
  }
  void StartStream(ApiResponse head) override {
    answered_ = streaming_ = true;
    session_->PostResponse(std::move(head), true);
  }
  bool Write(const std::string& chunk) override { return session_->PostChunk(chunk); }
  void EndStream() override {
    streaming_ = false;
    session_->PostEnd();
  }
  bool closed() const override { return session_->closed(); }

 private:
  const std::shared_ptr<HttpSession> session_;
  bool answered_ = false;
  bool streaming_ = false;
};

}  // namespace

HttpSession::HttpSession(std::shared_ptr<HttpServer::Impl> server, asio::ip::tcp::socket socket)
    : server_(std::move(server)), stream_(std::move(socket), server_->tls) {
  server_->sessions.insert(this);
}

HttpSession::~HttpSession() = default;

void HttpSession::Start() {
  beast::get_lowest_layer(stream_).expires_after(server_->options.handshake_time);
  stream_.async_handshake(asio::ssl::stream_base::server,
                          [self = shared_from_this()](beast::error_code error) {
                            if (error) return self->Close();
                            self->Read();
                          });
}

void HttpSession::Close() {
  closed_ = true;
  server_->sessions.erase(this);
  beast::get_lowest_layer(stream_).close();
}

void HttpSession::Read() {
  parser_.emplace();
  parser_->header_limit(kMaxHeader);
  parser_->body_limit(kMaxBody);
  beast::get_lowest_layer(stream_).expires_after(server_->options.idle_time);
  http::async_read(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](beast::error_code error, std::size_t) { self->OnRead(error); });
}

void HttpSession::OnRead(beast::error_code error) {
  beast::get_lowest_layer(stream_).expires_never();
  if (error) return RefuseUnreadable(error);
  const Request request = parser_->release();
  keep_alive_ = request.keep_alive();
  head_only_ = request.method() == http::verb::head;
  Dispatch(request);
}

void HttpSession::RefuseUnreadable(beast::error_code error) {
  keep_alive_ = false;
  if (error == http::error::body_limit) {
    return Respond(ToResponse(TooLargeAnswer(kMaxBody)));
  }
  if (error.category() == beast::error_code(http::error::bad_method).category() &&
      error != http::error::end_of_stream && error != http::error::partial_message) {
    return Respond(ToResponse(BadRequestAnswer("not HTTP/1.1: " + error.message())));
  }
  Close();
}

std::string HttpSession::Authenticate(const Request& request) {
  const std::string_view value = request[http::field::authorization];
  constexpr std::string_view kScheme = "Bearer ";
  if (value.substr(0, kScheme.size()) == kScheme) {
    return SameSecret(value.substr(kScheme.size()), server_->options.token) ? "admin" : "";
  }
  return NameFromCertificate(stream_.native_handle());
}

void HttpSession::Dispatch(const Request& request) {
  ApiRequest api;
  const bool readable = ParseTarget(request.target(), api.path, api.query);
  api.method = head_only_ ? "GET" : std::string(request.method_string());
  api.user = Authenticate(request);
  // Who shows nothing is nobody; who shows what is wrong is refused.
  const bool shows_nothing =
      request[http::field::authorization].empty() && !ShowsCertificate(stream_.native_handle());
  if (api.user.empty() && shows_nothing && readable && IsPublic(api)) api.user = kAnonymous;
  if (api.user.empty()) return Respond(ToResponse(UnauthorizedAnswer()));
  if (!readable) {
    return Respond(ToResponse(BadRequestAnswer("the URL is not properly percent-encoded")));
  }
  if (!request[http::field::upgrade].empty() && !IsStreamOfPod(api.path)) {
    return Respond(ToResponse(BadRequestAnswer("connections cannot be upgraded here")));
  }
  api.accept = std::string(request[http::field::accept]);
  api.content_type = std::string(request[http::field::content_type]);
  api.if_none_match = std::string(request[http::field::if_none_match]);
  api.user_agent = std::string(request[http::field::user_agent]);
  api.body = request.body();
  // The weak pointer outlives the server; the responder's end is checked by `stopped`.
  auto responder = std::make_shared<HttpResponder>(shared_from_this());
  server_->executor.Post([server = std::weak_ptr(server_), api = std::move(api),
                          responder = std::move(responder)]() mutable {
    const auto alive = server.lock();
    if (alive == nullptr || alive->stopped) return;
    alive->handler(std::move(api), std::move(responder));
  });
}

void HttpSession::PostResponse(ApiResponse response, bool stream) {
  if (server_->stopped) return;
  asio::post(server_->io,
             [self = shared_from_this(), response = std::move(response), stream]() mutable {
               if (stream) return self->StartStream(std::move(response));
               self->Respond(std::move(response));
             });
}

bool HttpSession::PostChunk(const std::string& chunk) {
  if (server_->stopped || closed_) return false;
  // One chunk of any size may wait: a watch's first list is one.
  if (backlog_ > kMaxBacklog) {
    closed_ = true;
    asio::post(server_->io, [self = shared_from_this()] { self->Close(); });
    return false;
  }
  backlog_ += chunk.size();
  asio::post(server_->io,
             [self = shared_from_this(), framed = FrameChunk(chunk),
              cost = chunk.size()]() mutable { self->QueueChunk(std::move(framed), cost); });
  return true;
}

void HttpSession::PostEnd() {
  if (server_->stopped) return;
  asio::post(server_->io, [self = shared_from_this()] {
    self->ending_ = true;
    self->QueueChunk("0\r\n\r\n", 0);
  });
}

void HttpSession::Respond(ApiResponse response) {
  if (closed_) return;
  auto message = std::make_shared<http::response<http::string_body>>();
  message->version(11);
  message->result(static_cast<unsigned>(response.code));
  message->set(http::field::content_type, response.content_type);
  message->set(http::field::cache_control, "no-cache, private");
  for (const auto& [name, value] : response.headers) message->insert(name, value);
  message->keep_alive(keep_alive_);
  const std::size_t size = response.body.size();
  if (!head_only_) message->body() = std::move(response.body);
  if (response.code != 304) message->content_length(size);
  beast::get_lowest_layer(stream_).expires_after(kWriteTime);
  http::async_write(stream_, *message,
                    [self = shared_from_this(), message](beast::error_code error, std::size_t) {
                      if (error || !self->keep_alive_) return self->Close();
                      self->Read();
                    });
}

void HttpSession::StartStream(ApiResponse head) {
  if (closed_) return;
  std::string text = "HTTP/1.1 " + std::to_string(head.code) +
                     " OK\r\nContent-Type: " + head.content_type +
                     "\r\nCache-Control: no-cache, private\r\n" +
                     "Connection: close\r\nTransfer-Encoding: chunked\r\n";
  for (const auto& [name, value] : head.headers) text += name + ": " + value + "\r\n";
  QueueChunk(text + "\r\n", 0);
  WatchForClose();
}

void HttpSession::QueueChunk(std::string framed, std::size_t cost) {
  if (closed_) return;
  chunks_.emplace_back(std::move(framed), cost);
  if (!writing_) WriteNext();
}

void HttpSession::WriteNext() {
  if (chunks_.empty()) {
    writing_ = false;
    if (ending_) Close();
    return;
  }
  writing_ = true;
  asio::async_write(stream_, asio::buffer(chunks_.front().first),
                    [self = shared_from_this()](beast::error_code error, std::size_t) {
                      if (error) return self->Close();
                      self->backlog_ -= self->chunks_.front().second;
                      self->chunks_.pop_front();
                      self->WriteNext();
                    });
}

/// A client ends its watch by closing the connection.
void HttpSession::WatchForClose() {
  stream_.async_read_some(asio::buffer(&discard_, 1),
                          [self = shared_from_this()](beast::error_code error, std::size_t) {
                            if (error) return self->Close();
                            self->WatchForClose();
                          });
}

}  // namespace edge::cloudhub::embedded
