#include <arpa/inet.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <vector>

#include "certs/authority.h"
#include "cloudhub/adapters/embedded/http_server.h"
#include "common/file.h"
#include "tests/fakes/log_capture.h"
#include "tests/integration/embedded_api/server_fixture.h"

namespace edge::cloudhub::embedded {
namespace {

constexpr int kDeadlineMs = 20'000;
constexpr const char* kWaits = "a connection waits to be accepted";

/// The server alone, with a handler that keeps streams open for the test to write to.
class Http {
 public:
  explicit Http(HttpServerOptions options = {}) {
    const SystemClock clock;
    const auto ca = certs::CertificateAuthority::Create("http", clock.Wall());
    const std::string key = *certs::GenerateKey();
    options.address = "127.0.0.1";
    options.cert_pem =
        *ca->SignServer(*certs::MakeCsr(key, "127.0.0.1"), {{}, {"127.0.0.1"}}, clock.Wall());
    options.key_pem = key;
    options.client_ca_pem = ca->certificate_pem();
    options.token = "token";
    REQUIRE(WriteFileAtomically(ca_path(), ca->certificate_pem(), 0600).ok());
    auto started = HttpServer::Start(*loop_, std::move(options), [this](auto request, auto out) {
      if (request.path != "/watch") return out->Respond({200, "text/plain", {}, "ok"});
      out->StartStream({});
      streams_.push_back(std::move(out));
    });
    REQUIRE(started.ok());
    server_ = std::move(*started);
    port = server_->port();
    thread_ = std::thread([this] { loop_->Run(); });
  }
  ~Http() {
    OnLoop([this] {
      streams_.clear();
      server_.reset();
      return true;
    });
    loop_->Stop();
    thread_.join();
  }
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;

  /// Whether the stream takes that chunk; streams are in the order of their requests.
  bool Write(std::size_t stream, const std::string& chunk) {
    return OnLoop([&] { return streams_.at(stream)->Write(chunk); });
  }
  std::string ca_path() const { return folder_.path() + "/ca.crt"; }

  std::uint16_t port = 0;

 private:
  bool OnLoop(const std::function<bool()>& task) {
    std::promise<bool> done;
    loop_->Post([&] { done.set_value(task()); });
    return done.get_future().get();
  }

