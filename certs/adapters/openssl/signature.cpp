#include <openssl/err.h>

#include "certs/adapters/openssl/handles.h"
#include "certs/x509.h"

namespace edge::certs {
namespace {

using namespace openssl;  // NOLINT(google-build-using-namespace): our own, of this folder

const unsigned char* Raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

Result<std::string> SignBytes(std::string_view key_pem, std::string_view bytes) {
  EDGE_ASSIGN_OR_RETURN(const Key key, ParseKey(key_pem));
  const DigestContext context(EVP_MD_CTX_new());
  std::size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, Raw(bytes), bytes.size()) != 1) {
    return OpenSslError("signing");
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     Raw(bytes), bytes.size()) != 1) {
    return OpenSslError("signing");
  }
  signature.resize(size);  // the first call gave a bound
  return signature;
}

Status CheckSignature(std::string_view certificate_pem, std::string_view bytes,
                      std::string_view signature) {
  EDGE_ASSIGN_OR_RETURN(const Certificate certificate, ParseCertificate(certificate_pem));
  EVP_PKEY* key = X509_get0_pubkey(certificate.get());
  const DigestContext context(EVP_MD_CTX_new());
  const bool made = key != nullptr &&
                    EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
                    EVP_DigestVerify(context.get(), Raw(signature), signature.size(), Raw(bytes),
                                     bytes.size()) == 1;
  ERR_clear_error();
  return made ? Status::Ok() : PermissionDenied("the signature is not by the certificate's key");
}

}  // namespace edge::certs
