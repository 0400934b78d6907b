#include "certs/mac.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdint>

namespace edge::certs {

std::string EncodeFields(std::initializer_list<std::string_view> fields) {
  std::string encoded;
  for (const std::string_view field : fields) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      encoded += static_cast<char>(static_cast<std::uint64_t>(field.size()) >> shift);
    }
    encoded += field;
  }
  return encoded;
}

std::string Mac(std::string_view secret, std::initializer_list<std::string_view> fields) {
  const std::string encoded = EncodeFields(fields);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(encoded.data()), encoded.size(), digest.data(),
       &size);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

bool EqualMac(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace edge::certs
