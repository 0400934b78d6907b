#include "link/adapters/paho/diagnose.h"

#include <fcntl.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "common/loop.h"

namespace edge::link {
namespace {

constexpr int kConnectMs = 3000;
constexpr int kHandshakeSeconds = 3;
constexpr char kScheme[] = "tls://";

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Session = std::unique_ptr<SSL, decltype(&SSL_free)>;
using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

std::string LastOpenSslError() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "the connection was closed" : reason;
}

Status BadFile(const char* what, const std::string& path) {
  return InvalidArgument(std::string(what) + " " + path + ": " + LastOpenSslError(),
                         "check that the file is there, can be read, and is PEM");
}

Status LoadFiles(const MqttTls& tls, SSL_CTX* context) {
  ERR_clear_error();
  if (SSL_CTX_load_verify_locations(context, tls.ca_file.c_str(), nullptr) != 1) {
    return BadFile("CA file", tls.ca_file);
  }
  if (tls.certificate_file.empty()) return Status::Ok();
  if (SSL_CTX_use_certificate_chain_file(context, tls.certificate_file.c_str()) != 1) {
    return BadFile("certificate file", tls.certificate_file);
  }
  if (SSL_CTX_use_PrivateKey_file(context, tls.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return BadFile("key file", tls.key_file);
  }
  return Status::Ok();
}

Result<UniqueFd> ConnectTo(const addrinfo& address, const std::string& url) {
  UniqueFd fd(socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return Unavailable(url + ": " + std::strerror(errno));
  int error = 0;
  if (connect(fd.get(), address.ai_addr, address.ai_addrlen) != 0 && errno != EINPROGRESS) {
    error = errno;
  } else {
    pollfd waiting{fd.get(), POLLOUT, 0};
    socklen_t size = sizeof error;
    if (poll(&waiting, 1, kConnectMs) != 1) {
      error = ETIMEDOUT;
    } else {
      getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    }
  }
  if (error == 0) return fd;
  return Unavailable(url + ": " + std::strerror(error),
                     "check that the broker runs there and that nothing blocks the way to it");
}

Result<UniqueFd> ConnectToAny(const Endpoint& to, const std::string& url) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(to.host.c_str(), to.port.c_str(), &hints, &found); error != 0) {
    return Unavailable(url + ": cannot resolve " + to.host + ": " + gai_strerror(error),
                       "check the host name in the broker's URL and this machine's DNS");
  }
  const Addresses addresses(found, &freeaddrinfo);
  Result<UniqueFd> connected = Unavailable(url + ": no address");
  for (const addrinfo* a = found; a != nullptr && !connected.ok(); a = a->ai_next) {
    connected = ConnectTo(*a, url);
  }
  return connected;
}

void MakeBlocking(int fd) {
  const timeval limit{kHandshakeSeconds, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const int flags = fcntl(fd, F_GETFL);
  fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

/// What the broker's certificate or TLS stack made us refuse.
Status HandshakeError(SSL* ssl, const MqttOptions& options, const Endpoint& to) {
  const long verified = SSL_get_verify_result(ssl);
  if (verified == X509_V_ERR_HOSTNAME_MISMATCH || verified == X509_V_ERR_IP_ADDRESS_MISMATCH) {
    return {Code::kUnauthenticated,
            options.url + ": the broker's certificate is not for the name " + to.host,
            "use the name in the broker's certificate, or give the broker a certificate for " +
                to.host};
  }
  if (verified != X509_V_OK) {
    return {Code::kUnauthenticated,
            options.url + ": the broker's certificate is not accepted: " +
                X509_verify_cert_error_string(verified),
            "check that " + options.tls.ca_file + " is the CA of that broker, and the clock"};
  }
  const unsigned long code = ERR_peek_last_error();
  const std::string reason = LastOpenSslError();
  if (ERR_GET_REASON(code) == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION ||
      ERR_GET_REASON(code) == SSL_R_UNSUPPORTED_PROTOCOL) {
    return {Code::kUnauthenticated,
            options.url + ": the broker does not speak TLS 1.3 (" + reason + ")",
            "set tls_version tlsv1.3 in the broker's listener"};
  }
  return {Code::kUnauthenticated, options.url + ": TLS handshake failed: " + reason,
          "check the broker's log for this connection"};
}

/// In TLS 1.3 the server judges our certificate after our side of the handshake is done.
Status AfterHandshake(SSL* ssl, const MqttOptions& options) {
  char byte = 0;
  ERR_clear_error();
  if (SSL_read(ssl, &byte, 1) <= 0 && ERR_peek_last_error() != 0) {
    return {Code::kUnauthenticated,
            options.url + ": the broker does not accept our certificate: " + LastOpenSslError(),
            "check " + options.tls.certificate_file +
                ": its CA, its dates, and whether it was revoked"};
  }
  return Unavailable(options.url + ": the broker did not answer", "check the broker's log");
}

void ExpectName(SSL* ssl, const std::string& host) {
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1) return;
  ERR_clear_error();
  SSL_set1_host(ssl, host.c_str());
  SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
           const_cast<char*>(host.c_str()));
}

}  // namespace

Result<Endpoint> ParseUrl(const std::string& url) {
  const Status bad = InvalidArgument("broker URL " + url + " is not of the form tls://host:port");
  if (!url.starts_with(kScheme)) return bad;
  std::string rest = url.substr(sizeof kScheme - 1);
  Endpoint to;
  if (rest.starts_with("[")) {
    const auto end = rest.find(']');
    if (end == std::string::npos) return bad;
    to.host = rest.substr(1, end - 1);
    rest = rest.substr(end + 1);
    if (!rest.empty() && rest[0] != ':') return bad;
  } else {
    to.host = rest.substr(0, rest.find(':'));
    rest = rest.substr(to.host.size());
  }
  if (!rest.empty()) to.port = rest.substr(1);
  const bool digits = to.port.find_first_not_of("0123456789") == std::string::npos;
  if (to.host.empty() || to.host.find('/') != std::string::npos || !digits || to.port.empty() ||
      to.port.size() > 5 || std::stoi(to.port) > 65535) {
    return bad;
  }
  return to;
}

Status CheckFiles(const MqttTls& tls) {
  const Context context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  if (context == nullptr) return Internal("OpenSSL: " + LastOpenSslError());
  return LoadFiles(tls, context.get());
}

Status Diagnose(const MqttOptions& options) {
  EDGE_ASSIGN_OR_RETURN(const Endpoint to, ParseUrl(options.url));
  EDGE_ASSIGN_OR_RETURN(const UniqueFd fd, ConnectToAny(to, options.url));
  const Context context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  if (context == nullptr) return Internal("OpenSSL: " + LastOpenSslError());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  EDGE_RETURN_IF_ERROR(LoadFiles(options.tls, context.get()));
  const Session ssl(SSL_new(context.get()), &SSL_free);
  if (ssl == nullptr) return Internal("OpenSSL: " + LastOpenSslError());
  ExpectName(ssl.get(), to.host);
  MakeBlocking(fd.get());
  SSL_set_fd(ssl.get(), fd.get());
  ERR_clear_error();
  if (SSL_connect(ssl.get()) != 1) return HandshakeError(ssl.get(), options, to);
  return AfterHandshake(ssl.get(), options);
}

}  // namespace edge::link
