#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

#include "common/clock.h"
#include "common/status.h"

// For the files of this folder only: RAII for OpenSSL's handles, and PEM to handle and back.
namespace edge::certs::openssl {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* handle) const {
    Free(handle);
  }
};
template <typename T, auto Free>
using Handle = std::unique_ptr<T, Deleter<Free>>;

using Bio = Handle<BIO, BIO_free>;
using Key = Handle<EVP_PKEY, EVP_PKEY_free>;
using Certificate = Handle<X509, X509_free>;
using DigestContext = Handle<EVP_MD_CTX, EVP_MD_CTX_free>;
using Request = Handle<X509_REQ, X509_REQ_free>;
using Crl = Handle<X509_CRL, X509_CRL_free>;
using Revoked = Handle<X509_REVOKED, X509_REVOKED_free>;
using Name = Handle<X509_NAME, X509_NAME_free>;
using Integer = Handle<ASN1_INTEGER, ASN1_INTEGER_free>;
using Time = Handle<ASN1_TIME, ASN1_TIME_free>;
using BigNumber = Handle<BIGNUM, BN_free>;

/// OpenSSL's last error as kInternal "<what>: reason"; empties its queue.
Status OpenSslError(std::string_view what);

/// Each: kInvalidArgument when the text is too long or is no such PEM.
Result<Key> ParseKey(std::string_view pem);
Result<Certificate> ParseCertificate(std::string_view pem);
Result<Request> ParseRequest(std::string_view pem);
Result<Crl> ParseCrl(std::string_view pem);

std::string ToPem(X509* certificate);
std::string ToPem(EVP_PKEY* key);
std::string ToPem(X509_REQ* request);
std::string ToPem(X509_CRL* crl);

/// SHA-256 of the public key's SPKI form, in hex.
std::string FingerprintOf(EVP_PKEY* key);
/// Lower-case hex without leading zeros.
std::string SerialHex(const ASN1_INTEGER* serial);
Integer SerialFromHex(const std::string& hex);

Time ToAsn1Time(WallTime time);
WallTime FromAsn1Time(const ASN1_TIME* time);

/// The first value of a name's entry, or empty. Nothing with a zero byte in it.
std::string NameEntry(const X509_NAME* name, int nid);

}  // namespace edge::certs::openssl
