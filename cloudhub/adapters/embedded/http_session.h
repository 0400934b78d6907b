#pragma once

// Includes Beast: for http_server.cpp and http_session.cpp only.

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <deque>
#include <optional>
#include <set>
#include <thread>

#include "cloudhub/adapters/embedded/http_server.h"

namespace edge::cloudhub::embedded {

class HttpSession;

/// What the connections share.
struct HttpServer::Impl : std::enable_shared_from_this<HttpServer::Impl> {
  Impl(Executor& executor_in, HttpServerOptions options_in, Handler handler_in)
      : executor(executor_in), options(std::move(options_in)), handler(std::move(handler_in)) {}

  void Accept();
  void AcceptLater(const boost::system::error_code& why);

  Executor& executor;
  const HttpServerOptions options;
  const Handler handler;  // called on the executor's thread only
  boost::asio::io_context io{1};
  boost::asio::ssl::context tls{boost::asio::ssl::context::tls_server};
  boost::asio::ip::tcp::acceptor acceptor{io};
  boost::asio::steady_timer accept_pause{io};
  std::set<HttpSession*> sessions;  // I/O thread only
  std::atomic<bool> stopped{false};
  std::thread thread;
};

/// One connection. Thread rule: the I/O thread, except for what HttpResponder uses.
class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(std::shared_ptr<HttpServer::Impl> server, boost::asio::ip::tcp::socket socket);
  ~HttpSession();
  void Start();
  void Close();

  // For HttpResponder, on the executor's thread.
  void PostResponse(ApiResponse response, bool stream);
  bool PostChunk(const std::string& chunk);
  void PostEnd();
  bool closed() const { return closed_; }

 private:
  using Request = boost::beast::http::request<boost::beast::http::string_body>;

  void Read();
  void OnRead(boost::beast::error_code error);
  void Dispatch(const Request& request);
  std::string Authenticate(const Request& request);
  void RefuseUnreadable(boost::beast::error_code error);
  void Respond(ApiResponse response);
  void StartStream(ApiResponse head);
  void QueueChunk(std::string framed, std::size_t cost);
  void WriteNext();
  void WatchForClose();

  const std::shared_ptr<HttpServer::Impl> server_;
  boost::beast::ssl_stream<boost::beast::tcp_stream> stream_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  bool keep_alive_ = false;
  bool head_only_ = false;
  std::deque<std::pair<std::string, std::size_t>> chunks_;  // framed, and what they count for
  bool writing_ = false;
  bool ending_ = false;
  char discard_ = 0;
  std::atomic<std::size_t> backlog_{0};  // bytes of chunks posted and not yet written
  std::atomic<bool> closed_{false};
};

}  // namespace edge::cloudhub::embedded