  fakes::TempFolder folder_;
  std::unique_ptr<Loop> loop_ = std::move(*Loop::Create());
  std::unique_ptr<HttpServer> server_;
  std::vector<ResponderPtr> streams_;  // loop thread
  std::thread thread_;
};

/// A TLS connection of which the test reads as much, and when, as it likes.
class Connection {
 public:
  explicit Connection(const Http& http) {
    const std::string url = "https://127.0.0.1:" + std::to_string(http.port);
    curl_easy_setopt(curl_.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl_.get(), CURLOPT_CAINFO, http.ca_path().c_str());
    curl_easy_setopt(curl_.get(), CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(curl_.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(kDeadlineMs));
    open = curl_easy_perform(curl_.get()) == CURLE_OK;
  }

  void Get(const std::string& path) {
    Send("GET " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer token\r\n\r\n");
  }
  void Send(const std::string& text) {
    std::size_t sent = 0;
    REQUIRE(curl_easy_send(curl_.get(), text.data(), text.size(), &sent) == CURLE_OK);
    REQUIRE(sent == text.size());
  }
  /// What has come, once something has; nullopt when the server has hung up.
  std::optional<std::string> Read() {
    std::string bytes(256 * 1024, '\0');
    std::size_t size = 0;
    while (true) {
      const CURLcode code = curl_easy_recv(curl_.get(), bytes.data(), bytes.size(), &size);
      if (code == CURLE_OK && size > 0) return bytes.substr(0, size);
      if (code != CURLE_AGAIN) return std::nullopt;
      curl_socket_t socket = CURL_SOCKET_BAD;
      curl_easy_getinfo(curl_.get(), CURLINFO_ACTIVESOCKET, &socket);
      pollfd poll_fd{socket, POLLIN, 0};
      INFO("waiting for bytes of the server");
      REQUIRE(::poll(&poll_fd, 1, kDeadlineMs) == 1);
    }
  }
  /// Reads until that many bytes came in all.
  void ReadUpTo(std::size_t total) {
    while (received < total) {
      const auto bytes = Read();
      REQUIRE(bytes);
      received += bytes->size();
    }
  }

  bool open = false;
  std::size_t received = 0;

 private:
  const std::unique_ptr<CURL, void (*)(CURL*)> curl_{curl_easy_init(), curl_easy_cleanup};
};

/// A bare TCP connection.
class Wire {
 public:
  Wire() { REQUIRE(fd_ >= 0); }
  explicit Wire(const Http& http) : Wire() { Connect(http); }
  void Connect(const Http& http) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(http.port);
    REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  ~Wire() { ::close(fd_); }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  void Send(const std::string& bytes) {
    REQUIRE(::send(fd_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  }
  /// Whether the server hangs up before the deadline; it must not say anything first.
  bool HungUpOn() {
    pollfd poll_fd{fd_, POLLIN, 0};
    char byte = 0;
    return ::poll(&poll_fd, 1, kDeadlineMs) == 1 && ::recv(fd_, &byte, 1, 0) <= 0;
  }

 private:
  const int fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

/// From here on the process gets no new descriptor, until this goes.
class NoDescriptors {
 public:
  NoDescriptors() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    REQUIRE(next >= 0);
    ::close(next);
    const rlimit none{static_cast<rlim_t>(next), before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

TEST_CASE("a watcher that does not read is hung up on and one that reads goes on", "[embedded]") {
  Http http;
  Connection slow(http), attentive(http);
  for (Connection* watcher : {&slow, &attentive}) {
    watcher->Get("/watch");
    watcher->received += watcher->Read().value().size();  // the head: the stream is there
  }
  const std::string chunk(512 * 1024, 'x');
  constexpr std::size_t kChunks = 128;  // 64 MB: sockets hold a few, the server 8
  std::size_t taken = 0;
  bool dropped = false;
  for (std::size_t i = 1; i <= kChunks; ++i) {
    if (!dropped) dropped = !http.Write(0, chunk);
    if (!dropped) ++taken;
    REQUIRE(http.Write(1, chunk));
    attentive.ReadUpTo(i * chunk.size());
  }
  CHECK(dropped);
  CHECK(taken * chunk.size() >= 8 * 1024 * 1024);
  std::string tail;
  while (const auto bytes = slow.Read()) {
    slow.received += bytes->size();
    tail = *bytes;
  }
  CHECK(slow.received < kChunks * chunk.size());
  CHECK_FALSE(tail.ends_with("0\r\n\r\n"));  // cut off, and not as if that had been all
}

TEST_CASE("connections over the limit are hung up on until another one ends", "[embedded]") {
  HttpServerOptions options;
  options.max_connections = 2;
  Http http(options);
  auto first = std::make_unique<Connection>(http);
  Connection second(http);
  REQUIRE(first->open);
  REQUIRE(second.open);
  CHECK_FALSE(Connection(http).open);
  second.Get("/");
  CHECK(second.Read().value().ends_with("ok"));
  first.reset();
  INFO("waiting for the place of the connection that ended");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kDeadlineMs);
  bool open = false;
  while (!open && std::chrono::steady_clock::now() < deadline) open = Connection(http).open;
  CHECK(open);
}

TEST_CASE("a peer that begins no TLS is hung up on", "[embedded]") {
  HttpServerOptions options;
  options.handshake_time = std::chrono::milliseconds(200);
  Http http(options);
  Wire silent(http), slow(http);
  slow.Send("\x16\x03\x01");  // of a ClientHello the first bytes
  CHECK(silent.HungUpOn());
  CHECK(slow.HungUpOn());
}

TEST_CASE("a connection without a whole request is hung up on", "[embedded]") {
  HttpServerOptions options;
  options.idle_time = std::chrono::milliseconds(500);
  Http http(options);
  Connection idle(http), half(http);
  REQUIRE(idle.open);
  REQUIRE(half.open);
  half.Send("GET / HTTP/1.1\r\nHost: x\r\n");
  CHECK_FALSE(idle.Read());
  CHECK_FALSE(half.Read());
}

TEST_CASE("without a descriptor to spare a connection waits and is served later", "[embedded]") {
  Http http;
  fakes::LogCapture log;
  Wire waiting;
  const auto begin = std::chrono::steady_clock::now();
  {
    const NoDescriptors none;
    waiting.Connect(http);
    INFO("waiting for the server to say that it cannot accept");
    const auto deadline = begin + std::chrono::milliseconds(kDeadlineMs);
    while (log.LinesWith(kWaits) == 0 && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
    REQUIRE(log.LinesWith(kWaits) > 0);
  }
  waiting.Send("no TLS at all");
  CHECK(waiting.HungUpOn());
  CHECK(Connection(http).open);
  const auto took = std::chrono::steady_clock::now() - begin;
  // About one try in a second, and not one after the other.
  CHECK(log.LinesWith(kWaits) <= 1 + took / std::chrono::seconds(1));
}

}  // namespace
}  // namespace edge::cloudhub::embedded
