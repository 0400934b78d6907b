#include "certs/adapters/openssl/handles.h"

#include <openssl/bn.h>
#include <openssl/err.h>

#include <algorithm>

#include "certs/x509.h"
#include "common/bytes.h"

namespace edge::certs::openssl {
namespace {

/// A PEM reader must never ask the terminal for a passphrase.
int NoPassphrase(char*, int, int, void*) { return -1; }

template <typename H, typename Read>
Result<H> Parse(std::string_view pem, std::size_t cap, const char* what, Read read) {
  if (pem.size() > cap) {
    return InvalidArgument(std::string("the ") + what + " is longer than " + std::to_string(cap) +
                           " bytes");
  }
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  H handle(read(bio.get()));
  if (handle == nullptr) {
    const std::string reason = OpenSslError("PEM").message();
    return InvalidArgument(std::string("no ") + what + " in PEM form (" + reason + ")");
  }
  return handle;
}

template <typename Write>
std::string Print(Write write) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr || write(bio.get()) != 1) return {};
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

Status OpenSslError(std::string_view what) {
  std::string reason = "unknown error";
  if (const unsigned long error = ERR_get_error(); error != 0) {
    const char* text = ERR_reason_error_string(error);
    reason = text != nullptr ? text : "error " + std::to_string(error);
  }
  ERR_clear_error();
  return Internal(std::string(what) + ": " + reason);
}

Result<Key> ParseKey(std::string_view pem) {
  return Parse<Key>(pem, kMaxKeyPem, "private key", [](BIO* bio) {
    return PEM_read_bio_PrivateKey(bio, nullptr, NoPassphrase, nullptr);
  });
}

Result<Certificate> ParseCertificate(std::string_view pem) {
  return Parse<Certificate>(pem, kMaxCertificatePem, "certificate", [](BIO* bio) {
    return PEM_read_bio_X509(bio, nullptr, NoPassphrase, nullptr);
  });
}

Result<Request> ParseRequest(std::string_view pem) {
  return Parse<Request>(pem, kMaxCsrPem, "certificate signing request", [](BIO* bio) {
    return PEM_read_bio_X509_REQ(bio, nullptr, NoPassphrase, nullptr);
  });
}

Result<Crl> ParseCrl(std::string_view pem) {
  constexpr std::size_t kMaxCrlPem = 16 * 1024 * 1024;
  return Parse<Crl>(pem, kMaxCrlPem, "revocation list", [](BIO* bio) {
    return PEM_read_bio_X509_CRL(bio, nullptr, NoPassphrase, nullptr);
  });
}

std::string ToPem(X509* certificate) {
  return Print([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

std::string ToPem(EVP_PKEY* key) {
  return Print([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string ToPem(X509_REQ* request) {
  return Print([&](BIO* bio) { return PEM_write_bio_X509_REQ(bio, request); });
}

std::string ToPem(X509_CRL* crl) {
  return Print([&](BIO* bio) { return PEM_write_bio_X509_CRL(bio, crl); });
}

std::string FingerprintOf(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) return {};
  const std::string_view bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  const Sha256Digest digest = Sha256(bytes);
  OPENSSL_free(der);
  return HexEncode(AsBytes(digest));
}

std::string SerialHex(const ASN1_INTEGER* serial) {
  const BigNumber number(ASN1_INTEGER_to_BN(serial, nullptr));
  if (number == nullptr) return {};
  char* hex = BN_bn2hex(number.get());
  if (hex == nullptr) return {};
  std::string text(hex);
  OPENSSL_free(hex);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  const std::size_t digit = text.find_first_not_of('0');
  return digit == std::string::npos ? "0" : text.substr(digit);
}

Integer SerialFromHex(const std::string& hex) {
  BIGNUM* raw = nullptr;
  const int read = hex.size() > 64 ? 0 : BN_hex2bn(&raw, hex.c_str());
  const BigNumber number(raw);
  if (read == 0 || static_cast<std::size_t>(read) != hex.size()) return nullptr;
  return Integer(BN_to_ASN1_INTEGER(number.get(), nullptr));
}

Time ToAsn1Time(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  return Time(ASN1_TIME_set(nullptr, static_cast<time_t>(seconds)));
}

WallTime FromAsn1Time(const ASN1_TIME* time) {
  std::tm fields{};
  if (ASN1_TIME_to_tm(time, &fields) != 1) return {};
  return WallTime(std::chrono::seconds(timegm(&fields)));
}

std::string NameEntry(const X509_NAME* name, int nid) {
  const int index = X509_NAME_get_index_by_NID(name, nid, -1);
  if (index < 0) return {};
  const ASN1_STRING* data = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index));
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, data);
  if (size < 0) return {};
  std::string text(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  return text.find('\0') == std::string::npos ? text : std::string();
}

}  // namespace edge::certs::openssl
