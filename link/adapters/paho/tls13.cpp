#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>

#include "link/adapters/paho/paho_client.h"

namespace edge::link {
namespace {

constexpr char kConfiguration[] =
    "openssl_conf = edge\n"
    "[edge]\n"
    "ssl_conf = edge_ssl\n"
    "[edge_ssl]\n"
    "system_default = edge_tls\n"
    "[edge_tls]\n"
    "MinProtocol = TLSv1.3\n";

Status LastError(const char* step) {
  char text[256] = "unknown error";
  if (const unsigned long code = ERR_get_error(); code != 0) {
    ERR_error_string_n(code, text, sizeof text);
  }
  return Internal(std::string("setting TLS 1.3 as OpenSSL's minimum, ") + step + ": " + text);
}

}  // namespace

Status RequireTls13() {
  // The machine's own configuration first (it would else replace ours when it is loaded later).
  if (OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG, nullptr) != 1) return LastError("loading");
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new_mem_buf(kConfiguration, -1),
                                                       &BIO_free);
  const std::unique_ptr<CONF, decltype(&NCONF_free)> parsed(NCONF_new(nullptr), &NCONF_free);
  if (text == nullptr || parsed == nullptr ||
      NCONF_load_bio(parsed.get(), text.get(), nullptr) != 1) {
    return LastError("reading");
  }
  if (CONF_modules_load(parsed.get(), nullptr, 0) != 1) return LastError("applying");
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> check(SSL_CTX_new(TLS_client_method()),
                                                                &SSL_CTX_free);
  if (check == nullptr || SSL_CTX_get_min_proto_version(check.get()) != TLS1_3_VERSION) {
    return LastError("checking");
  }
  return Status::Ok();
}

}  // namespace edge::link
